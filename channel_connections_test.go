package novu_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const connectionJSON = `{"identifier":"teams-acme","channel":"chat","providerId":"msteams","integrationIdentifier":"teams","subscriberId":null,
	"contextKeys":["tenant:acme"],"workspace":{"id":"tenant","name":"Acme","region":"eu"},"auth":{"accessToken":"app-only"},` + times + `}`

var (
	connection = novu.ChannelConnection{
		Identifier: "teams-acme", Channel: novu.ChannelChat, ProviderID: novu.ProviderMSTeams, IntegrationIdentifier: "teams",
		ContextKeys: []string{"tenant:acme"}, Workspace: novu.Workspace{ID: "tenant", Name: "Acme", Extra: map[string]any{"region": "eu"}},
		Auth: auth, CreatedAt: created, UpdatedAt: created,
	}
	newConnection = novu.CreateChannelConnectionParams{IntegrationIdentifier: "teams", SubscriberID: "acme", Workspace: place, Auth: auth}
)

func TestChannelConnections(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
					Identifier: "teams-acme", IntegrationIdentifier: "teams", SubscriberID: "acme", Context: acme,
					ConnectionMode: novu.ConnectionModeShared, Workspace: novu.Workspace{ID: "tenant", Name: "Acme"}, Auth: auth,
				})
			},
			method: http.MethodPost, path: "/v1/channel-connections",
			body: `{"identifier":"teams-acme","integrationIdentifier":"teams","subscriberId":"acme","context":{"tenant":"acme"},
				"connectionMode":"shared","workspace":{"id":"tenant","name":"Acme"},"auth":{"accessToken":"app-only"}}`,
			status: http.StatusCreated, answer: `{"data":` + connectionJSON + `}`,
			want: &connection,
		},
		"get": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Get(ctx, "teams-acme")
			},
			method: http.MethodGet, path: "/v1/channel-connections/teams-acme",
			answer: `{"data":` + connectionJSON + `}`,
			want:   &connection,
		},
		"get by an identifier that has to be escaped": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Get(ctx, "a/b?c ü")
			},
			method: http.MethodGet, path: "/v1/channel-connections/a%2Fb%3Fc%20%C3%BC",
			answer: `{"data":` + connectionJSON + `}`,
			want:   &connection,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{
					SubscriberID: "acme", ContextKeys: []string{"app:one", "tenant:acme"}, Channel: novu.ChannelChat, IntegrationIdentifier: "teams",
					Limit: 2, After: "cursor", OrderBy: "updatedAt", OrderDirection: novu.Ascending,
				})
			},
			method: http.MethodGet, path: "/v1/channel-connections",
			query: url.Values{
				"subscriberId": {"acme"}, "contextKeys": {"app:one", "tenant:acme"}, "channel": {"chat"}, "integrationIdentifier": {"teams"},
				"limit": {"2"}, "after": {"cursor"}, "orderBy": {"updatedAt"}, "orderDirection": {"ASC"},
			},
			answer: `{"data":[` + connectionJSON + `],"next":"n","previous":"p","totalCount":50000,"totalCountCapped":true}`,
			want: &novu.Page[novu.ChannelConnection]{
				Data: []novu.ChannelConnection{connection}, Next: "n", Previous: "p", TotalCount: 50000, TotalCountCapped: true,
			},
		},
		"list everything": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{})
			},
			method: http.MethodGet, path: "/v1/channel-connections",
			answer: `{"data":[],"next":null,"previous":null,"totalCount":0,"totalCountCapped":false}`,
			want:   &novu.Page[novu.ChannelConnection]{Data: []novu.ChannelConnection{}},
		},
		"update": { // with the keys that the package does not know
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Update(ctx, "teams-acme", novu.UpdateChannelConnectionParams{Workspace: connection.Workspace, Auth: auth})
			},
			method: http.MethodPatch, path: "/v1/channel-connections/teams-acme",
			body:   `{"workspace":{"id":"tenant","name":"Acme","region":"eu"},"auth":{"accessToken":"app-only"}}`,
			answer: `{"data":` + connectionJSON + `}`,
			want:   &connection,
		},
		"delete": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.ChannelConnections.Delete(ctx, "teams-acme")
			},
			method: http.MethodDelete, path: "/v1/channel-connections/teams-acme",
			status: http.StatusNoContent,
		},
		"wait": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Wait(ctx, "teams-acme")
			},
			method: http.MethodGet, path: "/v1/channel-connections/teams-acme",
			answer: `{"data":` + connectionJSON + `}`,
			want:   &connection,
		},
	})
}

func TestAllChannelConnections(t *testing.T) {
	t.Parallel()
	testAll(t, "/v1/channel-connections", "identifier", func(ctx context.Context, c *novu.Client) iter.Seq2[novu.ChannelConnection, error] {
		return c.ChannelConnections.All(ctx, novu.ListChannelConnectionsParams{})
	}, func(found novu.ChannelConnection) string { return found.Identifier })
}

func TestChannelConnectionErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create channel connection": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.Create(ctx, newConnection)
		},
		"get channel connection": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.Get(ctx, "teams-acme")
		},
		"list channel connections": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{})
		},
		"update channel connection": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.Update(ctx, "teams-acme", novu.UpdateChannelConnectionParams{Workspace: place, Auth: auth})
		},
		"delete channel connection": func(ctx context.Context, c *novu.Client) (any, error) {
			return nil, c.ChannelConnections.Delete(ctx, "teams-acme")
		},
	})
}

func TestChannelConnectionBadInput(t *testing.T) {
	t.Parallel()
	create := func(change func(*novu.CreateChannelConnectionParams)) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.Create(ctx, with(newConnection, change))
		}
	}
	update := func(identifier string, params novu.UpdateChannelConnectionParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.Update(ctx, identifier, params)
		}
	}
	list := func(params novu.ListChannelConnectionsParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelConnections.List(ctx, params) }
	}
	testBadInput(t, map[string]badInput{
		"neither subscriber nor context": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.SubscriberID = "" }),
			field: "SubscriberID",
		},
		"no integration": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.IntegrationIdentifier = "" }),
			field: "IntegrationIdentifier",
		},
		"an identifier that a path can't carry": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Identifier = ".." }),
			field: "Identifier",
		},
		"no workspace": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Workspace = novu.Workspace{Name: "Acme"} }),
			field: "Workspace.ID",
		},
		"no token": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Auth = novu.ConnectionAuth{} }),
			field: "Auth.AccessToken",
		},
		"six contexts": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Context = tooMany }),
			field: "Context",
		},
		"an empty set of contexts": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{} }),
			field: "Context",
		},
		"a context id with a space": {
			call: create(func(p *novu.CreateChannelConnectionParams) {
				p.Context = novu.ContextPayload{"tenant": {ID: "acme corp"}}
			}),
			field: "Context",
		},
		"a context without an id": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{"tenant": {}} }),
			field: "Context",
		},
		"shared without a context": {
			call:  create(func(p *novu.CreateChannelConnectionParams) { p.ConnectionMode = novu.ConnectionModeShared }),
			field: "Context",
		},
		"a subscriber's without a subscriber": {
			call: create(func(p *novu.CreateChannelConnectionParams) {
				p.SubscriberID, p.Context, p.ConnectionMode = "", acme, novu.ConnectionModeSubscriber
			}),
			field: "SubscriberID",
		},
		"update without auth": {
			call:  update("teams-acme", novu.UpdateChannelConnectionParams{Workspace: place}),
			field: "Auth.AccessToken",
		},
		"update without workspace": {
			call:  update("teams-acme", novu.UpdateChannelConnectionParams{Auth: auth}),
			field: "Workspace.ID",
		},
		"update of nothing": {
			call:  update("", novu.UpdateChannelConnectionParams{Workspace: place, Auth: auth}),
			field: "identifier",
		},
		"get nothing": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelConnections.Get(ctx, " ") },
			field: "identifier",
		},
		"delete nothing": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.ChannelConnections.Delete(ctx, "")
			},
			field: "identifier",
		},
		"wait for nothing": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelConnections.Wait(ctx, "") },
			field: "identifier",
		},
		"wait without a context": {
			call: func(_ context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Wait(nilContext(), "teams-acme")
			},
			field: "ctx",
		},
		"a negative limit":     {call: list(novu.ListChannelConnectionsParams{Limit: -1}), field: "Limit"},
		"a limit that is high": {call: list(novu.ListChannelConnectionsParams{Limit: 101}), field: "Limit"},
		"both cursors":         {call: list(novu.ListChannelConnectionsParams{After: "a", Before: "b"}), field: "After"},
	})
}

// answers returns a client whose requests meet these answers in turn, the last one from then on, and
// the times at which they were sent.
func answers(t *testing.T, list ...httpmock.Responder) (*novu.Client, *[]time.Time) {
	t.Helper()
	var asked []time.Time
	return mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, time.Now())
		return list[min(len(asked), len(list))-1](r)
	})), &asked
}

func TestWait(t *testing.T) {
	t.Parallel()
	absent := httpmock.NewStringResponder(http.StatusNotFound, `{"message":"not found"}`)
	there := httpmock.NewStringResponder(http.StatusOK, connectionJSON)
	t.Run("until it is there, through errors that pass", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			failed, limited := httpmock.NewStringResponder(http.StatusInternalServerError, ""), httpmock.NewStringResponder(http.StatusTooManyRequests, "")
			broken := httpmock.NewErrorResponder(io.ErrUnexpectedEOF)
			c, asked := answers(t, absent, failed, broken, limited, absent, absent, absent, absent, there)
			got, err := c.ChannelConnections.Wait(t.Context(), "teams-acme")
			require.NoError(t, err)
			assert.Equal(t, &connection, got)
			require.Len(t, *asked, 9)
			for i := 1; i < len(*asked); i++ {
				pause := (*asked)[i].Sub((*asked)[i-1])
				assert.GreaterOrEqual(t, pause, time.Second)
				assert.Less(t, pause, 6300*time.Millisecond)
			}
		})
	})
	t.Run("not through errors that stay", func(t *testing.T) {
		t.Parallel()
		for status, body := range map[int]string{
			http.StatusUnauthorized: `{"message":"API Key not found"}`, http.StatusNotFound: `{"message":"Feature not enabled"}`,
		} {
			synctest.Test(t, func(t *testing.T) {
				c, asked := answers(t, httpmock.NewStringResponder(status, body))
				_, err := c.ChannelConnections.Wait(t.Context(), "teams-acme")
				require.Error(t, err)
				assert.Len(t, *asked, 1)
			})
		}
	})
	t.Run("until the context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _ := answers(t, absent)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, err := c.ChannelConnections.Wait(ctx, "teams-acme")
			assert.Equal(t, 10*time.Second, time.Since(start))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, novu.ErrNotFound, "the last answer")
		})
	})
	t.Run("until it is canceled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _ := answers(t, absent)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(5*time.Second, func() { cancel(errors.New("the user left")) })
			_, err := c.ChannelConnections.Wait(ctx, "teams-acme")
			require.ErrorIs(t, err, context.Canceled)
		})
	})
}

// Waiting ends where asking again would not help, with WithTimeout, and no sooner than the server asks.
func TestWaitMinds(t *testing.T) {
	t.Parallel()
	none := playedAnswer{status: 404, body: `{"message":"Channel connection not found"}`}
	t.Run("what will stay as it is", func(t *testing.T) {
		t.Parallel()
		for name, answer := range map[string]playedAnswer{
			"a redirect":     {status: 302, header: http.Header{"Location": {"https://elsewhere.example"}}},
			"a page of HTML": {status: 404, body: "<html>Not here</html>"},
			"a success page": {status: 200, body: "<html>Welcome</html>"},
			"maintenance":    {status: 200, body: `{"status":"maintenance"}`},
			"a wrong key":    {status: 401, body: `{"message":"API Key not found"}`},
		} {
			synctest.Test(t, func(t *testing.T) {
				s := &played{answers: []playedAnswer{none, answer, none}}
				start := time.Now()
				_, err := patient(t, s).ChannelConnections.Wait(t.Context(), "c")
				require.Error(t, err, name)
				assert.Len(t, s.sent, 2, name)
				assert.Less(t, time.Since(start), 5*time.Second)
			})
		}
	})
	t.Run("WithTimeout", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &played{answers: slices.Repeat([]playedAnswer{none}, 100)}
			start := time.Now()
			_, err := patient(t, s).ChannelConnections.Wait(t.Context(), "c", novu.WithTimeout(20*time.Second))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 20*time.Second, time.Since(start))
		})
	})
	t.Run("Retry-After", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &played{answers: []playedAnswer{
				{status: 429, header: http.Header{"Retry-After": {"300"}}}, {status: 200, body: `{"data":` + connectionJSON + `}`},
			}}
			start := time.Now()
			_, err := patient(t, s).ChannelConnections.Wait(t.Context(), "c")
			require.NoError(t, err)
			assert.GreaterOrEqual(t, time.Since(start), 300*time.Second)
		})
	})
	t.Run("an answer that breaks off is no answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			half := playedAnswer{status: 404, body: `{"message":"Channel connection not fo`}
			s := &played{answers: append(slices.Repeat([]playedAnswer{half}, 4), playedAnswer{status: 200, body: `{"data":` + connectionJSON + `}`})}
			_, err := patient(t, s).ChannelConnections.Wait(t.Context(), "c")
			require.NoError(t, err)
		})
	})
}
