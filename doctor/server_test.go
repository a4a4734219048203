package doctor_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

func only(t *testing.T, r *doctor.Report, check doctor.Check) doctor.Finding {
	t.Helper()
	found := r.Find(check)
	require.Len(t, found, 1, "%s", r)
	return found[0]
}

func TestAQuestionThatCannotBeExaminedSendsNothing(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	for name, q := range map[string]doctor.Question{
		"SubscriberID": {SubscriberID: " "},
		"Context":      {SubscriberID: "acme", Context: novu.ContextPayload{"tenant": {}}},
	} {
		report, err := c.of(t, srv).Examine(t.Context(), q)
		require.ErrorIs(t, err, doctor.ErrInvalidParams)
		require.ErrorContains(t, err, name)
		assert.Nil(t, report)
	}
	assert.Len(t, srv.Requests(), c.asked)
}

// Whatever keeps Novu from being used at all is named at the key, and nothing
// else is guessed at.
func TestAServerThatCannotBeUsed(t *testing.T) {
	closed := healthy()
	for name, test := range map[string]struct {
		breaks func(*novutest.Server)
		key    string
		says   string
	}{
		"another key": {
			breaks: func(*novutest.Server) {}, key: "0123456789abcdef0123456789abcdef",
			says: "does not know the secret key",
		},
		"an HTML page": {
			breaks: func(srv *novutest.Server) {
				srv.Inject(at("/v1/environments/me", novutest.HTMLFault(http.StatusNotFound)))
			}, key: "", says: "not a Novu API",
		},
		"a failing server": {
			breaks: func(srv *novutest.Server) {
				srv.Inject(novutest.Fault{Status: http.StatusServiceUnavailable})
			}, key: "", says: "can't be used",
		},
		"no server": {breaks: func(srv *novutest.Server) { srv.Close() }, key: "", says: "can't be used"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := closed.start(t)
			test.breaks(srv)
			if test.key == "" {
				test.key = srv.SecretKey()
			}
			client, err := novu.NewClient(test.key, novu.WithBaseURL(srv.URL()), once)
			require.NoError(t, err)
			report, err := mustNew(t, client).Examine(t.Context(), closed.question)
			require.NoError(t, err)
			key := only(t, report, doctor.CheckKey)
			assert.Equal(t, doctor.Broken, key.Verdict)
			assert.Contains(t, key.Message, test.says)
			assert.NotEmpty(t, key.Remedy)
			assert.NotContains(t, report.String(), test.key)
			require.Len(t, report.Broken(), 1, "%s", report)
			assert.Equal(t, doctor.CheckKey, only(t, report, doctor.CheckSubscriber).Because)
		})
	}
}

func TestAServerWithoutChannelConnections(t *testing.T) {
	c := healthy()
	c.after = append(c.after, func(srv *novutest.Server) {
		srv.Inject(novutest.Fault{
			Route: "/v1/channel-connections", Status: http.StatusNotFound, Body: `{"statusCode":404,"message":"Cannot GET /v1/channel-connections?limit=1","path":"/v1/channel-connections?limit=1"}`,
		})
	})
	report := c.examine(t)
	assert.Equal(t, doctor.OK, only(t, report, doctor.CheckKey).Verdict)
	feature := only(t, report, doctor.CheckFeature)
	assert.Equal(t, doctor.Broken, feature.Verdict)
	assert.Contains(t, feature.Message, "too old")
}

// through sends requests for any host to the server.
type through struct{ srv *novutest.Server }

func (r through) RoundTrip(req *http.Request) (*http.Response, error) {
	here, err := http.NewRequestWithContext(req.Context(), req.Method, r.srv.URL()+req.URL.RequestURI(), req.Body)
	if err != nil {
		return nil, err
	}
	here.Header = req.Header
	return http.DefaultTransport.RoundTrip(here)
}

func TestTheRedirectURIToRegister(t *testing.T) {
	for base, verdict := range map[string]doctor.Verdict{
		"https://novu.example/api": doctor.NotChecked, "http://novu.example": doctor.Warning, "http://localhost:3000": doctor.NotChecked,
	} {
		c := healthy()
		srv := c.start(t)
		client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(base), novu.WithInsecureHTTP(),
			novu.WithHTTPClient(&http.Client{Transport: through{srv}}), once)
		require.NoError(t, err)
		report, err := mustNew(t, client).Examine(t.Context(), c.question)
		require.NoError(t, err)
		callback := only(t, report, doctor.CheckCallback)
		assert.Equal(t, verdict, callback.Verdict, base)
		assert.Equal(t, base+"/v1/integrations/chat/oauth/callback", callback.Evidence["redirectUri"])
		assert.NotEmpty(t, callback.Remedy)
	}
}

// anotherEnvironment makes the key one of another environment than everything
// that the server holds.
func anotherEnvironment(next http.RoundTripper) http.RoundTripper {
	return transport(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || req.URL.Path != "/v1/environments/me" {
			return resp, err
		}
		resp.Body = io.NopCloser(bytes.NewBufferString(`{"data":{"_id":"aaaaaaaaaaaaaaaaaaaaaaaa","name":"Production"}}`))
		resp.ContentLength = -1
		return resp, nil
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

func TestAnIntegrationOfAnotherEnvironment(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	report, err := c.of(t, srv, novu.WithMiddleware(anotherEnvironment)).Examine(t.Context(), c.question)
	require.NoError(t, err)
	found := only(t, report, doctor.CheckIntegration)
	assert.Equal(t, doctor.Broken, found.Verdict)
	assert.Contains(t, found.Message, "another environment")
	assert.Equal(t, srv.EnvironmentID(), found.Evidence["otherEnvironments"])
}

// inMemory puts a chain into the bubble that the test runs in.
func inMemory(t *testing.T, c *chain, opts ...doctor.Option) (*novutest.Server, *doctor.Doctor) {
	t.Helper()
	c.options = append(c.options, novutest.WithInMemory())
	srv := c.start(t)
	ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
		msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), BotLogin: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
		msteams.WithHTTPClient(srv.HTTPClient()))
	require.NoError(t, err)
	return srv, mustNew(t, srv.Client(), append([]doctor.Option{doctor.WithMSTeams(ms)}, opts...)...)
}

func TestAHangingCheckLosesNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		route string
		check doctor.Check
		lost  []doctor.Check
	}{
		"Novu": {
			route: "/v2/workflows/{workflowId}", check: doctor.CheckWorkflow,
			lost: []doctor.Check{doctor.CheckWorkflowActive, doctor.CheckChatStep},
		},
		"Microsoft": {route: "/_graph/v1.0/teams/{team}/allChannels", check: doctor.CheckChannel, lost: nil},
		"the token": {
			route: "/_login/" + customer + "/*", check: doctor.CheckConsent,
			lost: []doctor.Check{doctor.CheckCatalog, doctor.CheckChannel, doctor.CheckMember, doctor.CheckInstalled, doctor.CheckInstalled},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := healthy()
				c.after = append(c.after, func(srv *novutest.Server) { srv.Inject(novutest.Fault{Route: test.route, Delay: time.Hour}) })
				srv, d := inMemory(t, c, doctor.WithCheckTimeout(3*time.Second))
				defer srv.Close()
				report, err := d.Examine(t.Context(), c.question)
				require.NoError(t, err)
				hung := only(t, report, test.check)
				assert.Equal(t, doctor.NotChecked, hung.Verdict)
				assert.Equal(t, "there was no answer within 3s", hung.Message)
				assert.Empty(t, problems(report))
				var lost []doctor.Check
				for _, f := range report.Findings {
					if f.Verdict == doctor.NotChecked && f.Check != test.check && f.Check != doctor.CheckCallback {
						lost = append(lost, f.Check)
					}
				}
				assert.ElementsMatch(t, test.lost, lost, "%s", report)
				assert.Less(t, report.Duration, 10*time.Second)
				time.Sleep(time.Hour) // a token's request outlives who asked for it
			})
		})
	}
}

func TestChecksThatDoNotDependOnEachOtherRunAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		c.after = append(c.after, func(srv *novutest.Server) { srv.Inject(novutest.Fault{Delay: time.Second}) })
		srv, d := inMemory(t, c)
		defer srv.Close()
		report, err := d.Examine(t.Context(), c.question)
		require.NoError(t, err)
		assert.Empty(t, problems(report))
		assert.Len(t, srv.Requests()[c.asked:], 19)
		// The longest way: key, feature, endpoints, the integration's client id, last
		// notifications, Graph token, bot token and probe; then the roster, the channels, the
		// installation.
		assert.Equal(t, 11*time.Second, report.Duration)
	})
}

func TestAnExaminationThatIsEndedReportsWhatItFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		c.after = append(c.after, func(srv *novutest.Server) {
			srv.Inject(novutest.Fault{Route: "/v2/workflows/{workflowId}", Delay: time.Hour})
		})
		srv, d := inMemory(t, c)
		defer srv.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		report, err := d.Examine(ctx, c.question)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotNil(t, report)
		assert.Equal(t, doctor.OK, only(t, report, doctor.CheckSubscriber).Verdict)
		assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckWorkflow).Verdict)
	})
}

func TestADoctorExaminesManyAtOnce(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	d := c.of(t, srv)
	reports := make([]*doctor.Report, 20)
	var all sync.WaitGroup
	for i := range reports {
		all.Go(func() {
			report, err := d.Examine(t.Context(), c.question)
			assert.NoError(t, err)
			reports[i] = report
		})
	}
	all.Wait()
	for _, report := range reports {
		assert.Empty(t, problems(report))
		assert.Equal(t, reports[0].Findings, report.Findings, "the order does not depend on who was first")
	}
}
