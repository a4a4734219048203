package microsoft

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// object is a directory object as it goes over the wire.
type object map[string]any

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// clone copies all levels.
func (o object) clone() object {
	var copied object
	_ = emulator.Decode(emulator.Encode(o), &copied) // what was decoded from JSON encodes
	return copied
}

// snapshot is what one replica of a tenant's directory holds.
type snapshot struct {
	applications []object
	principals   []object
	deleted      []object
	assignments  []object
	grants       []object
}

func (d *snapshot) clone() *snapshot {
	all := func(list []object) []object {
		out := make([]object, len(list))
		for i, o := range list {
			out[i] = o.clone()
		}
		return out
	}
	return &snapshot{
		applications: all(d.applications), principals: all(d.principals), deleted: all(d.deleted),
		assignments: all(d.assignments), grants: all(d.grants),
	}
}

// find is the object whose property has the value, letter case aside.
func find(list []object, property, value string) object {
	for _, o := range list {
		if value != "" && strings.EqualFold(o.text(property), value) {
			return o
		}
	}
	return nil
}

func without(list []object, id string) []object {
	return slices.DeleteFunc(slices.Clone(list), func(o object) bool { return strings.EqualFold(o.text("id"), id) })
}

// directory is a tenant's directory: its newest state and, for a while after
// each write, the older ones that lagging replicas still show.
type directory struct {
	snapshot
	tenantID string
	older    []lagging
	reads    int
}

type lagging struct {
	snapshot     *snapshot
	since, until time.Time
}

// directory is the tenant's, made where nobody has asked for it before. It holds
// Graph's own service principal from the start.
func (s *Server) directory(tenantID string) *directory {
	key := strings.ToLower(tenantID)
	d := s.directories[key]
	if d == nil {
		d = &directory{tenantID: tenantID}
		d.principals = []object{graphPrincipal(tenantID)}
		s.directories[key] = d
	}
	return d
}

// change notes the state before a write, which replicas show for the
// replication delay.
func (s *Server) change(d *directory, now time.Time) {
	if delay := s.config.ReplicationDelay; delay > 0 {
		d.older = append(d.older, lagging{snapshot: d.clone(), since: now, until: now.Add(delay)})
	}
}

// view is the replica that a request reaches. In the first half of the delay all
// are old; in the second they take turns.
func (d *directory) view(now time.Time) *snapshot {
	d.older = slices.DeleteFunc(d.older, func(l lagging) bool { return !now.Before(l.until) })
	d.reads++
	for _, l := range d.older {
		if now.Before(l.since.Add(l.until.Sub(l.since)/2)) || d.reads%2 == 0 {
			return l.snapshot
		}
	}
	return &d.snapshot
}

// entityKey takes applications(uniqueName='acme') apart.
var entityKey = regexp.MustCompile(`^(\w+)\((\w+)='((?:[^']|'')*)'\)$`)

// entity serves the objects that are named by a key other than their id.
func (s *Server) entity(c *call) *reply {
	m := entityKey.FindStringSubmatch(c.Params["entity"])
	if m == nil {
		return s.missing(c)
	}
	set, key, value := m[1], m[2], unquote(m[3])
	switch set + " " + key + " " + c.Method {
	case "applications uniqueName GET", "applications appId GET":
		return s.getApplication(c, key, value)
	case "applications uniqueName PATCH":
		return s.upsertApplication(c, value)
	case "servicePrincipals appId GET":
		return s.getPrincipal(c, "appId", value)
	case "servicePrincipals appId PATCH":
		return s.upsertPrincipal(c, value)
	}
	return s.missing(c)
}

// dated puts the emulator's time on an answer: secrets end by Microsoft's clock.
func dated(c *call, r *reply) *reply { return r.With("Date", c.Now.Format(http.TimeFormat)) }

func (s *Server) directoryJSON(c *call, status int, kind string, o object) *reply {
	answer := object{"@odata.context": s.GraphURL() + "/v1.0/$metadata#" + kind + "/$entity"}
	for name, value := range selected(c, o) {
		answer[name] = value
	}
	return dated(c, emulator.JSON(status, answer))
}

func selected(c *call, o object) object {
	fields := c.Query.Get("$select")
	if fields == "" {
		return o
	}
	out := object{}
	for name := range strings.SplitSeq(fields, ",") {
		if value, has := o[name]; has {
			out[name] = value
		}
	}
	return out
}

func (s *Server) directoryList(c *call, kind string, list []object) *reply {
	values := []any{}
	for _, o := range list {
		values = append(values, selected(c, o))
	}
	return dated(c, emulator.JSON(http.StatusOK, object{
		"@odata.context": s.GraphURL() + "/v1.0/$metadata#" + kind, "value": values,
	}))
}

// equals understands the filter "property eq 'value'".
var equals = regexp.MustCompile(`^(\w+) eq '((?:[^']|'')*)'$`)

// filtered applies the request's filter.
func filtered(c *call, list []object) ([]object, *reply) {
	filter := c.Query.Get("$filter")
	if filter == "" {
		return list, nil
	}
	m := equals.FindStringSubmatch(filter)
	if m == nil {
		return nil, unknownFilter(c)
	}
	return slices.DeleteFunc(slices.Clone(list), func(o object) bool {
		return !strings.EqualFold(o.text(m[1]), unquote(m[2]))
	}), nil
}

func noSuchObject(c *call, id string) *reply {
	return dated(c, graphError(c, http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '"+id+"' does not exist or one of its queried reference-property objects are not present."))
}

func badDirectoryRequest(c *call, message string) *reply {
	return dated(c, graphError(c, http.StatusBadRequest, "Request_BadRequest", message))
}

// bodyObject is the request's body as an object.
func bodyObject(c *call) object {
	var o object
	if json.Unmarshal(c.Raw, &o) != nil || o == nil {
		return object{}
	}
	return o
}
