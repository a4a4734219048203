package setup_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

func TestRequestsAreFewAndReadsGoAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		plan := b.plan(s)
		assert.LessOrEqual(t, len(b.wire.take()), 15)
		_, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		all := b.wire.take()
		// Reads that wait repeat one that was just made.
		counted := len(slices.CompactFunc(slices.Clone(all), func(a, b string) bool {
			return strings.HasPrefix(a, "GET") && strings.HasPrefix(b, "GET") && strings.Contains(a, "/applications") && strings.Contains(b, "/applications")
		}))
		t.Logf("%d requests, %d without those that wait for the directory", len(all), counted)
		assert.LessOrEqual(t, counted, 60)

		// Each answer takes a second: what is independent is not asked one after the other.
		b.wire.spoil = func(int, *http.Request) spoiling { time.Sleep(time.Second); return pass }
		start := time.Now()
		assert.True(t, b.plan(s).Empty())
		assert.LessOrEqual(t, len(b.wire.take()), 15)
		assert.LessOrEqual(t, time.Since(start), 6*time.Second)
	})
}

// specification is the part of Azure's own that is in testdata.
type specification struct {
	Paths       map[string]map[string]json.RawMessage
	Definitions map[string]*schema
	Parameters  map[string]parameter
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Enum       []string
	AllOf      []*schema
	Properties map[string]*schema
	Additional *schema `json:"additionalProperties"`
	Items      *schema
	Required   []string
	ReadOnly   bool
	Nullable   bool   `json:"x-nullable"`
	Kind       string `json:"discriminator"`
}

type parameter struct {
	Ref       string `json:"$ref"`
	Name, In  string
	Pattern   string
	MinLength int
	MaxLength int
	Enum      []string
	Schema    *schema
}

// Every request to Azure's bot service is one that its specification knows, with
// a body that fits. The part of it that is in testdata covers no other service:
// of the requests about subscriptions, providers and resource groups only the
// version of the API can be checked, and how many there were is logged.
func TestRequestsToAzureFitItsSpecification(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../internal/emulator/microsoft/testdata/azure-cases/swagger-botservice-2022-09-15-subset.json")
	require.NoError(t, err)
	var spec specification
	require.NoError(t, json.Unmarshal(raw, &spec))

	var mu sync.Mutex
	checked, unspecified := map[string]int{}, 0
	inBubble(t, func(t *testing.T, b *bench) {
		b.wire.see = func(r *http.Request, body []byte) {
			path, isAzure := strings.CutPrefix(r.URL.Path, "/_arm")
			if !isAzure {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !strings.Contains(path, "/botServices") {
				unspecified++
				assert.Equal(t, "2021-04-01", r.URL.Query().Get("api-version"), "%s %s", r.Method, path)
				return
			}
			checked[r.Method]++
			problems := spec.check(r.Method, path, r.URL.Query(), body)
			assert.Empty(t, problems, "%s %s %s", r.Method, path, body)
		}
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		renamed := config()
		renamed.App.Name, renamed.MessagingEndpoint = "Acme news", "https://bot.acme.example/api/messages"
		b.apply(b.setup(renamed, b.everybody()))
		plan, err := s.PlanDestroy(t.Context())
		require.NoError(t, err)
		_, err = s.Apply(t.Context(), plan)
		require.NoError(t, err)
	})
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		assert.NotZero(t, checked[method], method)
	}
	t.Logf("checked against the specification: %v; not in it, since they are not about bots: %d", checked, unspecified)
}

func (s *specification) check(method, path string, query url.Values, body []byte) []string {
	for pattern, operations := range s.Paths {
		values := matchPath(pattern, path)
		if values == nil || operations[strings.ToLower(method)] == nil {
			continue
		}
		var operation struct{ Parameters []parameter }
		if err := json.Unmarshal(operations[strings.ToLower(method)], &operation); err != nil {
			return []string{err.Error()}
		}
		var problems []string
		for _, p := range operation.Parameters {
			if p.Ref != "" {
				p = s.Parameters[strings.TrimPrefix(p.Ref, "#/parameters/")]
			}
			problems = append(problems, s.checkParameter(p, values, query, body)...)
		}
		return problems
	}
	return []string{"the specification has no such operation"}
}

func (s *specification) checkParameter(p parameter, values map[string]string, query url.Values, body []byte) []string {
	value := values[p.Name]
	switch p.In {
	case "query":
		if query.Get(p.Name) == "" {
			return []string{p.Name + " is missing in the query"}
		}
		return nil
	case "body":
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			return []string{err.Error()}
		}
		return s.fits(p.Schema, v, "")
	}
	if p.Pattern != "" && !regexp.MustCompile(p.Pattern).MatchString(value) || len(value) < p.MinLength || p.MaxLength > 0 && len(value) > p.MaxLength ||
		len(p.Enum) > 0 && !slices.Contains(p.Enum, value) {
		return []string{p.Name + " does not fit: " + value}
	}
	return nil
}

func matchPath(pattern, path string) map[string]string {
	wanted, has := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(wanted) != len(has) {
		return nil
	}
	values := map[string]string{}
	for i, w := range wanted {
		if strings.HasPrefix(w, "{") {
			values[strings.Trim(w, "{}")] = has[i]
		} else if w != has[i] {
			return nil
		}
	}
	return values
}

// flat is the schema with what it refers to and is composed of.
func (s *specification) flat(one *schema, v any) *schema {
	if one.Ref != "" {
		one = s.Definitions[strings.TrimPrefix(one.Ref, "#/definitions/")]
	}
	if one.Kind != "" { // the value names its own definition
		fields, _ := v.(map[string]any)
		kind, _ := fields[one.Kind].(string)
		if specific := s.Definitions[kind]; specific != nil {
			plain := *one
			plain.Kind = ""
			one = &schema{Type: "object", AllOf: []*schema{&plain}, Properties: specific.Properties}
		}
	}
	out := &schema{Type: one.Type, Enum: one.Enum, Properties: map[string]*schema{}, Additional: one.Additional, Items: one.Items, Required: one.Required}
	for _, part := range append(one.AllOf[:len(one.AllOf):len(one.AllOf)], &schema{Properties: one.Properties}) {
		if part.Ref != "" || len(part.AllOf) > 0 {
			part = s.flat(part, v)
		}
		out.Required = append(out.Required, part.Required...)
		for name, property := range part.Properties {
			out.Properties[name] = property
		}
	}
	return out
}

func (s *specification) fits(one *schema, v any, at string) []string {
	nullable := one.Nullable
	one = s.flat(one, v)
	var problems []string
	bad := func(text string) { problems = append(problems, at+" "+text) }
	switch v := v.(type) {
	case nil:
		if !nullable {
			bad("is null")
		}
	case string:
		if one.Type != "string" || len(one.Enum) > 0 && !slices.Contains(one.Enum, v) {
			bad("is the string " + v)
		}
	case bool:
		if one.Type != "boolean" {
			bad("is a boolean")
		}
	case []any:
		for _, item := range v {
			problems = append(problems, s.fits(one.Items, item, at+"[]")...)
		}
	case map[string]any:
		for _, name := range one.Required {
			if _, has := v[name]; !has {
				bad("lacks " + name)
			}
		}
		for name, value := range v {
			property := one.Properties[name]
			switch {
			case property == nil && one.Additional != nil:
				property = one.Additional
			case property == nil:
				bad("has an unknown property " + name)
				continue
			case property.ReadOnly:
				bad("sends " + name + ", which is read-only")
			}
			problems = append(problems, s.fits(property, value, at+"."+name)...)
		}
	}
	return problems
}
