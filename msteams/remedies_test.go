package msteams_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// A remedy is a server's answer and what the error then tells people to do, in full. Every remedy
// stands here once.
type remedy struct {
	status int
	body   string
	header []string
	kinds  []error
	not    []error
	text   string
}

func checkRemedies(t *testing.T, remedies []remedy, call func(t *testing.T, a answer) error) {
	t.Helper()
	for _, r := range remedies {
		t.Run(fmt.Sprint(r.status, r.body[:min(len(r.body), 60)]), func(t *testing.T) {
			t.Parallel()
			err := call(t, status(r.status, r.body, r.header...))
			for _, kind := range r.kinds {
				require.ErrorIs(t, err, kind)
			}
			for _, kind := range r.not {
				require.NotErrorIs(t, err, kind)
			}
			assert.Equal(t, r.text, asError(t, err).Remedy)
			if r.text != "" {
				assert.ErrorContains(t, err, "; "+r.text+" (")
			}
		})
	}
}

const consent = "send an administrator of the tenant through the connect URL, or the link in Consent"

func signInBody(number int) string {
	return fmt.Sprintf(`{"error":"interaction_required","error_codes":[%d],"error_description":"AADSTS%d: It is so. Trace ID: t Correlation ID: c"}`, number, number)
}

func numbers(text string, kind error, all ...int) []remedy {
	var rows []remedy
	for _, number := range all {
		rows = append(rows, remedy{status: 400, body: signInBody(number), kinds: []error{kind}, text: text})
	}
	return rows
}

func TestSignInRemedies(t *testing.T) {
	t.Parallel()
	const exempt = "an administrator must exempt the app from the tenant's conditional access policy"
	var rows []remedy
	for _, more := range [][]remedy{
		numbers("use the secret's value, not its id", msteams.ErrInvalidSecret, 7000215),
		numbers("make a new client secret and configure it here and in Novu", msteams.ErrSecretExpired, 7000222),
		numbers("the app registration wants a secret or an assertion, and none was sent", msteams.ErrInvalidSecret, 7000218),
		numbers("an administrator must enable the enterprise application", msteams.ErrAppDisabled, 7000112),
		numbers("the app is not in this tenant: check the tenant id, or "+consent, msteams.ErrNotConsented, 700016),
		numbers("the app has no service principal in the tenant: "+consent, msteams.ErrNotConsented, 7000229),
		numbers(consent, msteams.ErrNotConsented, 650052, 650056, 650057, 65001, 90094, 90093, 65005, 90090),
		numbers("ask the administrator again", msteams.ErrConsentDeclined, 65004),
		numbers("check the tenant id, and that the cloud is the tenant's", msteams.ErrTenantNotFound, 90002, 50059, 50128),
		numbers("the tenant id is neither a GUID nor a domain: take the Workspace.ID of the connection", msteams.ErrTenantNotFound, 900023),
		numbers("the resource is not in the tenant: check the scope and the cloud", msteams.ErrMisconfigured, 500011),
		numbers(`name the tenant rather than "common", and make the app registration multi-tenant`, msteams.ErrMisconfigured, 50194, 9001023),
		numbers(`the scope must end in "/.default"`, msteams.ErrMisconfigured, 70011, 1002012),
		numbers("a network on the way restricts which tenants may be reached: its administrator must allow this tenant", msteams.ErrConditionalAccess, 500021, 500022),
		numbers("an administrator must allow the app in the cross-tenant access settings", msteams.ErrConditionalAccess, 500212, 500213),
		numbers(exempt, msteams.ErrConditionalAccess, 53000, 53001, 53002, 53003, 53011, 530003, 530035, 530084, 50005, 50097, 50131, 50158),
		numbers("the tenant wants a second factor: sign in again, or "+exempt, msteams.ErrConditionalAccess, 50072, 50074, 50076, 50078, 50079),
		numbers("the administrator is blocked for a risk in their home tenant: another administrator of the tenant must consent", msteams.ErrConditionalAccess, 530034),
		numbers("check the certificate, or the subject of the federated credential, in the app registration", msteams.ErrInvalidCertificate,
			700021, 700023, 700024, 700027, 700030, 50012, 50013),
		numbers("Microsoft's sign-in has a temporary problem: try again later", msteams.ErrServer, 90033, 90012, 90024, 50033, 90006),
		numbers("too many tokens are asked for: share one client, which caches them, and back off", msteams.ErrThrottled, 90055, 50196),
		numbers("choose the tenant's cloud with WithCloud", msteams.ErrWrongCloud, 90038, 900382, 900432),
		numbers("", msteams.ErrValidation, 123456789),
	} {
		rows = append(rows, more...)
	}
	neither := []error{msteams.ErrNotConsented, msteams.ErrConsentDeclined, msteams.ErrInvalidSecret}
	named := func(name string, text string, kind error, not ...error) remedy {
		return remedy{status: 400, body: `{"error":"` + name + `"}`, kinds: []error{kind}, not: not, text: text}
	}
	numbered := func(name string, kind error) remedy {
		body := `{"error":"` + name + `","error_codes":[123456789],"error_description":"AADSTS123456789: New."}`
		return remedy{status: 400, body: body, kinds: []error{kind}, text: ""}
	}
	rows = append(rows,
		named("invalid_client", "check the client id and the secret", msteams.ErrInvalidSecret),
		named("unauthorized_client", consent, msteams.ErrNotConsented),
		named("invalid_grant", consent, msteams.ErrNotConsented),
		named("consent_required", consent, msteams.ErrNotConsented),
		named("access_denied", "ask the administrator again", msteams.ErrConsentDeclined),
		named("invalid_scope", "check the scope and the cloud", msteams.ErrMisconfigured),
		named("invalid_resource", "check the scope and the cloud", msteams.ErrMisconfigured),
		named("invalid_request", "check the tenant id and the app registration", msteams.ErrMisconfigured),
		named("temporarily_unavailable", "try again later", msteams.ErrServer),
		named("server_error", "try again later", msteams.ErrServer),
		named("something_new", "", msteams.ErrValidation, neither...),
		numbered("invalid_client", msteams.ErrInvalidSecret),
		numbered("invalid_scope", msteams.ErrMisconfigured),
		remedy{status: 400, body: `{"error":"access_denied","error_codes":[123456789]}`, kinds: []error{msteams.ErrValidation}, not: neither},
		remedy{status: 400, body: `{"error":"invalid_grant","error_codes":[123456789]}`, kinds: []error{msteams.ErrValidation}, not: neither},
	)
	checkRemedies(t, rows, func(t *testing.T, a answer) error {
		f := newFake(t)
		f.on("POST /login/", a)
		return second(f.tenant(t).GraphToken(t.Context()))
	})
}

func TestRemediesOfTheBotToken(t *testing.T) {
	t.Parallel()
	unknownApp := status(400, signInBody(700016))
	for name, c := range map[string]struct {
		opts   []msteams.Option
		secret msteams.Secret
		answer answer
		kind   error
		remedy string
	}{
		"a secret's id": {
			secret: appID, answer: status(401, `{"error":"invalid_client","error_codes":[7000215]}`), kind: msteams.ErrInvalidSecret,
			remedy: "the configured secret has the form of an id: use the secret's value, which Azure shows only once, not its id",
		},
		"the bot of another tenant": {
			answer: unknownApp, kind: msteams.ErrMisconfigured,
			remedy: "the bot token was asked of tenant " + home + ", which does not know the app: set Credentials.TenantID to the tenant of the app registration, " +
				`or WithBotTenant("botframework.com") for a multi-tenant bot`,
		},
		"the bot of another tenant of the US Government": {
			opts: []msteams.Option{msteams.WithCloud(msteams.CloudGCCHigh)}, answer: unknownApp, kind: msteams.ErrMisconfigured,
			remedy: "the bot token was asked of tenant " + home + ", which does not know the app: set Credentials.TenantID to the tenant of the app registration, " +
				`or WithBotTenant("MicrosoftServices.onmicrosoft.us") for a multi-tenant bot`,
		},
		"a single-tenant bot at botframework.com": {
			opts: []msteams.Option{msteams.WithBotTenant(msteams.BotFrameworkTenant)}, answer: unknownApp, kind: msteams.ErrMisconfigured,
			remedy: "the bot is single-tenant: leave WithBotTenant out and set Credentials.TenantID to the tenant of the app registration",
		},
		"a single-tenant bot of the US Government": {
			opts:   []msteams.Option{msteams.WithCloud(msteams.CloudDoD), msteams.WithBotTenant("microsoftservices.onmicrosoft.us")},
			answer: unknownApp, kind: msteams.ErrMisconfigured,
			remedy: "the bot is single-tenant: leave WithBotTenant out and set Credentials.TenantID to the tenant of the app registration",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /login/", c.answer)
			own := msteams.Credentials{ClientID: clientID, ClientSecret: secret, TenantID: home}
			if c.secret != "" {
				own.ClientSecret = c.secret
			}
			client, err := msteams.NewClient(own, f.options(c.opts...)...)
			require.NoError(t, err)
			_, err = client.BotToken(t.Context())
			require.ErrorIs(t, err, c.kind)
			require.NotErrorIs(t, err, msteams.ErrNotConsented)
			assert.Equal(t, c.remedy, asError(t, err).Remedy)
		})
	}
}

func TestGraphRemedies(t *testing.T) {
	t.Parallel()
	const roles = "Missing role permissions on the request. API requires one of 'Team.ReadBasic.All, Group.Read.All'. Roles on the request '%s'."
	const selfOnly = "the app may install only itself: webApplicationInfo.id in the Teams app's manifest must be this client's id (manifest.App.GraphInstall)"
	checkRemedies(t, []remedy{
		{status: 400, body: graphBody("BadRequest", "Bad filter"), kinds: []error{msteams.ErrValidation}},
		{status: 401, body: graphBody("InvalidAuthenticationToken", "Lifetime validation failed"), kinds: []error{msteams.ErrUnauthorized},
			text: "Graph does not accept the token, a new one included: check that cloud and tenant are right"},
		{status: 401, body: "", kinds: []error{msteams.ErrUnauthorized}},
		{status: 403, body: graphBody("Forbidden", fmt.Sprintf(roles, "")), kinds: []error{msteams.ErrForbidden, msteams.ErrNotConsented},
			text: "no administrator has consented yet: " + consent},
		{status: 403, body: graphBody("Forbidden", fmt.Sprintf(roles, "User.Read.All")), kinds: []error{msteams.ErrForbidden}, not: []error{msteams.ErrNotConsented},
			text: "grant one of Team.ReadBasic.All, Group.Read.All: add it to the app registration, then " + consent + "; what was granted just now may take Microsoft an hour"},
		{status: 403, body: graphBody("Authorization_RequestDenied", "Insufficient privileges"), kinds: []error{msteams.ErrForbidden},
			text: "the app lacks a permission on the directory, such as User.ReadBasic.All: add it and have it consented to"},
		{status: 403, body: graphBody("Forbidden", "The app is not allowed to manage the Teams app."), kinds: []error{msteams.ErrForbidden}, text: selfOnly},
		{status: 403, body: graphBody("Forbidden", "app x may not manage Teams app y"), kinds: []error{msteams.ErrForbidden}, text: selfOnly},
		{status: 403, body: graphBody("", "?"), kinds: []error{msteams.ErrForbidden}},
		{status: 404, body: graphBody("NotFound", "No team found"), kinds: []error{msteams.ErrNotFound}},
		{status: 408, body: "", kinds: []error{msteams.ErrServer}, text: "try again later"},
		{status: 409, body: graphBody("Conflict", "Exists"), kinds: []error{msteams.ErrConflict}},
		{status: 410, body: graphBody("Gone", "The team is archived"), kinds: []error{msteams.ErrNotFound}},
		{status: 412, body: graphBody("PreconditionFailed", "Resource-specific permissions can not be granted"), kinds: []error{msteams.ErrConflict, msteams.ErrNotConsented},
			text: "the app asks for resource-specific permissions: install it with WithResourceConsent, which needs " +
				"TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All (for a user …SelfForUser.All), or have an owner of the team install it"},
		{status: 412, body: graphBody("PreconditionFailed", "The etag differs"), kinds: []error{msteams.ErrConflict}},
		{status: 423, body: graphBody("resourceLocked", "The team is locked"), kinds: []error{msteams.ErrConflict}},
		{status: 424, body: graphBody("FailedDependency", ""), kinds: []error{msteams.ErrServer}, text: "try again later"},
		{status: 429, body: graphBody("TooManyRequests", "Slow down"), kinds: []error{msteams.ErrThrottled}, text: "send fewer requests"},
		{status: 429, body: "", header: []string{"Retry-After", "90"}, kinds: []error{msteams.ErrThrottled}, text: "wait 1m30s, as the service asks"},
		{status: 503, body: graphBody("ServiceUnavailable", "Busy"), kinds: []error{msteams.ErrServer}, text: "try again later"},
		{status: 502, body: "<html><title>Bad gateway</title></html>", kinds: []error{msteams.ErrServer}, text: "try again later"},
		{status: 302, body: "", header: []string{"Location", "https://evil.example/"}, kinds: []error{msteams.ErrBadAnswer},
			text: "Microsoft's services do not redirect: check the endpoint"},
	}, func(t *testing.T, a answer) error {
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", a)
		return second(collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{})))
	})
}

func connectorBody(code, message string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, code, message)
}

const (
	install = "install the app in the team (InstallInTeam) or for the user (InstallForUser)"
	unblock = "install the app for the user (InstallForUser): Teams also says this if it was never installed; if it is installed, the user has to unblock the bot"
	posted  = "it may have been posted: look into the conversation before you send it again"
)

// writesBlocked is how the connector says it beside an error number: as JSON in the message.
const writesBlocked = `{"errorCode":209,"message":"{\r\n  \"subCode\": \"MessageWritesBlocked\",\r\n  \"details\": \"Thread is blocked from message writes.\",\r\n  \"errorCode\": null\r\n}"}`

func TestConnectorRemedies(t *testing.T) {
	t.Parallel()
	notInstalled := []error{msteams.ErrBotNotInstalled}
	otherBot := "the id is another bot's: an id 29:… or a:… holds for the bot that got it; look the member up with Member"
	passing := "the service has a temporary problem: try again later"
	checkRemedies(t, []remedy{
		{status: 403, body: connectorBody("BotNotInConversationRoster", "The bot is not part of it."), kinds: []error{msteams.ErrBotNotInstalled, msteams.ErrForbidden}, text: install},
		{status: 404, body: connectorBody("BotNotInConversationRoster", ""), kinds: notInstalled, text: install},
		{status: 403, body: connectorBody("BadArgument", "Bot is not installed in user's personal scope"), kinds: notInstalled, text: install},
		{status: 400, body: connectorBody("BadArgument", "Something else"), kinds: []error{msteams.ErrValidation}},
		{status: 403, body: connectorBody("BadArgument", "Something else"), kinds: []error{msteams.ErrForbidden}, not: notInstalled},
		{status: 403, body: connectorBody("BadArgument", "the conversation id can not be decrypted"), kinds: []error{msteams.ErrForbidden, msteams.ErrValidation}, not: notInstalled, text: otherBot},
		{status: 403, body: connectorBody("ServiceError", "Unknown"), kinds: []error{msteams.ErrForbidden, msteams.ErrServer}, not: notInstalled, text: passing},
		{status: 403, body: connectorBody("ConversationBlockedByUser", ""), kinds: []error{msteams.ErrBotBlocked}, text: unblock},
		{status: 403, body: writesBlocked, kinds: []error{msteams.ErrBotBlocked, msteams.ErrForbidden}, text: unblock},
		{status: 403, body: connectorBody("BotDisabledByAdmin", ""), kinds: []error{msteams.ErrBotDisabled}, text: "an administrator must allow the app in the Teams admin center"},
		{status: 403, body: connectorBody("NotEnoughPermissions", ""), kinds: []error{msteams.ErrForbidden},
			text: "the bot lacks a permission in this conversation: check the scopes of its manifest"},
		{status: 403, body: connectorBody("InvalidBotApiHost", ""), kinds: []error{msteams.ErrWrongCloud},
			text: "the service URL is not that of the tenant's cloud or region: see WithCloud and WithServiceURL"},
		{status: 401, body: connectorBody("BotNotRegistered", "No registration found for this bot."), kinds: []error{msteams.ErrUnauthorized},
			text: "no Azure Bot has this client's id: create one with the Teams channel, or correct Credentials.ClientID"},
		{status: 404, body: connectorBody("ConversationNotFound", "Conversation not found."), kinds: []error{msteams.ErrConversationNotFound, msteams.ErrNotFound},
			text: "check the id, and that the bot is installed in its team or chat"},
		{status: 404, body: connectorBody("MemberNotFoundInConversation", ""), kinds: []error{msteams.ErrMemberNotFound, msteams.ErrNotFound}, text: "check the id: the user is not in the conversation"},
		{status: 400, body: connectorBody("MemberNotFoundInConversation", ""), kinds: []error{msteams.ErrMemberNotFound}, text: "check the id: the user is not in the conversation"},
		{status: 412, body: "", kinds: []error{msteams.ErrServer}, text: "the conversation was changed at the same time: try again later"},
		{status: 413, body: connectorBody("MessageSizeTooBig", "Too big"), kinds: []error{msteams.ErrPayloadTooLarge}, text: "make the message smaller"},
		{status: 429, body: "", kinds: []error{msteams.ErrThrottled}, text: "send fewer requests"},
		{status: 408, body: "", kinds: []error{msteams.ErrServer}, text: posted},
		{status: 500, body: connectorBody("ServiceError", ""), kinds: []error{msteams.ErrServer}, text: posted},
		{status: 502, body: "", kinds: []error{msteams.ErrServer}, text: posted},
		{status: 504, body: "", kinds: []error{msteams.ErrServer}, text: posted},
		{status: 401, body: `{"message":"Authorization has been denied for this request."}`, kinds: []error{msteams.ErrUnauthorized},
			text: "the bot token was issued by tenant " + home + ": check that the bot's app registration lives there (WithBotTenant), and that an Azure Bot resource with the Teams channel exists for it"},
		{status: 403, body: `{"errorCode":209,"message":"Unknown member"}`, kinds: []error{msteams.ErrForbidden}, not: notInstalled},
		{status: 403, body: "", kinds: []error{msteams.ErrForbidden}, not: notInstalled},
		{status: 404, body: "<html>none</html>", kinds: []error{msteams.ErrNotFound}, not: []error{msteams.ErrConversationNotFound}},
	}, func(t *testing.T, a answer) error {
		f := newFake(t)
		f.on("POST /connector/teams/v3/conversations/{id}/activities", a)
		return second(f.tenant(t).SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: "hi"}))
	})
	checkRemedies(t, []remedy{{status: 502, kinds: []error{msteams.ErrServer}, text: "try again later"}}, func(t *testing.T, a answer) error {
		f := newFake(t)
		f.on("GET /connector/teams/v3/teams/{id}", a)
		return second(f.tenant(t).TeamDetails(t.Context(), channelID))
	})
}

func TestWhatErrorsHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, code, message, request string
		status                       int
		body                         string
		call                         func(context.Context, *msteams.Tenant) error
	}{
		"sign-in": {path: "POST /login/", status: 400, code: "AADSTS7000112", message: "It is so.", request: "the-trace",
			body: `{"error":"x","error_description":"AADSTS7000112: It is so. Trace ID: t Correlation ID: c","trace_id":"the-trace"}`,
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.GraphToken(ctx)) }},
		"Graph": {path: "GET /graph/v1.0/users/{id}", status: 404, code: "NotFound", message: "None", request: "the-request", body: graphBody("NotFound", "None"),
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.User(ctx, userID)) }},
		"Graph, spelled otherwise": {path: "GET /graph/v1.0/users/{id}", status: 404, code: "NotFound", request: "r", body: `{"error":{"code":"NotFound","innererror":{"request-id":"r"}}}`,
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.User(ctx, userID)) }},
		"a bare message": {path: "GET /connector/", status: 403, message: "Denied.", body: `{"message":"Denied."}`,
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.TeamDetails(ctx, channelID)) }},
		"a number": {path: "GET /connector/", status: 403, code: "209", message: "Unknown member", body: `{"errorCode":209,"message":"Unknown member"}`,
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.TeamDetails(ctx, channelID)) }},
		"a subcode": {path: "GET /connector/", status: 403, code: "MessageWritesBlocked", message: "Thread is blocked from message writes.", body: writesBlocked,
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.TeamDetails(ctx, channelID)) }},
		"a page": {path: "GET /connector/", status: 404, message: `"<html>none</html>"`, body: "<html>none</html>",
			call: func(ctx context.Context, t *msteams.Tenant) error { return second(t.TeamDetails(ctx, channelID)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on(c.path, status(c.status, c.body))
			e := asError(t, c.call(t.Context(), f.tenant(t)))
			assert.Equal(t, c.status, e.StatusCode)
			assert.Equal(t, c.code, e.Code)
			assert.Equal(t, c.message, e.Message)
			assert.Equal(t, c.request, e.RequestID)
			assert.Equal(t, customer, e.Tenant)
			assert.Contains(t, e.Error(), http.StatusText(c.status))
		})
	}
}
