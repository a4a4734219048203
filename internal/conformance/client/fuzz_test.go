package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/novu-go/novu"
)

// FuzzAnswers: whatever a server answers, a call returns a value or an *Error
// with the status, and never the key.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"data":`+connectionJSON+`}`)
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
			if !errors.As(err, &e) && !errors.As(err, &refused) || e != nil && e.StatusCode != status {
				t.Fatalf("%d %q: %v", status, body, err)
			}
			if strings.Contains(err.Error(), "key-canary") {
				t.Fatalf("%v", err)
			}
		}
	})
}

// FuzzIdentifiers: an identifier is refused, or arrives as it is under the
// route's path and nowhere else.
func FuzzIdentifiers(f *testing.F) {
	for _, id := range []string{"a", "..", ".", "a/b", "a/../../v1/x", "ü?#", "%2e%2e", "a b", "\\..\\", "a\x00", "x?y=z", ";v", "//evil.example"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		var asked *http.Request
		c, err := novu.NewClient("k", novu.WithBaseURL("https://novu.example/root"), novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r
			return reply(204, ""), nil
		})}))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ChannelEndpoints.Delete(t.Context(), id); err != nil {
			if !errors.Is(err, novu.ErrInvalidParams) || asked != nil {
				t.Fatalf("%q: %v", id, err)
			}
			return
		}
		const prefix = "/root/v1/channel-endpoints/"
		if asked.URL.Host != "novu.example" || asked.URL.Path != prefix+id || asked.URL.RawQuery != "" || asked.URL.Fragment != "" {
			t.Fatalf("%q became %s", id, asked.URL)
		}
		if rest := strings.TrimPrefix(asked.URL.EscapedPath(), prefix); strings.Contains(rest, "/") || rest == ".." || !utf8.ValidString(id) {
			t.Fatalf("%q became %s", id, asked.URL)
		}
	})
}

// FuzzEndpoint: what decodes encodes again, with its type.
func FuzzEndpoint(f *testing.F) {
	f.Add("ms_teams_channel", `{"teamId":"t","channelId":"c"}`)
	f.Add("ms_teams_user", `{"userId":"u","tenantId":null}`)
	f.Add("webhook", `{"url":"https://x"}`)
	f.Add("phone", `{"phoneNumber":"+1"}`)
	f.Add("", `[]`)
	f.Fuzz(func(t *testing.T, kind, object string) {
		data, err := json.Marshal(map[string]any{"type": kind, "endpoint": json.RawMessage(object)})
		if err != nil || !utf8.ValidString(kind) {
			return
		}
		var e novu.ChannelEndpoint
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if string(e.Endpoint.Type()) != kind {
			t.Fatalf("%q became %q", kind, e.Endpoint.Type())
		}
		if _, err := json.Marshal(e); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	})
}
