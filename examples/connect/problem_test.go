package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// impatient has neither client repeat anything.
func (s *site) impatient(t *testing.T) {
	t.Helper()
	var err error
	s.novu, err = novu.NewClientFromEnv(novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	s.teams, err = msteams.NewClientFromEnv(msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
}

// Each thing that can go wrong is a sentence and what to do about it.
func TestWhatGoesWrongIsSaid(t *testing.T) {
	on := func(route string, f novutest.Fault) novutest.Fault { f.Route = route; return f }
	for name, c := range map[string]struct {
		fault  novutest.Fault
		path   string
		status int
		says   string
	}{
		"key": {
			fault: novutest.Fault{Status: 401, Body: `{"statusCode":401,"message":"API Key not found"}`},
			path:  "/", status: 502, says: "Check NOVU_SECRET_KEY",
		},
		"feature": {
			fault: novutest.Fault{Status: 404, Body: `{"statusCode":404,"message":"Feature not enabled","error":"Not Found"}`},
			path:  "/", status: 502, says: "Ask Novu's support to enable it",
		},
		"Novu throttles": {fault: novutest.StormFault(0), path: "/", status: 503, says: "Novu is being asked too often. Wait"},
		"Novu fails":     {fault: novutest.HTMLFault(500), path: "/", status: 502, says: "Novu failed to answer. Try again"},
		"Novu is gone": {
			fault: novutest.Fault{Cut: novutest.CutBefore}, path: "/", status: 502,
			says: "Novu does not answer. Check that the server at NOVU_BASE_URL runs",
		},
		"Graph fails": {
			fault: on("/_graph/*", novutest.HTMLFault(500)), path: "/channels", status: 502,
			says: "Microsoft failed to answer. Try again",
		},
		"Graph is gone": {
			fault: novutest.Fault{Route: "/_graph/*", Cut: novutest.CutBefore}, path: "/channels", status: 502,
			says: "Microsoft does not answer. Try again",
		},
		"Graph throttles": {
			fault: on("/_graph/*", novutest.GraphFault(429, "TooManyRequests", "slow down")), path: "/channels", status: 503, says: "Microsoft is being asked too often. Wait",
		},
		"permission missing": {
			fault: on("/_graph/*", novutest.GraphFault(403, "Forbidden", "Missing role permissions on the request. API requires one of 'Team.ReadBasic.All'. Roles on the request 'Other'.")),
			path:  "/channels", status: 409, says: "Have an administrator connect Microsoft Teams again.",
		},
		"secret wrong": {
			fault: novutest.SignInFault(7000215), path: "/channels", status: 502,
			says: "the secret's value (not its id)",
		},
		"secret expired": {
			fault: novutest.SignInFault(7000222), path: "/channels", status: 502,
			says: "Make a new one in the Azure portal",
		},
		"consent withdrawn": {
			fault: novutest.SignInFault(7000229), path: "/channels", status: 409, says: "consent for your tenant is missing or was withdrawn. Have an administrator",
		},
		"roster fails": {
			fault: novutest.ConnectorFault(502, "ServiceError", "no"), path: "/people", status: 200,
			says: "Microsoft failed to answer. Try again",
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, s := newEnvSite(t, novutest.WithTenant(novutest.NewTenant("", 1, 1, 1)))
			s.impatient(t)
			b := s.signedIn(t, "acme")
			b.connect()
			srv.Inject(c.fault)
			p := b.get(c.path)
			assert.Equal(t, c.status, p.status)
			assert.Contains(t, p.text, c.says)
			assert.NotEmpty(t, s.logged.String())
		})
	}
}

// The bot is nowhere yet: choosing a channel puts it there.
func TestTheAppIsAddedToTheTeam(t *testing.T) {
	tenant := novutest.NewTenant("", 1, 2, 2)
	tenant.WithoutBot = true
	srv, s := newEnvSite(t, novutest.WithTenant(tenant))
	b := s.signedIn(t, "acme")
	b.connect()
	assert.Contains(t, b.get("/people").text, "The app is not installed there. Add it to the team in Teams")
	assert.Contains(t, b.addChannel("Team 1", "Channel 2").text, "Team 1 / Channel 2 is added.")
	b.post("/tests", "text", "hello")
	require.NoError(t, srv.Settle(t.Context()))
	assert.Empty(t, srv.Failures())
	assert.Len(t, srv.Messages(), 1)
}

func TestTheAppIsNotInTheCatalogue(t *testing.T) {
	tenant := novutest.NewTenant("", 1, 2, 2)
	tenant.WithoutBot, tenant.Catalog = true, []novutest.CatalogApp{}
	srv, s := newEnvSite(t, novutest.WithTenant(tenant))
	b := s.signedIn(t, "acme")
	b.connect()
	added := b.addChannel("Team 1", "General")
	assert.Contains(t, added.text, "The channel is added, but the app could not be added to its team.")
	assert.Contains(t, added.text, "Upload the app package in the Teams admin center")
	sent := b.post("/tests", "text", "hello")
	require.NoError(t, srv.Settle(t.Context()))
	assert.Contains(t, b.get(sent.path).text, "! The app is not installed in one of the teams or for one of the people. Add it in Teams")
}

func TestATestThatDoesNotArrive(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(srv *novutest.Server, channel string)
		says   string
	}{
		"bot removed":    {(*novutest.Server).UninstallBot, "The app is not installed in one of the teams"},
		"channel gone":   {(*novutest.Server).RemoveConversation, "A channel or a person is no longer there. Remove the destination"},
		"secret refused": {inject(novutest.SignInFault(7000222)), "Microsoft does not accept the bot's credentials."},
		"blocked":        {inject(novutest.ConnectorFault(403, "BotDisabledByAdmin", "no")), "The bot may not write there."},
		"other":          {inject(novutest.ConnectorFault(500, "ServiceError", "no")), "Novu could not deliver to one of the destinations. Look at the activity feed"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, s := newEnvSite(t, novutest.WithTenant(novutest.NewTenant("", 1, 2, 1)))
			b := s.signedIn(t, "acme")
			b.connect()
			p := b.get("/channels")
			b.addChannel("Team 1", "Channel 2")
			c.breaks(srv, p.field(t, "<strong>Channel 2", "channel"))
			sent := b.post("/tests", "text", "hello")
			require.NoError(t, srv.Settle(t.Context()))
			p = b.get(sent.path)
			assert.Contains(t, p.text, c.says)
			assert.NotContains(t, p.body, "data-poll")
		})
	}
}

func inject(f novutest.Fault) func(*novutest.Server, string) {
	return func(srv *novutest.Server, _ string) { srv.Inject(f) }
}

// What a worker can answer besides "sent" and "failed".
func TestWhatNovuSaysOfAStep(t *testing.T) {
	for jobs, c := range map[string]struct {
		says    string
		pending bool
	}{
		`{"type":"chat","status":"failed","executionDetails":[]}`:                                                                                            {"Novu gave up without saying why.", false},
		`{"type":"chat","status":"running","executionDetails":[]}`:                                                                                           {"Novu has accepted it", true},
		`{"type":"trigger","status":"completed"},{"type":"chat","status":"queued"}`:                                                                          {"Novu has accepted it", true},
		`{"type":"chat","status":"canceled","executionDetails":[{"status":"Failed","detail":"Subscriber does not have a configured channel"}]}`:              {"There is no destination for this notification.", false},
		`{"type":"chat","status":"completed","executionDetails":[{"status":"Pending","detail":"Step queued"},{"status":"Success","detail":"Message sent"}]}`: {"✓ Message sent", false},
	} {
		srv, s := newEnvSite(t)
		b := s.signedIn(t, "acme")
		b.post("/webhooks", "url", "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=x")
		srv.Inject(novutest.Fault{Route: "/v1/notifications", Status: 200, Body: `{"data":[{"jobs":[` + jobs + `]}],"page":0,"pageSize":10}`})
		p := b.post("/tests", "text", "hello")
		assert.Contains(t, p.text, c.says)
		assert.Equal(t, c.pending, strings.Contains(p.body, "data-poll"))
		assert.NotContains(t, p.text, "Step queued")
	}
}

// A worker that says nothing is not waited for without end.
func TestNovuNeverSays(t *testing.T) {
	_, s := newEnvSite(t, novutest.WithProcessingDelay(1000*1000*1000*3600))
	b := s.signedIn(t, "acme")
	b.post("/webhooks", "url", "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=x")
	sent := b.post("/tests", "text", "hello")
	assert.Contains(t, sent.body, "data-poll")
	s.now = s.now.Add(longest + 1)
	late := b.get(sent.path)
	assert.NotContains(t, late.body, "data-poll")
	assert.Contains(t, late.text, "Novu has not said what became of it. Look at the activity feed")
}

func TestWhatIsTypedWrong(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	for pasted, says := range map[string]string{
		"":                                  "its URL must not be empty",
		"hello":                             "its URL must start with https://",
		"https://evil.example/?sig=canary-": "evil.example",
		"https://acme.webhook.office.com/x": "create a Workflow in Teams",
	} {
		p := b.post("/webhooks", "url", pasted)
		assert.Contains(t, p.text, says)
		assert.NotContains(t, p.body, "canary-")
	}
	assert.Contains(t, b.post("/tests", "text", " ").text, "Nothing was sent: write a text of 1 to 500 characters.")
	assert.Contains(t, b.post("/tests", "text", "hello").text, "Nothing was sent: add a destination first.")
	assert.Equal(t, http.StatusConflict, b.get("/channels").status)
	b.connect()
	for _, fields := range [][]string{
		{}, {"team", "not-a-guid", "channel", "x"}, {"team", "../me", "channel", "x"},
		{"team", "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", "channel", "19:x@thread.tacv2"},
	} {
		assert.Equal(t, http.StatusNotFound, b.post("/channels", fields...).status)
		assert.Equal(t, http.StatusNotFound, b.post("/people", fields...).status)
	}
	assert.Contains(t, b.get("/people?team=nonsense").text, "There is no such team, channel or person. Choose one from the list.")
}

// What is wrong from the start ends the program with a sentence.
func TestRunSaysWhatIsWrong(t *testing.T) {
	newEnvSite(t, novutest.WithFeature(true))
	t.Setenv("NOVU_SECRET_KEY", "another")
	err := run(t.Context(), []string{"-addr", "127.0.0.1:0"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, novu.ErrUnauthorized)
	srv := novutest.NewServer(t, novutest.WithVersion(novutest.Version315), novutest.WithFeature(false))
	t.Setenv("NOVU_SECRET_KEY", srv.SecretKey())
	t.Setenv("NOVU_BASE_URL", srv.URL())
	err = run(t.Context(), []string{"-addr", "127.0.0.1:0"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, novu.ErrFeatureNotEnabled)
}
