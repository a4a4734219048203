package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/novutest"
)

const (
	appID    = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	workflow = "https://prod-00.westeurope.logic.azure.com/workflows/ops/triggers/manual/paths/invoke?api-version=2016-06-01&sig=canary"
)

var contoso = novutest.Tenant{
	Teams: []novutest.Team{{ID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", Name: "Engineering", Channels: []novutest.Channel{{ID: "19:builds@thread.tacv2", Name: "Builds"}}}},
	Users: []novutest.User{{Name: "Ada Lovelace", UPN: "ada@contoso.example"}},
}

// start is the backend, on an emulator that holds what the program needs.
func start(t *testing.T, version novutest.Version) (srv *novutest.Server, backendURL string) {
	t.Helper()
	srv = novutest.NewServer(t, novutest.WithTenant(contoso), novutest.WithProcessingDelay(10*time.Millisecond), novutest.WithVersion(version))
	client := srv.Client()
	_, err := client.Integrations.Create(t.Context(), novu.CreateIntegrationParams{
		Name: "Teams", Identifier: "teams", Active: true, Credentials: novu.MSTeamsCredentials{ClientID: appID, ClientSecret: "x", TenantID: novutest.DefaultTenantID},
	})
	require.NoError(t, err)
	for id, body := range map[string]string{"alert": "{{payload.text}}", "alert-card": "{{payload.card}}"} {
		_, err := client.Workflows.Create(t.Context(), novu.CreateWorkflowParams{WorkflowID: id, Name: id, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", body)}})
		require.NoError(t, err)
	}
	teams, err := customers.NewClient(client, srv.MSTeams(), customers.Config{IntegrationIdentifier: "teams", ManifestID: appID})
	require.NoError(t, err)
	served := httptest.NewServer(backend(teams))
	t.Cleanup(served.Close)
	return srv, served.URL
}

// call makes a request of the backend and returns what it answers.
func call(t *testing.T, method, address string, form url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(body)
}

func TestFromNothingToAMessageAndBack(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) { fromNothing(t, version) })
	}
}

func fromNothing(t *testing.T, version novutest.Version) {
	srv, at := start(t, version)
	const link = "https://teams.microsoft.com/l/channel/19%3Abuilds%40thread.tacv2/Builds?groupId=b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11"
	status, body := call(t, http.MethodPost, at+"/acme/channels", url.Values{"link": {link}})
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, body, "send an administrator of the customer to ConnectURL")

	_, _ = call(t, http.MethodGet, at+"/acme/connect", nil) // the emulated administrator approves
	for path, form := range map[string]url.Values{
		"/acme/channels": {"link": {link}}, "/acme/people": {"email": {"ada@contoso.example"}},
		"/acme/webhooks": {"url": {workflow}, "name": {"Operations"}},
	} {
		status, body := call(t, http.MethodPost, at+path, form)
		require.Equal(t, http.StatusOK, status, body)
	}
	_, body = call(t, http.MethodPost, at+"/acme/notifications", url.Values{"text": {"Build failed"}})
	assert.JSONEq(t, `{"Engineering / Builds":"delivered","Ada Lovelace":"delivered","Operations":"delivered"}`, body)
	assert.Len(t, srv.Messages(), 3)
	_, body = call(t, http.MethodGet, at+"/acme/status", nil)
	assert.Contains(t, body, `"Connected":true`)
	assert.NotContains(t, body, "canary")
	_, body = call(t, http.MethodDelete, at+"/acme", nil)
	assert.Contains(t, body, `"Destinations":3`)
	_, body = call(t, http.MethodPost, at+"/acme/notifications", url.Values{"text": {"Build failed"}})
	assert.Contains(t, body, "not connected")
}
