package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// canaryKey is a secret key that no output may hold.
const canaryKey = "canary-key"

// bakeries starts the demonstration's servers and points the environment at them.
func bakeries(t *testing.T, opts ...novutest.Option) *novutest.Server {
	t.Helper()
	page, err := withPage()
	require.NoError(t, err)
	opts = append(append(append(demoWorld(), page...), novutest.WithSecretKey(canaryKey), novutest.WithProcessingDelay(10*time.Millisecond)), opts...)
	srv := novutest.NewServer(t, opts...)
	on(t, srv, true)
	return srv
}

// webhookOf is the URL of a Workflow, which the emulated Novu delivers to.
func webhookOf(name string) string { return strings.Replace(acmeWebhook, "operations", name, 1) }

// discreet carries out a command line as novuTeams does, and sees that no secret is printed.
func discreet(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return discreetWith(t.Context(), t, "", args...)
}

func discreetWith(ctx context.Context, t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	status = run(ctx, args, console{in: strings.NewReader(stdin), out: &out, err: &complaints})
	for _, text := range []string{out.String(), complaints.String()} {
		for _, secret := range []string{canaryKey, demoClientSecret, "sig="} {
			assert.NotContains(t, text, secret, args)
		}
	}
	return status, out.String(), complaints.String()
}

// succeeds carries out a command line that has to end well, and returns what it prints.
func succeeds(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := discreet(t, args...)
	assert.Zero(t, status, "%v: %s%s", args, stdout, stderr)
	assert.Empty(t, stderr, args)
	return stdout
}

// decoded is what a command prints as JSON.
func decoded[T any](t *testing.T, args ...string) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, append(args, "-json")...)), &v), args)
	return v
}

func versions(t *testing.T, test func(t *testing.T, opts ...novutest.Option)) {
	t.Helper()
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) { test(t, novutest.WithVersion(version)) })
	}
}

// connecting runs connect, and approves as globex's administrator where it prints the address.
func connecting(t *testing.T, srv *novutest.Server, args ...string) (status int, lines []string) {
	t.Helper()
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), append([]string{"connect", "-customer", "globex"}, args...), console{out: in, err: io.Discard})
		_ = in.Close()
	}()
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if _, address, found := strings.Cut(scanner.Text(), srv.LoginURL()); found {
			address, _, _ = strings.Cut(address, `"`)
			assert.Equal(t, http.StatusOK, get(t, srv.LoginURL()+address, "").status)
		}
	}
	return <-done, lines
}

func TestACustomersLife(t *testing.T) {
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		srv := bakeries(t, opts...)
		status, said := connecting(t, srv)
		assert.Zero(t, status)
		assert.Contains(t, said[0], "Send an administrator of globex to this address. It is valid until ")
		assert.Contains(t, said[len(said)-1], "globex is connected to ")
		assert.Contains(t, said[len(said)-1], globexTenant)

		assert.Contains(t, succeeds(t, "teams", "-customer", "globex"), globexTeam+"  Fleet")
		assert.Contains(t, succeeds(t, "channels", "-customer", "globex", "-team", globexTeam), globexChannel)
		assert.Contains(t, succeeds(t, "people", "-customer", "globex", "-find", "gia@globex.example"), globexGia+"  Gia Harbor")
		assert.Equal(t, "There is no destination. Add one with \"novu-teams add\".\n", succeeds(t, "destinations", "-customer", "globex"))

		assert.Contains(t, succeeds(t, "add", "-customer", "globex", "-team", globexTeam, "-channel", globexChannel), "Notifications of globex land in Fleet / Port: destination teams_")
		assert.Contains(t, succeeds(t, "add", "-customer", "globex", "-person", "gia@globex.example"), "Gia Harbor")
		assert.Contains(t, succeeds(t, "add", "-customer", "globex", "-person", globexGia), "Gia Harbor", "again is once")
		status, stdout, _ := discreetWith(t.Context(), t, webhookOf("harbor")+"\n", "add", "-customer", "globex", "-webhook", "-", "-name", "Harbor")
		assert.Zero(t, status)
		assert.Contains(t, stdout, "land in Harbor")
		assert.Len(t, decoded[[]destination](t, "destinations", "-customer", "globex"), 3)

		sent := succeeds(t, "send", "-customer", "globex", "-workflow", "alert", "-webhook-workflow", "alert-card", "-text", "The Nina is late")
		for _, line := range []string{"channel Fleet / Port: delivered", "person Gia Harbor: delivered", "webhook Harbor: delivered"} {
			assert.Contains(t, sent, line)
		}
		require.Len(t, srv.Messages(), 3)
		for _, m := range srv.Messages() {
			assert.Equal(t, "The Nina is late", m.Text)
		}
		assert.Contains(t, succeeds(t, "status", "-customer", "globex"), "reachable")

		removed := decoded[[]destination](t, "destinations", "-customer", "globex")[0].Identifier
		assert.Equal(t, "Removed "+removed+".\n", succeeds(t, "remove", "-customer", "globex", "-destination", removed))
		status, stdout, stderr := discreetWith(t.Context(), t, "yes\n", "disconnect", "-customer", "globex")
		assert.Zero(t, status)
		assert.Contains(t, stderr, "Remove the connection and 2 destinations of globex from Novu?")
		assert.Contains(t, stdout, "Removed of globex: 1 connection and 2 destinations.\nAn administrator of the tenant "+globexTenant)
		assert.Equal(t, "There was nothing to remove of globex.\n", succeeds(t, "disconnect", "-customer", "globex", "-yes"))
	})
}

func TestACustomersLifeAsJSON(t *testing.T) {
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		srv := bakeries(t, opts...)
		status, lines := connecting(t, srv, "-json")
		assert.Zero(t, status)
		require.Len(t, lines, 2)
		var link struct {
			URL       string    `json:"url"`
			ExpiresAt time.Time `json:"expiresAt"`
		}
		var connected map[string]any
		require.NoError(t, json.Unmarshal([]byte(lines[0]), &link))
		require.NoError(t, json.Unmarshal([]byte(lines[1]), &connected))
		assert.WithinDuration(t, time.Now().Add(5*time.Minute), link.ExpiresAt, time.Minute)
		assert.Equal(t, true, connected["connected"])
		assert.Equal(t, globexTenant, connected["tenantId"])

		assert.Equal(t, "Fleet", decoded[[]map[string]any](t, "teams", "-customer", "globex", "-name", "Fl")[0]["displayName"])
		assert.Empty(t, decoded[[]map[string]any](t, "teams", "-customer", "globex", "-name", "X"))
		assert.Len(t, decoded[[]map[string]any](t, "channels", "-customer", "globex", "-team", globexTeam), 2)
		assert.Equal(t, []person{{ID: globexGia, Name: "Gia Harbor", Address: "gia@globex.example"}}, decoded[[]person](t, "people", "-customer", "globex", "-find", "gia@globex.example"))
		added := decoded[destination](t, "add", "-customer", "globex", "-team", globexTeam, "-channel", globexChannel)
		assert.Equal(t, "Fleet / Port", added.Name)
		assert.Equal(t, []destination{added}, decoded[[]destination](t, "destinations", "-customer", "globex"))
		sent := decoded[struct {
			TransactionID string    `json:"transactionId"`
			Outcomes      []outcome `json:"outcomes"`
		}](t, "send", "-customer", "globex", "-workflow", "alert", "-payload", `{"text": "hi"}`, "-transaction", "ship-12")
		assert.Equal(t, "ship-12", sent.TransactionID)
		assert.Equal(t, []outcome{{destination: added, Delivered: true}}, sent.Outcomes)
		stands := decoded[map[string]any](t, "status", "-customer", "globex")
		assert.Equal(t, "reachable", stands["destinations"].([]any)[0].(map[string]any)["state"])
		assert.Equal(t, map[string]any{"removed": added.Identifier}, decoded[map[string]any](t, "remove", "-customer", "globex", "-destination", added.Identifier))
		left := decoded[map[string]any](t, "disconnect", "-customer", "globex", "-yes")
		assert.InDelta(t, 1, left["connections"], 0)
		assert.Equal(t, globexTenant, left["tenantId"])
	})
}

func TestSecretsComeFromFiles(t *testing.T) {
	bakeries(t)
	for variable, secret := range map[string]string{"NOVU_SECRET_KEY": canaryKey, "MSTEAMS_CLIENT_SECRET": demoClientSecret} {
		file := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(file, []byte(secret+"\n"), 0o600))
		t.Setenv(variable, "")
		t.Setenv(variable+"_FILE", file)
	}
	succeeds(t, "teams", "-customer", "acme")
	file := filepath.Join(t.TempDir(), "url.txt")
	require.NoError(t, os.WriteFile(file, []byte(webhookOf("ops")+"\n"), 0o600))
	assert.Contains(t, succeeds(t, "add", "-customer", "acme", "-webhook", file), "land in this webhook")
	status, _, stderr := discreet(t, "add", "-customer", "acme", "-webhook", file+".not")
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, stderr, "no such file")
}

func TestAChannelIsAddedByItsLink(t *testing.T) {
	bakeries(t)
	link := "https://teams.microsoft.com/l/channel/19%3Aovens%40thread.tacv2/Ovens?groupId=" + acmeTeam + "&tenantId=" + acmeTenant
	assert.Contains(t, succeeds(t, "add", "-customer", "acme", "-link", link), "Bakery / Ovens: destination acme-ovens")
}

func TestConnectingAgainRenewsTheConsent(t *testing.T) {
	bakeries(t)
	assert.Contains(t, succeeds(t, "connect", "-customer", "acme"), "acme is connected to Acme Bakeries, the tenant "+acmeTenant+". Opening the address renews the consent.\n")
	assert.NotContains(t, succeeds(t, "connect", "-customer", "acme", "-wait", "0"), "acme is connected")
}

func TestWebhooksNeedNoMicrosoft(t *testing.T) {
	srv := bakeries(t)
	on(t, srv, false)
	file := filepath.Join(t.TempDir(), "url.txt")
	require.NoError(t, os.WriteFile(file, []byte(webhookOf("mill")), 0o600))
	for _, args := range [][]string{
		{"add", "-customer", "initech", "-webhook", file, "-name", "Mill"},
		{"destinations", "-customer", "initech"},
		{"send", "-customer", "initech", "-webhook-workflow", "alert-card", "-text", "The mill stands still"},
		{"status", "-customer", "initech"},
	} {
		status, stdout, stderr := discreet(t, args...)
		assert.Zero(t, status, stdout)
		assert.Contains(t, stdout, "Mill", args)
		assert.Equal(t, "MSTEAMS_CLIENT_ID is not set, so Microsoft is not asked.\n", stderr)
	}
	status, _, _ := discreet(t, "status", "-customer", "acme")
	assert.Equal(t, exitUnknown, status, "what was not checked is not fine")
}
