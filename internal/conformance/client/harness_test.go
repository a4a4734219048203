package client_test

import (
	"io"
	"net/http"
	"strings"

	"github.com/novu-go/novu"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

var (
	teamsEnd = novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:c@thread.tacv2"}
	acme     = novu.ContextPayload{"tenant": {ID: "acme"}}
	place    = novu.Workspace{ID: "tenant"}
	auth     = novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken}
)

func connection(change func(*novu.CreateChannelConnectionParams)) novu.CreateChannelConnectionParams {
	p := novu.CreateChannelConnectionParams{IntegrationIdentifier: "i", SubscriberID: "s", Workspace: place, Auth: auth}
	change(&p)
	return p
}

func endpoint(change func(*novu.CreateChannelEndpointParams)) novu.CreateChannelEndpointParams {
	p := novu.CreateChannelEndpointParams{IntegrationIdentifier: "i", SubscriberID: "s", Endpoint: teamsEnd}
	change(&p)
	return p
}

func second[T any](_ T, err error) error { return err }
