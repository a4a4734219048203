package novutest

import (
	"fmt"
	"net/http"

	"github.com/novu-go/novu/internal/emulator"
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
			r, err := s.novu.Post(part.path, item)
			if err != nil {
				return fmt.Errorf("novutest: fixture %d of %s: %w", i+1, part.path, err)
			}
			if r.Status != http.StatusCreated {
				return fmt.Errorf(
					"novutest: fixture %d of %s: %d %s",
					i+1,
					part.path,
					r.Status,
					emulator.Redact(string(r.Body)),
				)
			}
		}
	}
	return nil
}
