package novu_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestClientFromEnv(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	_, err := novu.NewClientFromEnv()
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	require.ErrorContains(t, err, "NOVU_SECRET_KEY")

	t.Setenv("NOVU_SECRET_KEY", "k")
	c, err := novu.NewClientFromEnv()
	require.NoError(t, err)
	assert.Equal(t, "https://api.novu.co/v1/integrations/chat/oauth/callback", c.CallbackURL())

	t.Setenv("NOVU_BASE_URL", "https://novu.example/api/")
	c, err = novu.NewClientFromEnv()
	require.NoError(t, err)
	assert.Equal(t, "https://novu.example/api/v1/integrations/chat/oauth/callback", c.CallbackURL())

	c, err = novu.NewClientFromEnv(novu.WithRegion(novu.RegionEU))
	require.NoError(t, err)
	assert.Equal(t, "https://eu.api.novu.co/v1/integrations/chat/oauth/callback", c.CallbackURL())
}

const environmentJSON = `{"_id":"env","name":"Development","_organizationId":"org","identifier":"dev","_parentId":"parent"}`

var environment = novu.Environment{ID: "env", Name: "Development", OrganizationID: "org", Identifier: "dev", ParentID: "parent"}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Environment(ctx) },
			method: http.MethodGet, path: "/v1/environments/me",
			answer: `{"data":` + environmentJSON + `}`,
			want:   &environment,
		},
	})
	testErrors(t, map[string]call{
		"get environment": func(ctx context.Context, c *novu.Client) (any, error) { return c.Environment(ctx) },
	})
}

// Ping asks for the environment, then whether the feature is on.
func TestPing(t *testing.T) {
	t.Parallel()
	const environmentURL, connectionsURL = baseURL + "/v1/environments/me", baseURL + "/v1/channel-connections?limit=1"
	tests := map[string]struct {
		environment, connections httpmock.Responder
		is                       error // nil: it works
		requests                 int
	}{
		"all is well": {
			environment: httpmock.NewStringResponder(http.StatusOK, `{"data":`+environmentJSON+`}`),
			connections: httpmock.NewStringResponder(http.StatusOK, `{"data":[],"next":null,"totalCount":0}`),
			requests:    2,
		},
		"an unknown key": {
			environment: httpmock.NewStringResponder(http.StatusUnauthorized, `{"message":"API Key not found"}`),
			is:          novu.ErrUnauthorized, requests: 1,
		},
		"the feature is off": {
			environment: httpmock.NewStringResponder(http.StatusOK, `{"data":`+environmentJSON+`}`),
			connections: httpmock.NewStringResponder(http.StatusNotFound, `{"message":"Feature not enabled"}`),
			is:          novu.ErrFeatureNotEnabled, requests: 2,
		},
		"a server that is too old": {
			environment: httpmock.NewStringResponder(http.StatusOK, `{"data":`+environmentJSON+`}`),
			connections: httpmock.NewStringResponder(http.StatusNotFound, `{"message":"Cannot GET /v1/channel-connections"}`),
			is:          novu.ErrRouteNotFound, requests: 2,
		},
		"no API at all": {
			environment: httpmock.NewStringResponder(http.StatusOK, `<html>Welcome</html>`),
			is:          novu.ErrBadAnswer, requests: 1,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterResponder(http.MethodGet, environmentURL, tt.environment)
			mock.RegisterResponder(http.MethodGet, connectionsURL, tt.connections)
			got, err := mocked(t, mock).Ping(t.Context())
			assert.Equal(t, tt.requests, mock.GetTotalCallCount())
			if tt.is != nil {
				require.ErrorIs(t, err, tt.is)
				assert.Nil(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, &environment, got)
		})
	}
}

func TestClientPrintsItsServer(t *testing.T) {
	t.Parallel()
	c := silent(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		assert.Equal(t, "novu.Client("+baseURL+")", fmt.Sprintf(verb, c))
		assert.Equal(t, "novu.Client("+baseURL+")", fmt.Sprintf(verb, *c))
	}
	assert.Equal(t, "novu.Client(not configured)", fmt.Sprint(novu.Client{}))
	assert.Equal(t, baseURL, c.BaseURL())
}
