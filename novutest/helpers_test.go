package novutest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/require"
)

// api is a bare client: these tests look at the wire, not through the module's
// own client.
type api struct {
	t      *testing.T
	server *novutest.Server
	http   *http.Client
}

func start(t *testing.T, opts ...novutest.Option) *api {
	t.Helper()
	return &api{t: t, server: novutest.NewServer(t, opts...), http: &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any // nil where it is no object
}

// data is a field of the body's data.
func (a answer) data(name string) any {
	object, _ := a.body["data"].(map[string]any)
	return object[name]
}

// text is a string field of the body's data.
func (a answer) field(name string) string {
	s, _ := a.data(name).(string)
	return s
}

func (a answer) message() string {
	s, _ := a.body["message"].(string)
	return s
}

func (a *api) do(method, path string, body any, headers ...string) answer {
	a.t.Helper()
	got, err := a.try(method, path, body, headers...)
	require.NoError(a.t, err, "%s %s", method, path)
	return got
}

// try is do where the connection may break. A path with a host is taken as it
// is; headers are name, value, ….
func (a *api) try(method, path string, body any, headers ...string) (answer, error) {
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(body))
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		reader = bytes.NewReader(raw)
	}
	if path[0] == '/' {
		path = a.server.URL() + path
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, path, reader)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "ApiKey "+a.server.SecretKey())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	got := answer{status: resp.StatusCode, header: resp.Header, text: string(raw)}
	_ = json.Unmarshal(raw, &got.body)
	return got, err
}

func (a *api) create(path string, body any) answer {
	a.t.Helper()
	got := a.do(http.MethodPost, path, body)
	require.Equal(a.t, http.StatusCreated, got.status, got.text)
	return got
}

func (a *api) settle() {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(a.t, a.server.Settle(ctx))
}

type obj = map[string]any

// furnished is a server with an integration, a subscriber, a connection without
// context and a workflow whose content is {{payload.text}}.
func furnished() novutest.Option {
	return novutest.WithFixture(novutest.Fixture{
		Integrations: []any{
			obj{"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true, "credentials": obj{
				"clientId": "client", "secretKey": "secret", "tenantId": "home", "redirectUrl": "https://app.example.com/done"}},
		},
		Subscribers: []any{obj{"subscriberId": "ada", "firstName": "Ada"}},
		Connections: []any{
			obj{
				"identifier":            "conn",
				"integrationIdentifier": "teams",
				"subscriberId":          "ada",
				"workspace":             obj{"id": "tenant"},
				"auth":                  obj{"accessToken": "app-only"},
			},
		},
		Workflows: []any{obj{"workflowId": "alert", "name": "Alert", "active": true, "steps": []any{
			obj{"name": "Chat", "type": "chat", "controlValues": obj{"body": "{{payload.text}}"}}}}},
	})
}

func channelEndpoint(identifier, channelID string) obj {
	return obj{
		"identifier":            identifier,
		"integrationIdentifier": "teams",
		"connectionIdentifier":  "conn",
		"subscriberId":          "ada",
		"type":                  "ms_teams_channel",
		"endpoint":              obj{"teamId": "19:team@thread.tacv2", "channelId": channelID},
	}
}

func userEndpoint(identifier, userID string) obj {
	return obj{
		"identifier":            identifier,
		"integrationIdentifier": "teams",
		"connectionIdentifier":  "conn",
		"subscriberId":          "ada",
		"type":                  "ms_teams_user",
		"endpoint":              obj{"userId": userID},
	}
}

func webhookEndpoint(identifier, url string) obj {
	return obj{
		"identifier":            identifier,
		"integrationIdentifier": "teams",
		"subscriberId":          "ada",
		"type":                  "webhook",
		"endpoint":              obj{"url": url},
	}
}

func (a *api) trigger(text string, more ...obj) answer {
	a.t.Helper()
	body := obj{"name": "alert", "to": "ada", "payload": obj{"text": text}}
	for _, m := range more {
		for k, v := range m {
			body[k] = v
		}
	}
	return a.create("/v1/events/trigger", body)
}
