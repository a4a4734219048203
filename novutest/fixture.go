package novutest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Fixture is what a server holds from the start. Each item is a request body as
// the API takes it: a struct or a map that encoding/json can write. They are
// created in the order of the fields and refused by the rules of the API.
type Fixture struct {
	Integrations []any // POST /v1/integrations
	Subscribers  []any // POST /v2/subscribers
	Contexts     []any // POST /v2/contexts
	Connections  []any // POST /v1/channel-connections
	Endpoints    []any // POST /v1/channel-endpoints
	Workflows    []any // POST /v2/workflows
}

func (f Fixture) apply(s *Server) error {
	for _, part := range []struct {
		path  string
		items []any
	}{
		{"/v1/integrations", f.Integrations}, {"/v2/subscribers", f.Subscribers}, {"/v2/contexts", f.Contexts},
		{"/v1/channel-connections", f.Connections}, {"/v1/channel-endpoints", f.Endpoints}, {"/v2/workflows", f.Workflows},
	} {
		for i, item := range part.items {
			r, err := s.post(part.path, item)
			if err != nil {
				return fmt.Errorf("novutest: fixture %d of %s: %w", i+1, part.path, err)
			}
			if r.status != http.StatusCreated {
				return fmt.Errorf(
					"novutest: fixture %d of %s: %d %s",
					i+1,
					part.path,
					r.status,
					redact(string(r.body)),
				)
			}
		}
	}
	return nil
}

// applyFixtures makes what the options asked for, by the API's own rules.
func (s *Server) applyFixtures() error {
	for _, f := range s.config.fixtures {
		if err := f.apply(s); err != nil {
			return err
		}
	}
	return nil
}

// post creates something through the API's own handler, without a network.
func (s *Server) post(path string, body any) (*reply, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	c := &call{
		s:      s,
		now:    s.clock.now(),
		method: http.MethodPost,
		uri:    path,
		path:   path,
		header: http.Header{"Content-Type": {"application/json"}},
		raw:    raw,
	}
	route, params := s.router.match(c.method, c.path)
	c.params = params
	if refused := c.parse(route); refused != nil {
		return refused, nil
	}
	return s.locked(c, route), nil
}
