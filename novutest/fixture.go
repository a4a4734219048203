package novutest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/emulator"
)

// Fixture is what a server holds from the start. Each item is what the client's
// Create takes, such as novu.CreateIntegrationParams, or a request body as the
// API takes it: a struct or a map that encoding/json can write. They are created
// in the order of the fields and refused by the rules of the API.
type Fixture struct {
	Integrations []any // novu.CreateIntegrationParams, or bodies of POST /v1/integrations
	Subscribers  []any // novu.CreateSubscriberParams, or bodies of POST /v2/subscribers
	Contexts     []any // novu.CreateContextParams, or bodies of POST /v2/contexts
	Connections  []any // novu.CreateChannelConnectionParams, or bodies of POST /v1/channel-connections
	Endpoints    []any // novu.CreateChannelEndpointParams, or bodies of POST /v1/channel-endpoints
	Workflows    []any // novu.CreateWorkflowParams, or bodies of POST /v2/workflows
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
			if err := s.create(part.path, item); err != nil {
				return fmt.Errorf("novutest: fixture %d of %s: %w", i+1, part.path, err)
			}
		}
	}
	return nil
}

// create makes one item: through the client, where it is what the client takes.
func (s *Server) create(path string, item any) error {
	ctx := context.Background()
	var err error
	switch params := item.(type) {
	case novu.CreateIntegrationParams:
		_, err = s.furnisher().Integrations.Create(ctx, params)
	case novu.CreateSubscriberParams:
		_, err = s.furnisher().Subscribers.Create(ctx, params)
	case novu.CreateContextParams:
		_, err = s.furnisher().Contexts.Create(ctx, params)
	case novu.CreateChannelConnectionParams:
		_, err = s.furnisher().ChannelConnections.Create(ctx, params)
	case novu.CreateChannelEndpointParams:
		_, err = s.furnisher().ChannelEndpoints.Create(ctx, params)
	case novu.CreateWorkflowParams:
		_, err = s.furnisher().Workflows.Create(ctx, params)
	default:
		r, err := s.novu.Post(path, item)
		if err == nil && r.Status != http.StatusCreated {
			return fmt.Errorf("%d %s", r.Status, emulator.Redact(string(r.Body)))
		}
		return err
	}
	return err
}

// furnisher is a client whose requests go straight to the API's handlers: they
// are not logged, not limited, and no fault happens to them.
func (s *Server) furnisher() *novu.Client {
	return s.Client(novu.WithHTTPClient(&http.Client{Transport: furnishing{s}}), novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}))
}

type furnishing struct{ server *Server }

func (f furnishing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return nil, errors.New("novutest: a fixture only creates")
	}
	var body json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	made, err := f.server.novu.Post(r.URL.Path, body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: made.Status, Status: fmt.Sprintf("%d %s", made.Status, http.StatusText(made.Status)), Header: made.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Body: io.NopCloser(bytes.NewReader(made.Body)), ContentLength: int64(len(made.Body)),
	}, nil
}
