package emulator

import (
	"net/url"
	"strings"
)

// Serve answers a call. It is given the fault that happens to the request, or
// nil, because some faults act in the middle of serving.
type Serve func(c *Call, fault *Fault) *Reply

// Route is one line of a route table. In its pattern a segment in braces matches
// any one segment, and {rest...} matches all that follow.
type Route struct {
	Method  string // "*" for any
	Pattern string
	Serve   Serve

	segments []string
}

// Router finds the route of a request.
type Router struct {
	routes []*Route
	// Missing answers requests that match no route.
	Missing Serve
}

// Add adds a route. Earlier routes win.
func (t *Router) Add(method, pattern string, serve Serve) {
	t.routes = append(t.routes, &Route{Method: method, Pattern: pattern, Serve: serve, segments: split(pattern)})
}

// Match finds the route of a request and the values of the pattern's segments in
// braces. A request that matches none gets a route without a pattern.
func (t *Router) Match(method, path string) (*Route, map[string]string) {
	segments := split(path)
	for _, r := range t.routes {
		if r.Method != method && r.Method != "*" {
			continue
		}
		if params, matched := matchSegments(r.segments, segments); matched {
			return r, params
		}
	}
	return &Route{Method: method, Serve: t.Missing}, nil
}

func split(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// matchSegments compares as Express does: names ignore case, and a slash at the
// end means nothing.
func matchSegments(pattern, segments []string) (map[string]string, bool) {
	rest := pattern[len(pattern)-1] == "{rest...}"
	if len(segments) < len(pattern) || (len(segments) > len(pattern) && !rest) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range pattern {
		switch {
		case p == "{rest...}":
			params["rest"] = strings.Join(segments[i:], "/")
			return params, true
		case strings.HasPrefix(p, "{"):
			value, err := url.PathUnescape(segments[i])
			if err != nil || segments[i] == "" {
				return nil, false
			}
			params[p[1:len(p)-1]] = value
		case !strings.EqualFold(p, segments[i]):
			return nil, false
		}
	}
	return params, true
}
