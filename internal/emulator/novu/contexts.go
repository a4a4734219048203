package novu

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// contextIdentifier is what Novu accepts as a context's id, whatever its
// message says of lower case.
var contextIdentifier = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

const (
	mostContexts     = 5
	mostContextBytes = 64 << 10
)

type contextRecord struct {
	meta
	typ, id string
	data    map[string]any
}

func showContext(r *contextRecord) any {
	return struct {
		Type      string         `json:"type"`
		ID        string         `json:"id"`
		Data      map[string]any `json:"data"`
		CreatedAt stamp          `json:"createdAt"`
		UpdatedAt stamp          `json:"updatedAt"`
	}{Type: r.typ, ID: r.id, Data: r.data, CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt)}
}

// validContext checks a context payload: {type: "id" | {id, data}}.
func validContext(v any) string {
	payload, isObject := v.(map[string]any)
	structure := "Invalid context payload structure. Expected object with context types as keys and string IDs or {id, data} objects as values"
	if !isObject || len(payload) == 0 {
		return structure
	}
	for _, value := range payload {
		if _, _, valid := contextValue(value); !valid {
			return structure
		}
	}
	if len(payload) > mostContexts {
		return fmt.Sprintf("Too many contexts: %d provided, maximum allowed is %d", len(payload), mostContexts)
	}
	for _, typ := range sortedKeys(payload) {
		if _, data, _ := contextValue(payload[typ]); data != nil {
			if wrong := contextDataSize(data); wrong != "" {
				return "Context '" + typ + "' " + wrong
			}
		}
	}
	return ""
}

func contextDataSize(data map[string]any) string {
	if size := len(emulator.Encode(data)); size > mostContextBytes {
		return fmt.Sprintf(
			"data is too large: %dKB exceeds %dKB limit",
			int(math.Round(float64(size)/1024)),
			mostContextBytes>>10,
		)
	}
	return ""
}

func validContextData(v any) string {
	if v == nil {
		return "" // that it is missing was said
	}
	data, isObject := v.(map[string]any)
	if !isObject {
		return "Context data must be an object"
	}
	return contextDataSize(data)
}

// contextValue is one value of a payload: its id and its data, if it has any.
func contextValue(v any) (string, map[string]any, bool) {
	valid := func(id string) bool { return len(id) <= 100 && contextIdentifier.MatchString(id) }
	switch v := v.(type) {
	case string:
		return v, nil, valid(v)
	case map[string]any:
		id, _ := v["id"].(string)
		data, isObject := v["data"].(map[string]any)
		return id, data, valid(id) && (v["data"] == nil || isObject)
	}
	return "", nil, false
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func contextKey(typ, id string) string { return typ + ":" + id }

// resolveContexts finds or makes the contexts of a payload and answers their
// keys, sorted. Contexts that exist keep their data unless overwrite says
// otherwise.
func (s *Server) resolveContexts(payload any, raw json.RawMessage, now time.Time, overwrite bool) []string {
	contexts, _ := payload.(map[string]any)
	keys := []string{}
	for _, typ := range keysInOrder(raw, contexts) {
		id, data, _ := contextValue(contexts[typ])
		keys = append(keys, contextKey(typ, id))
		switch existing, has := s.contexts.get(contextKey(typ, id)); {
		case !has:
			s.addContext(typ, id, data, now)
		case overwrite && data != nil:
			existing.data, existing.UpdatedAt = data, now
		}
	}
	slices.Sort(keys)
	return keys
}

// keysInOrder are the keys of an object in the order in which they were written.
func keysInOrder(raw json.RawMessage, object map[string]any) []string {
	keys := sortedKeys(object)
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Compare(strings.Index(string(raw), `"`+a+`"`), strings.Index(string(raw), `"`+b+`"`))
	})
	return keys
}

func (s *Server) addContext(typ, id string, data map[string]any, now time.Time) *contextRecord {
	if data == nil {
		data = map[string]any{}
	}
	r := &contextRecord{
		meta: meta{ID: s.ids.Next(now), Key: contextKey(typ, id), CreatedAt: now, UpdatedAt: now},
		typ:  typ,
		id:   id,
		data: data,
	}
	s.contexts.add(r)
	return r
}

func (s *Server) createContext(c *call) *reply {
	if refused := c.invalid(
		required("type", matches(contextIdentifier, "Type must be lowercase alphanumeric with optional ., _, or - separators"), maxLength(100), minLength(1), isString),
		required("id", matches(contextIdentifier, "ID must be lowercase alphanumeric with optional ., _, or - separators"), maxLength(100), minLength(1), isString),
		optional("data", validContextData),
	); refused != nil {
		return refused
	}
	typ, id := c.Text("type"), c.Text("id")
	if _, has := s.contexts.get(contextKey(typ, id)); has {
		return c.conflict("Context with type '" + typ + "' and id '" + id + "' already exists")
	}
	data, _ := c.Object()["data"].(map[string]any)
	return created(showContext(s.addContext(typ, id, data, c.Now)))
}

func (s *Server) contextOf(c *call) (*contextRecord, *reply) {
	typ, id := c.Params["type"], c.Params["id"]
	if r, has := s.contexts.get(contextKey(typ, id)); has {
		return r, nil
	}
	return nil, c.notFound(
		"Context with id '" + id + "' and type '" + typ + "' not found in environment " + s.environmentID,
	)
}

func (s *Server) getContext(c *call) *reply {
	r, refused := s.contextOf(c)
	if refused != nil {
		return refused
	}
	return ok(showContext(r))
}

func (s *Server) updateContext(c *call) *reply {
	if refused := c.invalid(required("data", validContextData)); refused != nil {
		return refused
	}
	r, refused := s.contextOf(c)
	if refused != nil {
		return refused
	}
	r.data, _ = c.Object()["data"].(map[string]any)
	r.UpdatedAt = c.Now
	return ok(showContext(r))
}

func (s *Server) deleteContext(c *call) *reply {
	r, refused := s.contextOf(c)
	if refused != nil {
		return refused
	}
	s.contexts.remove(r.Key)
	return emulator.NoContent()
}

func (s *Server) listContexts(c *call) *reply {
	if refused := c.listQueryOfCommand("ListContextsCommand", optional("type", isString), optional("id", isString), optional("search", isString)); refused != nil {
		return refused
	}
	search := strings.ToLower(c.Query.Get("search"))
	match := func(r *contextRecord) bool {
		return c.equals("type", r.typ) && c.equals("id", r.id) && strings.Contains(strings.ToLower(r.Key), search)
	}
	return listPage(c, &s.contexts, match, showContext)
}

// featureOff is the answer of the Teams routes where the organization does not
// have the feature.
// 3.19 does not ask for it any more.
func (c *call) featureOff() *reply {
	if c.s.config.Feature || c.s.is319() {
		return nil
	}
	return c.named(http.StatusNotFound, "Feature not enabled")
}
