package main

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// on points the environment at a server, or at none.
func on(t *testing.T, srv *novutest.Server, withMicrosoft bool) {
	t.Helper()
	environment := map[string]string{
		"NOVU_SECRET_KEY": "", "NOVU_BASE_URL": "", "MSTEAMS_CLIENT_ID": "", "MSTEAMS_CLIENT_SECRET": "", "MSTEAMS_TENANT_ID": "",
		"MSTEAMS_LOGIN_URL": "", "MSTEAMS_GRAPH_URL": "", "MSTEAMS_CONNECTOR_URL": "",
	}
	if srv != nil {
		environment["NOVU_SECRET_KEY"], environment["NOVU_BASE_URL"] = srv.SecretKey(), srv.URL()
		environment["MSTEAMS_LOGIN_URL"], environment["MSTEAMS_GRAPH_URL"], environment["MSTEAMS_CONNECTOR_URL"] = srv.LoginURL(), srv.GraphURL(), srv.ConnectorURL()
	}
	if withMicrosoft {
		environment["MSTEAMS_CLIENT_ID"], environment["MSTEAMS_CLIENT_SECRET"], environment["MSTEAMS_TENANT_ID"] = demoClientID, demoClientSecret, demoHome
	}
	for name, value := range environment {
		t.Setenv(name, value)
	}
}

func doctorSays(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	status, stdout, stderr = novuTeams(t, append([]string{"doctor"}, args...)...)
	for _, text := range []string{stdout, stderr} {
		assert.NotContains(t, text, demoClientSecret)
	}
	return status, stdout, stderr
}

var update = flag.Bool("update", false, "write docs/doctor.md's excerpt of the demonstration")

// docs/doctor.md shows how the demonstration begins.
func TestDoctorDocument(t *testing.T) {
	on(t, nil, false)
	const document, lines = "../../docs/doctor.md", 13
	_, tree, _ := doctorSays(t, "-demo")
	begins := strings.Join(strings.SplitAfter(tree, "\n")[:lines], "")
	excerpt := regexp.MustCompile("(?s)```\n✗.*```\n$")
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	if *update {
		text = excerpt.ReplaceAllLiteral(text, []byte("```\n"+begins+"```\n"))
		require.NoError(t, os.WriteFile(document, text, 0o644))
	}
	assert.Equal(t, "```\n"+begins+"```\n", string(excerpt.Find(text)), "run: go test ./cmd/novu-teams -run TestDoctorDocument -update")
}

func TestDoctorDemo(t *testing.T) {
	on(t, nil, false)
	status, tree, complaint := doctorSays(t, "-demo")
	assert.Equal(t, exitBroken, status)
	assert.Empty(t, complaint)
	assert.Len(t, regexp.MustCompile(`(?m)^.─ ✗ `).FindAllString(tree, -1), 3)
	assert.Contains(t, tree, "✗ Something is broken: 3 broken, 5 not checked, 24 ok\n")

	status, encoded, _ := doctorSays(t, "-demo", "-json")
	assert.Equal(t, exitBroken, status)
	var printed doctor.Report
	require.NoError(t, json.Unmarshal([]byte(encoded), &printed))
	for _, report := range []*doctor.Report{&printed, demoReport(t, novutest.Version315), demoReport(t, novutest.Version319)} {
		assert.Equal(t, doctor.Broken, report.Verdict)
		var broken []doctor.Check
		for _, f := range report.Broken() {
			broken = append(broken, f.Check)
		}
		assert.Equal(t, []doctor.Check{doctor.CheckEndpointConnection, doctor.CheckChannel, doctor.CheckWebhookURL}, broken)
	}
}

func demoReport(t *testing.T, version novutest.Version) *doctor.Report {
	t.Helper()
	report, err := examineDemo(t.Context(), doctorFlags{}, novutest.WithVersion(version))
	require.NoError(t, err)
	return report
}

// healthy is a server on which the demo's private channel holds the bot and is
// the only endpoint.
func healthy(t *testing.T, opts ...novutest.Option) *novutest.Server {
	t.Helper()
	tenant := novutest.NewTenant(demoCustomer, 1, 2, 1)
	fixture := demoFixture(tenant)
	fixture.Endpoints = fixture.Endpoints[:1]
	return novutest.NewServer(t, append([]novutest.Option{
		novutest.WithApp(novutest.App{ClientID: demoClientID, ClientSecret: demoClientSecret, TenantID: demoHome}),
		novutest.WithTenant(tenant), novutest.WithFixture(fixture),
	}, opts...)...)
}

var ask = []string{"-subscriber", "acme", "-workflow", "build-failed", "-context", "tenant:acme"}

func TestDoctorOnAServer(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) { onAServer(t, healthy(t, novutest.WithVersion(version))) })
	}
}

func onAServer(t *testing.T, srv *novutest.Server) {
	on(t, srv, true)
	status, tree, complaint := doctorSays(t, ask...)
	assert.Zero(t, status, tree)
	assert.Empty(t, complaint)
	assert.Contains(t, tree, "reachable: the bot is in the channel")
	assert.Empty(t, srv.Messages())

	status, tree, _ = doctorSays(t, append([]string{"-send-test"}, ask...)...)
	assert.Zero(t, status, tree)
	assert.Len(t, srv.Messages(), 1)

	status, tree, _ = doctorSays(t, append([]string{"-context", "region:eu"}, ask...)...)
	assert.Equal(t, exitBroken, status)
	assert.Contains(t, tree, "region:eu, tenant:acme")
}

func TestDoctorWithoutMicrosoft(t *testing.T) {
	on(t, healthy(t), false)
	status, tree, complaint := doctorSays(t, ask...)
	assert.Equal(t, exitUnknown, status, "what was not checked is not ok")
	assert.Contains(t, complaint, "MSTEAMS_CLIENT_ID is not set")
	assert.Contains(t, tree, "reachable: not checked")
}

func TestDoctorHelpExplainsEveryFlag(t *testing.T) {
	status, text, complaint := doctorSays(t, "-h")
	assert.Zero(t, status)
	assert.Empty(t, complaint)
	for _, name := range []string{"after", "agent", "all", "broken", "context", "demo", "integration", "json", "limit", "messaging-endpoint", "package", "payload", "send-test", "shard", "shards", "subscriber", "timeout", "transaction", "workflow"} {
		assert.Regexp(t, `(?m)^  -`+name+`\b.*\n    \t\w+`, text)
	}
}

func TestDoctorErrorsAreSentencesWithRemedies(t *testing.T) {
	on(t, nil, false)
	for _, test := range []struct {
		args []string
		says string
	}{
		{nil, "-customer is missing: say whom"},
		{[]string{"-subscriber", "acme"}, "set NOVU_SECRET_KEY to"},
		{[]string{"-subscriber", "acme", "-context", "acme"}, "it must be type:id, such as tenant:acme"},
		{[]string{"-payload", "[1]", "-subscriber", "acme"}, "it must be a JSON object"},
		{[]string{"-timeout", "0s", "-demo"}, "-timeout must be longer than nothing"},
		{[]string{"-limit", "0s", "-demo"}, "-limit must be longer than nothing"},
		{[]string{"-all", "-subscriber", "acme"}, "-all examines every customer"},
		{[]string{"-all", "-shard", "2", "-shards", "2"}, "-shard must be from 0"},
		{[]string{"-after", "x", "-demo"}, "go with -all"},
		{[]string{"-colour"}, "flag provided but not defined: -colour"},
		{[]string{"acme"}, `"acme" belongs to no flag`},
	} {
		status, out, complaint := doctorSays(t, test.args...)
		assert.Equal(t, exitUnknown, status, test.args)
		assert.Empty(t, out)
		first, _, _ := strings.Cut(complaint, "\n")
		assert.Contains(t, first, test.says)
		assert.True(t, strings.HasPrefix(first, "novu-teams doctor: "), first)
	}
	t.Setenv("NOVU_SECRET_KEY", "key")
	t.Setenv("MSTEAMS_CLIENT_ID", demoClientID)
	status, _, complaint := doctorSays(t, "-subscriber", "acme")
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, complaint, "or none of them")
}

func TestDoctorAll(t *testing.T) {
	srv := healthy(t)
	on(t, srv, true)
	status, out, complaint := doctorSays(t, "-all")
	assert.Zero(t, status, out)
	assert.Empty(t, complaint)
	assert.Equal(t, "1 examined: 1 ok\n", out)

	require.NoError(t, srv.Client().ChannelConnections.Delete(t.Context(), "acme-365"))
	status, out, _ = doctorSays(t, "-all")
	assert.Equal(t, exitBroken, status)
	assert.Contains(t, out, "Connection acme-365")
	assert.Contains(t, out, "✗ exists: it does not exist")
	assert.True(t, strings.HasSuffix(out, "\n1 examined: 1 broken\n"), out)

	status, out, _ = doctorSays(t, "-all", "-json", "-broken")
	assert.Equal(t, exitBroken, status)
	var report doctor.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report), "one line for each")
	assert.Equal(t, "acme-365", report.ConnectionIdentifier)
	assert.Len(t, report.Findings, 1)
	status, out, _ = doctorSays(t, "-all", "-json", "-after", report.Cursor)
	assert.Zero(t, status)
	assert.Empty(t, out)

	srv.Inject(novutest.Fault{Route: "/v1/channel-endpoints", Status: 500})
	status, _, complaint = doctorSays(t, "-all", "-after", report.Cursor)
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, complaint, "go on with -after "+report.Cursor)
	status, _, complaint = doctorSays(t, "-all", "-after", "x")
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, complaint, "After must be the Cursor")
}

func TestDoctorOfATransaction(t *testing.T) {
	srv := healthy(t)
	on(t, srv, true)
	result, err := srv.Client().Events.Trigger(t.Context(), novu.TriggerParams{
		WorkflowID: "build-failed", To: novu.ToSubscriber("acme"), Context: novu.ContextPayload{"tenant": {ID: "acme"}},
	})
	require.NoError(t, err)
	require.NoError(t, srv.Settle(t.Context()))
	status, out, _ := doctorSays(t, "-transaction", result.TransactionID)
	assert.Zero(t, status, out)
	assert.Contains(t, out, "delivery: Novu handed it over 1 time")
	srv.UninstallBot(demoCustomer)
	status, out, _ = doctorSays(t, "-transaction", "txn_none", "-broken")
	assert.Equal(t, exitBroken, status)
	assert.NotContains(t, out, "✓")
}

// It reads well on a narrow terminal, and without color.
func TestDoctorDemoOn60Columns(t *testing.T) {
	on(t, nil, false)
	t.Setenv("COLUMNS", "60")
	t.Setenv("NO_COLOR", "1")
	_, out, _ := doctorSays(t, "-demo")
	assert.NotContains(t, out, "\x1b")
	for line := range strings.Lines(out) {
		if strings.Contains(line, "http://") {
			continue // an address is not broken
		}
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 60, line)
	}
	first, _, _ := strings.Cut(out, "\n")
	assert.Equal(t, "✗ Something is broken: 3 broken, 5 not checked, 24 ok", first)
}

func TestProgressIsShownNowAndThen(t *testing.T) {
	var out strings.Builder
	at := time.Unix(0, 0)
	show := showProgress(&out, func() time.Time { return at })
	for i := range 10 {
		at = at.Add(time.Second)
		show(doctor.Progress{Done: i, Total: 20, Finding: doctor.Finding{Subject: "Novu"}})
	}
	assert.Equal(t, "2 of 20 checks made, now Novu\n5 of 20 checks made, now Novu\n8 of 20 checks made, now Novu\n", out.String())
}
