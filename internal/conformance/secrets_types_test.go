package conformance_test

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// canary is the secret that must not be found.
const canary = "canary-7f3a9be1"

const secretFlow = "https://prod-01.westeurope.logic.azure.com/workflows/1" +
	"/triggers/manual/paths/invoke?api-version=2016-06-01&sp=run&sv=1.0&sig=" + canary

// plain are the types that are filled in through their fields.
var plain = []any{
	novu.Agent{}, novu.Attempt{}, novu.AgentBehavior{}, novu.AgentContent{}, novu.AgentEdit{}, novu.AgentFile{}, novu.AgentIntegration{}, novu.AgentMessageRef{},
	novu.AgentReply{}, novu.AgentReplyParams{}, novu.AgentResolve{}, novu.AgentSignal{}, novu.AgentToolApprovalCard{},
	novu.AgentToolApprovalRequest{}, novu.AgentToolResult{}, novu.AgentTyping{}, novu.CreateAgentParams{}, novu.EnsureAgentParams{},
	novu.LinkedIntegration{}, novu.ListAgentsParams{}, novu.SignatureError{}, novu.SubscriberAccess(""), novu.UpdateAgentParams{},

	novu.BroadcastParams{}, novu.ChannelConnection{}, novu.ChannelEndpoint{}, novu.ChannelType(""), novu.ChatOAuthURLParams{},
	novu.ConnectOAuthURLParams{}, novu.ConnectionAuth{}, novu.ConnectionMode(""), novu.Context{}, novu.ContextPayload{}, novu.ContextValue{},
	novu.CreateChannelConnectionParams{}, novu.CreateChannelEndpointParams{}, novu.CreateContextParams{}, novu.CreateIntegrationParams{},
	novu.CreateSubscriberParams{}, novu.CreateWorkflowParams{}, novu.EndpointType(""), novu.Environment{}, novu.ExecutionDetail{},
	novu.ExecutionStatus(""), novu.Integration{}, novu.IntegrationKind(""), novu.JobStatus(""), novu.Link{}, novu.LinkParams{}, novu.LinkUserOAuthURLParams{},
	novu.ListChannelConnectionsParams{}, novu.ListChannelEndpointsParams{}, novu.ListContextsParams{}, novu.ListMessagesParams{},
	novu.ListNotificationsParams{}, novu.ListSubscribersParams{}, novu.ListWorkflowsParams{}, novu.MSTeamsChannelEndpoint{},
	novu.CreateTopicParams{}, novu.ListTopicsParams{}, novu.Topic{}, novu.TopicResult{}, novu.TopicsService{},
	novu.MSTeamsCredentials{}, novu.MSTeamsUserEndpoint{}, novu.Message{}, novu.MessageStatus(""), novu.Notification{}, novu.NotificationJob{},
	novu.NumberedPage[novu.ChannelEndpoint]{}, novu.OAuthMode(""), novu.OAuthURL{}, novu.OrderDirection(""), novu.Page[novu.ChannelEndpoint]{},
	novu.ProviderID(""), novu.RateLimit{}, novu.RawEndpoint{}, novu.Recipients{}, novu.Region(""), novu.RetryPolicy{}, novu.Secret(""),
	novu.SecretMap{}, novu.StepType(""), novu.Subscriber{}, novu.SubscriberProfile{}, novu.TriggerError{}, novu.TriggerParams{},
	novu.TriggerStatus(""), novu.UpdateChannelConnectionParams{}, novu.UpdateChannelEndpointParams{}, novu.UpdateContextParams{},
	novu.UpdateIntegrationParams{}, novu.UpdateSubscriberParams{}, novu.WebhookEndpoint{}, novu.Workflow{}, novu.WorkflowStatus(""),
	novu.WorkflowStep{}, novu.Workspace{}, novu.Response{},

	msteams.CatalogApp{}, msteams.Channel{}, msteams.Cloud(""), msteams.Consent{}, msteams.ConsentCallback{}, msteams.Conversation{},
	msteams.Credentials{}, msteams.Endpoints{}, msteams.InstalledApp{}, msteams.ListTeamsParams{}, msteams.Member{},
	msteams.MembershipType(""), msteams.Message{}, msteams.MissingPermissionError{}, msteams.Purpose{}, msteams.RateLimit{},
	msteams.RateLimits{}, msteams.Sent{}, msteams.Team{}, msteams.TeamChannels{}, msteams.TeamDetails{}, msteams.Token{}, msteams.User{},

	customers.AddChannelParams{}, customers.AddPersonParams{}, customers.AddWebhookParams{}, customers.Config{}, customers.ConnectParams{},
	customers.Disconnected{}, customers.DestinationStatus{}, customers.Kind(""), customers.NotifyParams{}, customers.Outcome{},
	customers.Reachability(""), customers.Sent{}, customers.Status{},

	webhook.Receipt{},
	manifest.App{}, manifest.Developer{}, manifest.Language{}, manifest.Manifest{}, manifest.Problem{}, manifest.Rule(""), manifest.Scope(""), manifest.ValidationError{},

	novutest.App{}, novutest.CatalogApp{}, novutest.Channel{}, novutest.Consent(""), novutest.Cut(0), novutest.Failure{}, novutest.Fault{},
	novutest.Fixture{}, novutest.Message{}, novutest.RateLimit{}, novutest.Request{}, novutest.Team{}, novutest.Tenant{}, novutest.User{},
	novutest.WebhookURL(""),

	novutest.Operator{}, novutest.Version(""),
	novutest.BridgeURL(""), novutest.ChatChoice{}, novutest.ChatFile{}, novutest.ChatMessage{}, novutest.ChatOption(nil),

	setup.Action(""), setup.Azure{}, setup.Change{}, setup.Config{}, setup.Event{}, setup.EventState(""), setup.Key{}, setup.Kind(""),
	setup.Result{}, setup.RotateParams{}, setup.Rotation{}, setup.Step{},

	doctor.BrokenError{}, doctor.Check(""), doctor.Finding{}, doctor.Question{}, doctor.Report{}, doctor.Progress{}, doctor.SweepParams{}, doctor.Verdict(""),
}

// carriers are a value of each exported type, with the canary wherever a secret
// has its place.
func carriers(t *testing.T) map[reflect.Type]any {
	t.Helper()
	all := make(map[reflect.Type]any)
	for _, zero := range plain {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(v, "", 0)
		all[v.Type()] = v.Interface()
	}
	add := func(values ...any) {
		for _, v := range values {
			t := reflect.TypeOf(v)
			if t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			all[t] = v
		}
	}
	all[reflect.TypeFor[novu.Endpoint]()] = novu.WebhookEndpoint{URL: canary}

	c, err := novu.NewClient(canary)
	require.NoError(t, err)
	add(c, c.ChannelConnections, c.ChannelEndpoints, c.Contexts, c.Events, c.Agents, c.Integrations, c.Messages, c.Notifications, c.Subscribers, c.Workflows)
	add(novu.WithUserAgent(canary), novu.WithIdempotencyKey(canary), novu.TriggerResult{}, novu.SubscriberResult{}, novu.ToSubscriber("s")[0])
	_, err = novu.NewClient(canary, novu.WithBaseURL("https://user:"+canary+"@novu.example"))
	add(err)

	ms, err := msteams.NewClient(msteams.Credentials{ClientID: "c", ClientSecret: canary, TenantID: "home.example"})
	require.NoError(t, err)
	add(ms, ms.Tenant(customer), msteams.WithUserAgent(canary), msteams.WithSharedChannels(), msteams.WithServiceURL("https://u:"+canary+"@x"), msteams.TokenFunc(nil), msteams.TeamsLink{}, msteams.PublishingPublished,
		msteams.Mention{}, msteams.ResourcePermission{}, msteams.WithResourceConsent())
	_, err = ms.Tenant(customer, msteams.WithServiceURL("https://u:"+canary+"@x")).GraphToken(t.Context())
	require.Error(t, err)
	add(err)

	hooks, err := webhook.NewClient()
	require.NoError(t, err)
	to, err := webhook.ParseURL(secretFlow)
	require.NoError(t, err)
	add(hooks, to, webhook.WithUserAgent(canary), webhook.Text("x"), webhook.CloudPublic, webhook.TokenFunc(nil))
	_, err = webhook.ParseURL(secretFlow + "#" + canary)
	add(err)

	srv := novutest.NewServer(t, novutest.WithSecretKey(canary), novutest.WithApp(novutest.App{ClientID: "c", ClientSecret: canary, TenantID: "home"}))
	add(srv, novutest.WithSecretKey(canary), srv.Chat(novutest.User{Name: "Alice"}))
	add(customersOf(t, srv)...)
	add(setupOf(t, srv)...)
	examiner, err := doctor.New(c, doctor.WithMSTeams(ms))
	require.NoError(t, err)
	add(examiner, doctor.WithCheckTimeout(time.Second))
	addAgent(t, c, all)
	return all
}

// customersOf is a customer with a webhook, and what its package returns.
func customersOf(t *testing.T, srv *novutest.Server) []any {
	t.Helper()
	client := srv.Client()
	_, err := client.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Name: "Teams", Identifier: "teams", Active: true})
	require.NoError(t, err)
	teams, err := customers.NewClient(client, srv.MSTeams(), customers.Config{IntegrationIdentifier: "teams"})
	require.NoError(t, err)
	acme := teams.Customer("acme")
	added, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: secretFlow})
	require.NoError(t, err)
	_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: secretFlow + "#" + canary})
	require.Error(t, err)
	return []any{teams, acme, *added, err, customers.WithWebhook()}
}

// setupOf is a set-up of the server, and what its package returns.
func setupOf(t *testing.T, srv *novutest.Server) []any {
	t.Helper()
	who := setup.Identities{Directory: func(context.Context, string, string) (msteams.Token, error) {
		return msteams.Token{AccessToken: canary}, nil
	}}
	s, err := setup.New(srv.Client(), setup.Config{
		UniqueName: "acme", TenantID: novutest.DefaultTenantID, IntegrationIdentifier: "acme",
		App: manifest.App{Name: "Acme", Description: "Alerts", Developer: manifest.Developer{
			Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example", TermsOfUseURL: "https://acme.example",
		}},
		MessagingEndpoint: "https://bot.example/messages?code=" + canary,
	}, who, setup.WithMSTeams(srv.MSTeamsOptions()...))
	require.NoError(t, err)
	plan, err := s.Plan(t.Context())
	require.NoError(t, err)
	_, err = s.Keys(t.Context())
	require.Error(t, err)
	return []any{s, *plan, err, who, setup.WithMSTeams()}
}

// secretly is how a field is named that holds a secret and is a plain string.
var secretly = regexp.MustCompile(`Secret$|Token$|Password$|SecretKey$`)

// fill puts the canary wherever a secret has its place in v, and something
// everywhere else.
func fill(v reflect.Value, field string, depth int) {
	switch known := v.Addr().Interface().(type) {
	case *novu.Secret:
		*known = canary
	case *novu.SecretMap:
		*known = novu.SecretMap{"a": canary, "b": map[string]any{"c": []any{canary}}}
	case *novu.Endpoint:
		*known = novu.WebhookEndpoint{URL: canary}
	case *novu.RawEndpoint:
		*known = novu.RawEndpoint{EndpointType: novu.EndpointPagerDutyService, Raw: []byte(`{"routingKey":"` + canary + `"}`)}
	case *novu.Response:
		*known = novu.Response{StatusCode: 200, Header: http.Header{"X-Secret": {canary}}, Body: []byte(canary)}
	case *novutest.WebhookURL:
		*known = secretFlow
	case *novutest.Request:
		*known = novutest.Request{
			Method: "POST", Path: "/x?sig=" + canary + "&code=" + canary, Header: http.Header{"Authorization": {"Bearer " + canary}},
			Body: []byte(`{"client_secret":"` + canary + `","credentials":{"secretKey":"` + canary + `"},"auth":{"accessToken":"` + canary + `"}}`),
		}
	case *time.Time:
		*known = time.Unix(1e9, 0)
	default:
		fillKind(v, field, depth)
	}
}

func fillKind(v reflect.Value, field string, depth int) {
	if depth > 6 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
		if secretly.MatchString(field) {
			v.SetString(canary)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), field, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), field, depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, "", depth+1)
		fill(value, field, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				fill(v.Field(i), f.Name, depth+1)
			}
		}
	}
}

// nameOf is a type's name as go/types has it, without type arguments.
func nameOf(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}
