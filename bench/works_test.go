package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	goteamsnotify "github.com/atc0005/go-teams-notify/v2"
	"github.com/atc0005/go-teams-notify/v2/adaptivecard"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// work is done by this module and by another, over a transport in memory that
// answers at once, so that what is measured is the two of them.
type work struct {
	name, peer string
	ours       func() error
	theirs     func() error
	// What ours may take of what theirs takes. Allocations are exact and gate as
	// they are; times are gated at half as much again.
	time, allocations float64
}

const (
	bareHTTP    = "net/http, encoding/json"
	teamsNotify = "go-teams-notify v2.14.0"
	msal        = "MSAL for Go v1.10.1"
)

// canned answers every request in memory, by its path.
type canned map[string]string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	body, known := c[r.URL.Path]
	if !known {
		return nil, fmt.Errorf("nothing is known of %s", r.URL)
	}
	status := http.StatusOK
	if body == "" {
		status = http.StatusAccepted
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

const endpointJSON = `{"identifier":"chendp_dqyuo04ejyks","channel":"chat","providerId":"msteams","integrationIdentifier":"teams",` +
	`"connectionIdentifier":"conn","subscriberId":"sub-1","contextKeys":["tenant:acme"],"type":"ms_teams_channel",` +
	`"endpoint":{"teamId":"t","channelId":"c"},"createdAt":"2026-11-23T16:36:47.508Z","updatedAt":"2026-11-23T16:36:47.508Z"}`

// listedJSON has a key that nobody knows yet.
var listedJSON = strings.Replace(endpointJSON, `"channel":`, `"novelty":{"since":2027},"channel":`, 1)

var novuAnswers = canned{
	"/v1/channel-endpoints":                        `{"data":` + endpointJSON + `}`,
	"/v1/channel-endpoints/x":                      `{"data":` + endpointJSON + `}`,
	"/list/v1/channel-endpoints":                   `{"data":[` + strings.Repeat(listedJSON+",", 99) + listedJSON + `],"next":null,"previous":null,"totalCount":100,"totalCountCapped":false}`,
	"/v1/events/trigger":                           `{"data":{"acknowledged":true,"status":"processed","transactionId":"txn_1"}}`,
	"/workflows/0a1b/triggers/manual/paths/invoke": "",
	"/" + tenantID + "/oauth2/v2.0/token":          `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0eXAiOiJKV1QifQ.eyJyb2xlcyI6W119.c2ln"}`,
	"/" + tenantID + "/v2.0/.well-known/openid-configuration": `{"authorization_endpoint":"https://login.microsoftonline.com/` + tenantID + `/oauth2/v2.0/authorize","token_endpoint":"https://login.microsoftonline.com/` +
		tenantID + `/oauth2/v2.0/token","issuer":"https://login.microsoftonline.com/` + tenantID + `/v2.0"}`,
}

const (
	tenantID   = "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01"
	clientID   = "5c1e0f52-8f0b-4d1c-9a27-3f0e6b7d9c10"
	secret     = "not~a.real.secret"
	graphScope = "https://graph.microsoft.com/.default"
	flow       = "https://prod-01.westeurope.logic.azure.com/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=run&sv=1.0&sig=s"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// works are the comparisons, through one HTTP client.
func works(hc *http.Client) []work {
	ctx := context.Background()
	c := must(novu.NewClient("key", novu.WithHTTPClient(hc)))
	lists := must(novu.NewClient("key", novu.WithHTTPClient(hc), novu.WithBaseURL("https://api.novu.co/list")))
	tenant := newTenant(hc)
	theirs := newMSAL(hc)
	hooks := must(webhook.NewClient(webhook.WithHTTPClient(hc), webhook.WithRateLimit(math.Inf(1))))
	notify := goteamsnotify.NewTeamsClient().SetHTTPClient(hc)
	to := must(webhook.ParseURL(flow))
	return []work{
		{
			name: "Create a channel endpoint", peer: bareHTTP, time: 2, allocations: 1.35,
			ours: func() error { return second(c.ChannelEndpoints.Create(ctx, createParams)) },
			theirs: func() error {
				return bare[endpointAnswer](ctx, hc, http.MethodPost, "https://api.novu.co/v1/channel-endpoints", createBody)
			},
		},
		{
			name: "Get a channel endpoint", peer: bareHTTP, time: 2, allocations: 1.6,
			ours: func() error { return second(c.ChannelEndpoints.Get(ctx, "x")) },
			theirs: func() error {
				return bare[endpointAnswer](ctx, hc, http.MethodGet, "https://api.novu.co/v1/channel-endpoints/x", nil)
			},
		},
		{
			name: "List 100 channel endpoints", peer: bareHTTP, time: 2, allocations: 2,
			ours: func() error {
				return second(lists.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{Limit: 100}))
			},
			theirs: func() error {
				return bare[listAnswer](ctx, hc, http.MethodGet, "https://api.novu.co/list/v1/channel-endpoints?limit=100", nil)
			},
		},
		{
			name: "Trigger", peer: bareHTTP, time: 2, allocations: 1.6,
			ours: func() error { return second(c.Events.Trigger(ctx, triggerParams)) },
			theirs: func() error {
				return bare[triggerAnswer](ctx, hc, http.MethodPost, "https://api.novu.co/v1/events/trigger", triggerBody)
			},
		},
		{
			name: "Post a text to a Workflow", peer: teamsNotify, time: 1, allocations: 1.1,
			ours: func() error { return second(hooks.Send(ctx, to, webhook.Text("Build 17 failed"))) },
			theirs: func() error {
				m, err := adaptivecard.NewSimpleMessage("Build 17 failed", "", true)
				if err != nil {
					return err
				}
				return notify.SendWithContext(ctx, flow, m)
			},
		},
		{
			name: "A Graph token from the cache", peer: msal, time: 1, allocations: 1,
			ours: func() error { return second(tenant.GraphToken(ctx)) },
			theirs: func() error {
				return second(theirs.AcquireTokenByCredential(ctx, []string{graphScope}))
			},
		},
		{
			name: "A first Graph token, with its client", peer: msal, time: 1, allocations: 1,
			ours:   func() error { return second(newTenant(hc).GraphToken(ctx)) },
			theirs: func() error { newMSAL(hc); return nil },
		},
	}
}

func newTenant(hc *http.Client) *msteams.Tenant {
	ms := must(msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: secret, TenantID: tenantID}, msteams.WithHTTPClient(hc)))
	return ms.Tenant(tenantID)
}

// newMSAL returns a client with a token in its cache.
func newMSAL(hc *http.Client) confidential.Client {
	credential := must(confidential.NewCredFromSecret(secret))
	c := must(confidential.New("https://login.microsoftonline.com/"+tenantID, clientID, credential,
		confidential.WithHTTPClient(hc), confidential.WithInstanceDiscovery(false)))
	must(c.AcquireTokenByCredential(context.Background(), []string{graphScope}))
	return c
}

func second[T any](_ T, err error) error { return err }

var (
	createParams = novu.CreateChannelEndpointParams{
		Identifier: "chendp_dqyuo04ejyks", IntegrationIdentifier: "teams", ConnectionIdentifier: "conn", SubscriberID: "sub-1",
		Context: novu.ContextPayload{"tenant": {ID: "acme"}}, Endpoint: novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:c@thread.tacv2"},
	}
	createBody = map[string]any{
		"identifier": "chendp_dqyuo04ejyks", "integrationIdentifier": "teams", "connectionIdentifier": "conn", "subscriberId": "sub-1",
		"context": map[string]any{"tenant": "acme"}, "type": "ms_teams_channel", "endpoint": map[string]any{"teamId": "t", "channelId": "c"},
	}
	triggerParams = novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("sub-1"), Payload: map[string]any{"build": 17}}
	triggerBody   = map[string]any{"name": "w", "to": "sub-1", "payload": map[string]any{"build": 17}, "transactionId": "txn_1"}
)

type endpointAnswer struct {
	Data endpoint
}

type listAnswer struct {
	Data           []endpoint
	Next, Previous *string
	TotalCount     int
}

type triggerAnswer struct {
	Data struct {
		Acknowledged          bool
		Status, TransactionID string
	}
}

type endpoint struct {
	Identifier, Channel, ProviderID, IntegrationIdentifier, ConnectionIdentifier, SubscriberID, Type string
	ContextKeys                                                                                      []string
	Endpoint                                                                                         struct{ TeamID, ChannelID string }
	CreatedAt, UpdatedAt                                                                             time.Time
}

// bare does an exchange with nothing but net/http and encoding/json.
func bare[T any](ctx context.Context, hc *http.Client, method, url string, body any) error {
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "ApiKey key")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s", resp.Status)
	}
	return json.Unmarshal(data, new(T))
}
