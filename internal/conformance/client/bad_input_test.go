package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// silent returns a client that fails the test if it sends anything.
func silent(t *testing.T) *novu.Client {
	t.Helper()
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s %s", r.Method, r.URL)
		return nil, http.ErrAbortHandler
	})}))
	require.NoError(t, err)
	return c
}

func TestBadClientOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key   string
		opt   novu.Option
		field string
	}{
		"empty key":            {"", nil, "secretKey"},
		"blank key":            {" \t", nil, "secretKey"},
		"key with line break":  {"abc\n", nil, "secretKey"},
		"key with control":     {"a\x00b", nil, "secretKey"},
		"no scheme":            {"k", novu.WithBaseURL("api.novu.co"), "BaseURL"},
		"empty base URL":       {"k", novu.WithBaseURL(""), "BaseURL"},
		"user part":            {"k", novu.WithBaseURL("https://me:canary@api.novu.co"), "BaseURL"},
		"plain http":           {"k", novu.WithBaseURL("http://novu.example"), "BaseURL"},
		"query":                {"k", novu.WithBaseURL("https://novu.example?a=b"), "BaseURL"},
		"unknown region":       {"k", novu.WithRegion("mars"), "Region"},
		"nil HTTP client":      {"k", novu.WithHTTPClient(nil), "HTTPClient"},
		"nil middleware":       {"k", novu.WithMiddleware(nil), "Middleware"},
		"negative attempts":    {"k", novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: -1}), "RetryPolicy"},
		"waits upside down":    {"k", novu.WithRetryPolicy(novu.RetryPolicy{MinWait: 2, MaxWait: 1}), "RetryPolicy"},
		"no attempt timeout":   {"k", novu.WithAttemptTimeout(0), "AttemptTimeout"},
		"no response size":     {"k", novu.WithMaxResponseSize(0), "MaxResponseSize"},
		"user agent injection": {"k", novu.WithUserAgent("a\r\nX: y"), "UserAgent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := novu.NewClient(tt.key, tt.opt)
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			assert.Contains(t, err.Error(), tt.field)
			assert.NotContains(t, err.Error(), "canary")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Contains(t, e.Fields, tt.field)
		})
	}
}

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

var (
	hexID    = "6b046b2fff9b0c916127df91"
	teamsEnd = novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:c@thread.tacv2"}
	acme     = novu.ContextPayload{"tenant": {ID: "acme"}}
	tooMany  = novu.ContextPayload{"a": {ID: "1"}, "b": {ID: "1"}, "c": {ID: "1"}, "d": {ID: "1"}, "e": {ID: "1"}, "f": {ID: "1"}}
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

func endpointOf(e novu.Endpoint) novu.CreateChannelEndpointParams {
	return endpoint(func(p *novu.CreateChannelEndpointParams) { p.Endpoint = e })
}

// Each of these can't be right; nothing may be sent, and the error names the
// field.
func TestBadInput(t *testing.T) {
	t.Parallel()
	c, ctx := silent(t), t.Context()
	create := func(p novu.CreateChannelConnectionParams) error {
		_, err := c.ChannelConnections.Create(ctx, p)
		return err
	}
	createEndpoint := func(p novu.CreateChannelEndpointParams, opts ...novu.RequestOption) error {
		_, err := c.ChannelEndpoints.Create(ctx, p, opts...)
		return err
	}
	get := func(id string) error { _, err := c.ChannelEndpoints.Get(ctx, id); return err }
	connect := func(p novu.ConnectOAuthURLParams) error {
		_, err := c.Integrations.GenerateConnectOAuthURL(ctx, p)
		return err
	}
	list := func(p novu.ListChannelEndpointsParams) error { _, err := c.ChannelEndpoints.List(ctx, p); return err }
	trigger := func(p novu.TriggerParams) error { _, err := c.Events.Trigger(ctx, p); return err }
	var nilChannel *novu.MSTeamsChannelEndpoint
	tests := map[string]struct {
		err   error
		field string
	}{
		"empty id":                     {get(""), "identifier"},
		"blank id":                     {get("  "), "identifier"},
		"dot":                          {get("."), "identifier"},
		"dot dot":                      {get(".."), "identifier"},
		"control character":            {get("a\nb"), "identifier"},
		"invalid UTF-8":                {get("a\xffb"), "identifier"},
		"delete empty id":              {c.ChannelConnections.Delete(ctx, ""), "identifier"},
		"connection: neither":          {create(connection(func(p *novu.CreateChannelConnectionParams) { p.SubscriberID = "" })), "SubscriberID"},
		"connection: no integration":   {create(connection(func(p *novu.CreateChannelConnectionParams) { p.IntegrationIdentifier = "" })), "IntegrationIdentifier"},
		"connection: dot dot":          {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Identifier = ".." })), "Identifier"},
		"connection: no workspace":     {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Workspace = novu.Workspace{} })), "Workspace.ID"},
		"connection: no token":         {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Auth = novu.ConnectionAuth{} })), "Auth.AccessToken"},
		"connection: six contexts":     {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Context = tooMany })), "Context"},
		"connection: empty context":    {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{} })), "Context"},
		"connection: shared":           {create(connection(func(p *novu.CreateChannelConnectionParams) { p.ConnectionMode = novu.ConnectionModeShared })), "Context"},
		"connection: upper-case id":    {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{"tenant": {ID: "ACME"}} })), "Context"},
		"connection: upper-case type":  {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{"Tenant": {ID: "acme"}} })), "Context"},
		"connection: empty context id": {create(connection(func(p *novu.CreateChannelConnectionParams) { p.Context = novu.ContextPayload{"tenant": {}} })), "Context"},
		"update without auth":          {second(c.ChannelConnections.Update(ctx, "x", novu.UpdateChannelConnectionParams{Workspace: place})), "Auth.AccessToken"},
		"update without workspace":     {second(c.ChannelConnections.Update(ctx, "x", novu.UpdateChannelConnectionParams{Auth: auth})), "Workspace.ID"},
		"endpoint: no subscriber":      {createEndpoint(endpoint(func(p *novu.CreateChannelEndpointParams) { p.SubscriberID = "" })), "SubscriberID"},
		"endpoint: nil":                {createEndpoint(endpointOf(nil)), "Endpoint"},
		"endpoint: nil pointer":        {createEndpoint(endpointOf(nilChannel)), "Endpoint"},
		"endpoint: no team":            {createEndpoint(endpointOf(novu.MSTeamsChannelEndpoint{ChannelID: "c"})), "Endpoint.TeamID"},
		"endpoint: no channel":         {createEndpoint(endpointOf(novu.MSTeamsChannelEndpoint{TeamID: "t"})), "Endpoint.ChannelID"},
		"endpoint: no user":            {createEndpoint(endpointOf(novu.MSTeamsUserEndpoint{})), "Endpoint.UserID"},
		"endpoint: no URL":             {createEndpoint(endpointOf(novu.WebhookEndpoint{})), "Endpoint.URL"},
		"endpoint: plain http":         {createEndpoint(endpointOf(novu.WebhookEndpoint{URL: "http://x.example/?sig=canary"})), "Endpoint.URL"},
		"endpoint: no URL at all":      {createEndpoint(endpointOf(novu.WebhookEndpoint{URL: "canary"})), "Endpoint.URL"},
		"endpoint: unparsable URL":     {createEndpoint(endpointOf(novu.WebhookEndpoint{URL: "https://x/%zz?sig=canary"})), "Endpoint.URL"},
		"endpoint: raw without type":   {createEndpoint(endpointOf(novu.RawEndpoint{Raw: []byte("{}")})), "Endpoint.EndpointType"},
		"endpoint: raw array":          {createEndpoint(endpointOf(novu.RawEndpoint{EndpointType: "phone", Raw: []byte("[]")})), "Endpoint.Raw"},
		"endpoint: raw nothing":        {createEndpoint(endpointOf(novu.RawEndpoint{EndpointType: "phone"})), "Endpoint.Raw"},
		"update endpoint to nil":       {second(c.ChannelEndpoints.Update(ctx, "x", novu.UpdateChannelEndpointParams{})), "Endpoint"},
		"limit -1":                     {list(novu.ListChannelEndpointsParams{Limit: -1}), "Limit"},
		"limit 101":                    {list(novu.ListChannelEndpointsParams{Limit: 101}), "Limit"},
		"both cursors":                 {list(novu.ListChannelEndpointsParams{After: "a", Before: "b"}), "After"},
		"connect: neither":             {connect(novu.ConnectOAuthURLParams{IntegrationIdentifier: "i"}), "SubscriberID"},
		"connect: no integration":      {connect(novu.ConnectOAuthURLParams{SubscriberID: "s"}), "IntegrationIdentifier"},
		"connect: shared":              {connect(novu.ConnectOAuthURLParams{IntegrationIdentifier: "i", SubscriberID: "s", ConnectionMode: novu.ConnectionModeShared}), "Context"},
		"connect: link nobody":         {connect(novu.ConnectOAuthURLParams{IntegrationIdentifier: "i", Context: acme, AutoLinkUser: true}), "SubscriberID"},
		"link: no subscriber":          {second(c.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{IntegrationIdentifier: "i"})), "SubscriberID"},
		"chat: neither":                {second(c.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{IntegrationIdentifier: "i"})), "SubscriberID"},
		"integration: half a secret":   {second(c.Integrations.Create(ctx, novu.CreateIntegrationParams{Credentials: novu.MSTeamsCredentials{ClientID: "c"}})), "Credentials.ClientSecret"},
		"integration: identifier":      {second(c.Integrations.Update(ctx, "msteams-prod", novu.UpdateIntegrationParams{Name: "x"})), "id"},
		"integration: nothing":         {second(c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{})), "params"},
		"integration: partial":         {second(c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{Credentials: novu.MSTeamsCredentials{ClientSecret: "canary"}})), "Credentials.ClientID"},
		"integration: delete":          {c.Integrations.Delete(ctx, "x"), "id"},
		"integration: primary":         {second(c.Integrations.SetPrimary(ctx, "")), "id"},
		"subscriber: empty":            {second(c.Subscribers.Create(ctx, novu.CreateSubscriberParams{})), "SubscriberID"},
		"subscribers: one empty":       {second(c.Subscribers.BulkCreate(ctx, []novu.SubscriberProfile{{SubscriberID: "a"}, {}})), "SubscriberID"},
		"context: dot dot":             {second(c.Contexts.Get(ctx, "tenant", "..")), "id"},
		"context: no data":             {second(c.Contexts.Update(ctx, "tenant", "acme", novu.UpdateContextParams{})), "Data"},
		"workflow: no name":            {second(c.Workflows.Create(ctx, novu.CreateWorkflowParams{WorkflowID: "w"})), "Name"},
		"workflow: negative offset":    {second(c.Workflows.List(ctx, novu.ListWorkflowsParams{Offset: -1})), "Offset"},
		"trigger: no workflow":         {trigger(novu.TriggerParams{To: novu.ToSubscriber("s")}), "WorkflowID"},
		"trigger: nobody":              {trigger(novu.TriggerParams{WorkflowID: "w"}), "To"},
		"trigger: empty subscriber":    {trigger(novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("a", "")}), "To[1]"},
		"trigger: six contexts":        {trigger(novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("a"), Context: tooMany}), "Context"},
		"bulk: one without workflow":   {second(c.Events.TriggerBulk(ctx, []novu.TriggerParams{{To: novu.ToSubscriber("s")}})), "WorkflowID"},
		"broadcast: no workflow":       {second(c.Events.Broadcast(ctx, novu.BroadcastParams{})), "WorkflowID"},
		"cancel: nothing":              {second(c.Events.Cancel(ctx, "")), "transactionID"},
		"key too long":                 {createEndpoint(endpointOf(teamsEnd), novu.WithIdempotencyKey(strings.Repeat("k", 256))), "IdempotencyKey"},
		"key empty":                    {createEndpoint(endpointOf(teamsEnd), novu.WithIdempotencyKey("")), "IdempotencyKey"},
		"key with a line break":        {createEndpoint(endpointOf(teamsEnd), novu.WithIdempotencyKey("a\r\nX: y")), "IdempotencyKey"},
		"header: authorization":        {createEndpoint(endpointOf(teamsEnd), novu.WithHeader("authorization", "x")), "Header"},
		"header: idempotency":          {createEndpoint(endpointOf(teamsEnd), novu.WithHeader("Idempotency-Key", "x")), "Header"},
		"header: bad name":             {createEndpoint(endpointOf(teamsEnd), novu.WithHeader("a b", "x")), "Header"},
		"header: injection":            {createEndpoint(endpointOf(teamsEnd), novu.WithHeader("A", "x\r\nB: y")), "Header"},
		"timeout: none":                {createEndpoint(endpointOf(teamsEnd), novu.WithTimeout(0)), "Timeout"},
		"response: nil":                {createEndpoint(endpointOf(teamsEnd), novu.WithResponse(nil)), "Response"},
		"nil context":                  {second(c.ChannelEndpoints.Get(nilContext(), "x")), "ctx"},
		"wait: empty":                  {second(c.ChannelConnections.Wait(ctx, "")), "identifier"},
		"wait: nil context":            {second(c.ChannelConnections.Wait(nilContext(), "x")), "ctx"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, tt.err, novu.ErrInvalidParams)
			var e *novu.Error
			require.ErrorAs(t, tt.err, &e)
			assert.Contains(t, e.Fields, tt.field)
			assert.Contains(t, e.Error(), tt.field)
			assert.NotContains(t, e.Error(), "canary")
			assert.Zero(t, e.StatusCode)
		})
	}
	t.Run("iterator", func(t *testing.T) {
		t.Parallel()
		n := 0
		for _, err := range c.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{Limit: 101}) {
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			n++
		}
		assert.Equal(t, 1, n)
	})
}

// All that is wrong is said at once.
func TestBadInputIsReportedWhole(t *testing.T) {
	t.Parallel()
	_, err := silent(t).ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{Endpoint: novu.MSTeamsChannelEndpoint{}})
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Len(t, e.Fields, 4)
	assert.Equal(t, "novu: create channel endpoint: IntegrationIdentifier must not be empty; SubscriberID must not be empty; "+
		"Endpoint.TeamID must not be empty; Endpoint.ChannelID must not be empty", err.Error())
}

func TestPointersToEndpointsAreEndpoints(t *testing.T) {
	t.Parallel()
	var sent map[string]json.RawMessage
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		require.NoError(t, json.NewDecoder(r.Body).Decode(&sent))
		return reply(201, `{"data":{"identifier":"e"}}`), nil
	})}))
	require.NoError(t, err)
	_, err = c.ChannelEndpoints.Create(t.Context(), endpointOf(&teamsEnd))
	require.NoError(t, err)
	assert.JSONEq(t, `{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:c@thread.tacv2"}`, string(sent["endpoint"]))
	assert.JSONEq(t, `"ms_teams_channel"`, string(sent["type"]))
}

func second[T any](_ T, err error) error { return err }

// nilContext is a nil that linters can't see: what an uninitialised field holds.
func nilContext() context.Context { return nil }
