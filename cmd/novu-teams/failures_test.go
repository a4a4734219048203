package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// ofCustomers are command lines about a customer that could succeed.
var ofCustomers = [][]string{
	{"connect", "-customer", "acme"},
	{"teams", "-customer", "acme"},
	{"channels", "-customer", "acme", "-team", acmeTeam},
	{"people", "-customer", "acme", "-find", "ada@acme.example"},
	{"add", "-customer", "acme", "-person", "ben@acme.example"},
	{"destinations", "-customer", "acme"},
	{"remove", "-customer", "acme", "-destination", "acme-ada"},
	{"send", "-customer", "acme", "-workflow", "alert", "-text", "hi"},
	{"status", "-customer", "acme"},
	{"disconnect", "-customer", "acme", "-yes"},
}

func TestCommandsUsedWrongly(t *testing.T) {
	srv := bakeries(t)
	for _, args := range ofCustomers {
		status, stdout, stderr := discreet(t, args[0])
		assert.Equal(t, exitUnknown, status, args)
		assert.Empty(t, stdout)
		assert.Equal(t, "novu-teams "+args[0]+": -customer is missing: give the id that the customer has in your product\nSee \"novu-teams help "+args[0]+"\".\n", stderr)
	}
	for _, test := range []struct {
		line string
		says string
	}{
		{"channels -customer acme", "-team is missing"},
		{"channels -customer acme -team Bakery", `"Bakery" is not a GUID`},
		{"people -customer acme", "-find is missing"},
		{"remove -customer acme", "-destination is missing"},
		{"send -customer acme -text hi", "-workflow is missing"},
		{"send -customer acme -workflow alert -payload [1]", "it must be a JSON object"},
		{"send -customer acme -workflow alert -payload null", "it must be a JSON object"},
		{"send -customer acme -workflow alert -wait -1s", "-wait must be a time"},
		{"connect -customer acme -wait -1s", "-wait must be a time"},
		{"connect -customer acme -tenant acme.example", "must be the tenant's GUID"},
		{"connect -customer a:b", "must be 1 to 100 letters"},
		{"teams -customer acme -context-type a:b", "must be letters"},
		{"add -customer acme", "say what to add"},
		{"add -customer acme -person ada@acme.example -link x", "say what to add"},
		{"add -customer acme -person ada@acme.example -name Ada", "-name goes with -webhook"},
		{"add -customer acme -webhook " + acmeWebhook, "-webhook takes a file"},
		{"add -customer acme " + acmeWebhook, "an address belongs to no flag"},
		{"add -customer acme -team Bakery -channel Ovens", `-team "Bakery" is not a GUID: "novu-teams teams" lists them, or give -link; -channel "Ovens" is not a thread id`},
		{"add -customer acme -person ada", "is neither an Entra object id"},
		{"add -customer acme -link https://example.com", "Link"},
		{"add -customer acme -webhook -", "URL"},
		{"demo -break oven", "it must be bot or channel"},
		{"demo -addr 0.0.0.0:0", "is not on loopback"},
	} {
		status, stdout, stderr := discreet(t, strings.Fields(test.line)...)
		assert.Equal(t, exitUnknown, status, test.line)
		assert.Empty(t, stdout, test.line)
		assert.Contains(t, stderr, test.says, test.line)
	}
	for _, r := range srv.Requests() {
		if strings.HasPrefix(r.Path, "/v") {
			assert.Equal(t, http.MethodGet, r.Method, "%s: nothing was changed", r)
		}
	}
}

func TestCommandsThatFindSomethingBroken(t *testing.T) {
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		srv := bakeries(t, opts...)
		const connect = `the address that "novu-teams connect" prints`
		srv.UninstallBot(acmeAda)
		for _, test := range []struct {
			line string
			says string
		}{
			{"teams -customer globex", connect},
			{"channels -customer globex -team " + globexTeam, connect},
			{"people -customer globex -find gia@globex.example", connect},
			{"add -customer globex -person gia@globex.example", connect},
			{"status -customer globex", connect},
			{"send -customer globex -workflow alert", `or add one with "novu-teams add"`},
			{"connect -customer globex -wait 1ms", "no administrator of globex has consented within 1ms; run this again for a new address"},
			{"connect -customer acme -tenant " + globexTenant, `run "novu-teams disconnect", then connect the other tenant`},
			{"people -customer acme -find nobody@acme.example", "nobody is known by the address"},
			{"channels -customer acme -team " + globexTeam, "404"},
			{"remove -customer acme -destination acme-oven", `"novu-teams destinations" lists them`},
			{"add -customer acme -team " + acmeTeam + " -channel 19:gone@thread.tacv2", `choose one that "novu-teams channels" lists`},
			{"add -customer acme -person ben@acme.example -subscriber ben", "create it in Novu"},
			{"send -customer acme -workflow alert -text hi", "person acme-ada: NOT delivered\n    Novu says: MSTEAMS_"},
			{"send -customer acme -workflow alert -text hi -transaction ada-1", "webhook Operations: NOT delivered\n    nothing was sent to this webhook: name a workflow with -webhook-workflow\n\"novu-teams doctor -transaction ada-1\" tells more.\n"},
			{"status -customer acme", "unreachable"},
		} {
			status, stdout, stderr := discreet(t, strings.Fields(test.line)...)
			assert.Equal(t, exitBroken, status, "%s: %s", test.line, stderr)
			assert.Contains(t, stdout+stderr, test.says, test.line)
			for _, name := range []string{"ConnectURL", "Disconnect,", "AddChannel", "SubscriberID", "WorkflowID", "customers:", "that Channels lists"} {
				assert.NotContains(t, stdout+stderr, name, "%s: a name of the API", test.line)
			}
		}
	})
}

func TestCommandsThatCannotFindOut(t *testing.T) {
	srv := bakeries(t)
	for name, test := range map[string]struct {
		breaks func(t *testing.T)
		slow   bool // it is tried again, so one command has to do
	}{
		"no key":      {breaks: func(t *testing.T) { t.Setenv("NOVU_SECRET_KEY", "") }},
		"two keys":    {breaks: func(t *testing.T) { t.Setenv("NOVU_SECRET_KEY_FILE", "also") }},
		"half an app": {breaks: func(t *testing.T) { t.Setenv("MSTEAMS_CLIENT_SECRET", "") }},
		"another key": {breaks: func(t *testing.T) { t.Setenv("NOVU_SECRET_KEY", "wrong") }},
		"maintenance": {breaks: func(*testing.T) {
			srv.Inject(novutest.Fault{Route: "/v1/*", Status: 400, Body: `{"status":"maintenance"}`})
		}},
		"not a server": {breaks: func(*testing.T) { srv.Inject(novutest.HTMLFault(200)) }, slow: true},
		"no server":    {breaks: func(t *testing.T) { t.Setenv("NOVU_BASE_URL", "http://127.0.0.1:1") }, slow: true},
	} {
		t.Run(name, func(t *testing.T) {
			defer srv.ClearFaults()
			test.breaks(t)
			for i, args := range ofCustomers {
				if test.slow && i > 0 {
					break
				}
				status, stdout, stderr := discreet(t, args...)
				assert.Equal(t, exitUnknown, status, "%s: %s", args, stderr)
				assert.Empty(t, stdout, args)
				assert.True(t, strings.HasPrefix(stderr, "novu-teams "+args[0]+": "), stderr)
				assert.Len(t, strings.Split(strings.TrimSpace(stderr), "\n"), 1, stderr)
			}
		})
	}
	on(t, srv, false)
	for _, command := range []string{"teams", "channels -team " + acmeTeam, "people -find ada@acme.example", "add -person ada@acme.example"} {
		status, _, stderr := discreet(t, append(strings.Fields(command), "-customer", "acme")...)
		assert.Equal(t, exitUnknown, status)
		assert.Contains(t, stderr, "set MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID")
	}
}

func TestSeveralIntegrationsHaveToBeToldApart(t *testing.T) {
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		srv := bakeries(t, opts...)
		_, err := srv.Client().Integrations.Create(t.Context(), novu.CreateIntegrationParams{Identifier: "second", Name: "Second", Active: true})
		require.NoError(t, err)
		status, _, stderr := discreet(t, "status", "-customer", "acme")
		assert.Equal(t, exitUnknown, status)
		assert.Contains(t, stderr, "say which with -integration teams or -integration second")
		succeeds(t, "status", "-customer", "acme", "-integration", "teams")
	})
}

func TestAnEnvironmentWithoutIntegration(t *testing.T) {
	srv := novutest.NewServer(t)
	on(t, srv, true)
	status, _, stderr := discreet(t, "status", "-customer", "acme")
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, stderr, `make one with "novu-teams setup"`)
}

func TestInterruptedCommandsSayWhatWasDone(t *testing.T) {
	bakeries(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range append(ofCustomers, []string{"doctor", "-customer", "acme"}, []string{"doctor", "-all"}) {
		status, _, stderr := discreetWith(canceled, t, "", args...)
		assert.Equal(t, exitUnknown, status, args)
		assert.Contains(t, stderr, "novu-teams "+args[0]+": interrupted. ", args)
	}
	for name, test := range map[string]struct {
		args []string
		path string // a request to it is under way when the command is interrupted
		says string
	}{
		"teams":      {args: ofCustomers[1], path: "/_graph/", says: "interrupted. The list is not complete."},
		"add":        {args: ofCustomers[4], path: "/v1/channel-endpoints", says: "adding twice is adding once"},
		"send":       {args: append(ofCustomers[7], "-transaction", "oven-3"), path: "/v1/events/trigger", says: "Run it again with -transaction oven-3, so that nobody gets it twice."},
		"outcome":    {args: append(ofCustomers[7], "-transaction", "oven-4"), path: "/v1/notifications", says: `It was sent. "novu-teams doctor -transaction oven-4" tells what became of it.`},
		"remove":     {args: ofCustomers[6], path: "/v1/channel-endpoints/", says: "It may have been removed."},
		"disconnect": {args: ofCustomers[9], path: "/v1/channel-connections", says: "What was removed stays removed."},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			interruptedAt(t, bakeries(t), test.path, cancel)
			status, _, stderr := discreetWith(ctx, t, "", test.args...)
			assert.Equal(t, exitUnknown, status)
			assert.Contains(t, stderr, test.says)
		})
	}
}

// interruptedAt points the environment at a proxy that interrupts at the first request to a path.
func interruptedAt(t *testing.T, srv *novutest.Server, path string, interrupt func()) {
	t.Helper()
	target, err := url.Parse(srv.URL())
	require.NoError(t, err)
	behind := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, path) {
			interrupt()
			panic(http.ErrAbortHandler)
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	t.Setenv("NOVU_BASE_URL", proxy.URL)
	t.Setenv("MSTEAMS_GRAPH_URL", proxy.URL+"/_graph")
}

func TestWaitingForAnAdministratorCanBeInterrupted(t *testing.T) {
	bakeries(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var complaints bytes.Buffer
	out := &interruptor{interrupt: cancel}
	status := run(ctx, []string{"connect", "-customer", "globex"}, console{out: out, err: &complaints})
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, out.text.String(), "/adminconsent?")
	assert.Contains(t, complaints.String(), "interrupted. The address stays valid")
}

// A person who does not answer can still interrupt.
func TestAQuestionCanBeInterrupted(t *testing.T) {
	bakeries(t)
	ctx, cancel := context.WithCancel(t.Context())
	silent, closed := io.Pipe()
	defer closed.Close() //nolint:errcheck // it ends the read
	asked, question := io.Pipe()
	go func() {
		_, _ = bufio.NewReader(asked).ReadString(':')
		cancel()
		_, _ = io.Copy(io.Discard, asked)
	}()
	status := run(ctx, []string{"disconnect", "-customer", "acme"}, console{in: silent, out: io.Discard, err: question})
	assert.Equal(t, exitUnknown, status)
	for _, answer := range []string{"no\n", "", "y\n"} {
		status, stdout, stderr := discreetWith(t.Context(), t, answer, "disconnect", "-customer", "acme")
		assert.Equal(t, exitUnknown, status)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "the answer was not yes, so nothing was removed")
	}
	assert.Len(t, decoded[[]destination](t, "destinations", "-customer", "acme"), 3)
}
