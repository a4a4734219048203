package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/novu-go/novu"
)

// FuzzAnswers: whatever a server answers, a call returns a value or an *Error
// with the status, and never the key.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"data":{"identifier":"c1","subscriberId":null,"workspace":{"id":"w"},"auth":{"accessToken":"app-only"}}}`)
	f.Add(200, `{"data":{"type":"webhook","endpoint":{"url":5}}}`)
	f.Add(200, `{"data":[{"_id":"1"}],"next":null,"totalCount":"x"}`)
	f.Add(422, `{"message":"m","errors":{"a":{"messages":["b"]}}}`)
	f.Add(400, `{"message":["a"],"errors":[{"field":"f","message":"m"}]}`)
	f.Add(401, `{"message":"Invalid authentication scheme: \"key-canary\""}`)
	f.Add(404, `<html>`)
	f.Add(201, `{"data":{"acknowledged":true,"status":"error","error":["workflow_not_found"]}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c, err := novu.NewClient("key-canary", novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}),
			novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				return reply(status, body), nil
			})}))
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, connErr := c.ChannelConnections.Get(ctx, "x")
		_, endErr := c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{})
		_, intErr := c.Integrations.List(ctx)
		_, workErr := c.Workflows.List(ctx, novu.ListWorkflowsParams{})
		_, trigErr := c.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("s")})
		for _, err := range []error{connErr, endErr, intErr, workErr, trigErr} {
			if err == nil {
				continue
			}
			var e *novu.Error
			var refused *novu.TriggerError
			brokeOff := errors.Is(err, io.ErrUnexpectedEOF) // then its status means nothing
			if !errors.As(err, &e) && !errors.As(err, &refused) || e != nil && e.StatusCode != status && !brokeOff {
				t.Fatalf("%d %q: %v", status, body, err)
			}
			if strings.Contains(err.Error(), "key-canary") {
				t.Fatalf("%v", err)
			}
		}
	})
}
