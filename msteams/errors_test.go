package msteams_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// The rows of Microsoft's table of sign-in errors.
func TestSignInErrors(t *testing.T) {
	t.Parallel()
	rows := []struct {
		numbers []int
		kind    error
		remedy  string
	}{
		{[]int{7000215}, msteams.ErrInvalidSecret, "use the secret's value, not its id"},
		{[]int{7000222}, msteams.ErrSecretExpired, "make a new client secret"},
		{[]int{7000112}, msteams.ErrAppDisabled, "must enable"},
		{[]int{700016}, msteams.ErrNotConsented, "check the tenant id, or send an administrator"},
		{[]int{7000229}, msteams.ErrNotConsented, "send an administrator"},
		{[]int{650052, 650056, 650057, 65001, 90094, 90093, 65005, 90090}, msteams.ErrNotConsented, "send an administrator"},
		{[]int{65004}, msteams.ErrConsentDeclined, "ask the administrator again"},
		{[]int{90002, 50059}, msteams.ErrTenantNotFound, "check the tenant id"},
		{[]int{500011}, msteams.ErrMisconfigured, "check the scope and the cloud"},
		{[]int{50194, 9001023}, msteams.ErrMisconfigured, "multi-tenant"},
		{[]int{53003}, msteams.ErrConditionalAccess, "policy"},
		{[]int{70011, 1002012}, msteams.ErrMisconfigured, `"/.default"`},
		{[]int{700027, 700030}, msteams.ErrInvalidCertificate, "certificate"},
		{[]int{90033, 90012, 90024, 50033, 90006}, msteams.ErrServer, "try again later"},
		{[]int{90055, 50196}, msteams.ErrThrottled, "back off"},
		{[]int{90038, 900382, 900432}, msteams.ErrWrongCloud, "WithCloud"},
	}
	for _, row := range rows {
		for _, number := range row.numbers {
			for _, withCodes := range []bool{true, false} {
				body := object{
					"error":             "invalid_anything",
					"error_description": fmt.Sprintf("AADSTS%d: It is so. Trace ID: t Correlation ID: c Timestamp: now", number),
					"trace_id":          "the-trace",
				}
				if withCodes {
					body["error_codes"] = []int{number}
				}
				data, _ := json.Marshal(body)
				f := newFake(t)
				f.on("POST /login/", status(400, string(data)))
				_, err := f.tenant(t).GraphToken(t.Context())
				require.ErrorIs(t, err, row.kind, "%d", number)
				e := asError(t, err)
				assert.Contains(t, e.Remedy, row.remedy)
				assert.Contains(t, err.Error(), e.Remedy)
				assert.Equal(t, fmt.Sprintf("AADSTS%d", number), e.Code)
				assert.Equal(t, "It is so.", e.Message)
				assert.Equal(t, "the-trace", e.RequestID)
				assert.Equal(t, customer, e.Tenant)
				assert.Equal(t, 400, e.StatusCode)
			}
		}
	}
}

func TestSignInErrorsByName(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]error{
		"invalid_client": msteams.ErrInvalidSecret, "unauthorized_client": msteams.ErrNotConsented, "invalid_grant": msteams.ErrNotConsented,
		"invalid_scope": msteams.ErrMisconfigured, "invalid_request": msteams.ErrMisconfigured, "temporarily_unavailable": msteams.ErrServer,
		"something_new": msteams.ErrValidation,
	} {
		f := newFake(t)
		f.on("POST /login/", status(400, `{"error":"`+name+`","error_codes":[123456789],"error_description":"AADSTS123456789: New."}`))
		_, err := f.tenant(t).GraphToken(t.Context())
		require.ErrorIs(t, err, kind, name)
	}
}

func TestRemediesThatDependOnTheConfiguration(t *testing.T) {
	t.Parallel()
	unknownApp := status(400, `{"error":"unauthorized_client","error_codes":[700016],"error_description":"AADSTS700016: Application not found."}`)
	t.Run("a secret's id", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on("POST /login/", status(401, `{"error":"invalid_client","error_codes":[7000215]}`))
		c, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: appID, TenantID: home}, f.options()...)
		require.NoError(t, err)
		_, err = c.BotToken(t.Context())
		require.ErrorIs(t, err, msteams.ErrInvalidSecret)
		assert.Contains(t, asError(t, err).Remedy, "has the form of an id")
	})
	t.Run("the bot of another tenant", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on("POST /login/", unknownApp)
		_, err := f.client(t).BotToken(t.Context())
		require.ErrorIs(t, err, msteams.ErrMisconfigured)
		require.NotErrorIs(t, err, msteams.ErrNotConsented)
		assert.Contains(t, asError(t, err).Remedy, "asked of tenant "+home)
		assert.Equal(t, home, asError(t, err).Tenant)
	})
	t.Run("a single-tenant bot at botframework.com", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on("POST /login/", unknownApp)
		_, err := f.client(t, msteams.WithBotTenant(msteams.BotFrameworkTenant)).BotToken(t.Context())
		assert.Contains(t, asError(t, err).Remedy, "single-tenant")
		assert.Contains(t, err.Error(), "tenant botframework.com")
	})
}

func graphBody(code, message string) string {
	data, _ := json.Marshal(object{"error": object{"code": code, "message": message, "innerError": object{"request-id": "the-request"}}})
	return string(data)
}

func TestGraphErrors(t *testing.T) {
	t.Parallel()
	const roles = "Missing role permissions on the request. API requires one of 'Team.ReadBasic.All, Group.Read.All'. Roles on the request '%s'."
	rows := []struct {
		status int
		body   string
		kinds  []error
		remedy string
	}{
		{400, graphBody("BadRequest", "Bad filter"), []error{msteams.ErrValidation}, ""},
		{401, graphBody("InvalidAuthenticationToken", "Lifetime validation failed"), []error{msteams.ErrUnauthorized}, "cloud and tenant"},
		{403, graphBody("Forbidden", fmt.Sprintf(roles, "")), []error{msteams.ErrForbidden, msteams.ErrNotConsented}, "no administrator has consented"},
		{403, graphBody("Forbidden", fmt.Sprintf(roles, "User.Read.All")), []error{msteams.ErrForbidden}, "grant one of Team.ReadBasic.All, Group.Read.All"},
		{403, graphBody("Authorization_RequestDenied", "Insufficient privileges"), []error{msteams.ErrForbidden}, "permission on the directory"},
		{403, graphBody("", "?"), []error{msteams.ErrForbidden}, "Consent"},
		{404, graphBody("NotFound", "No team found"), []error{msteams.ErrNotFound}, ""},
		{409, graphBody("Conflict", "Exists"), []error{msteams.ErrConflict}, ""},
		{429, graphBody("TooManyRequests", "Slow down"), []error{msteams.ErrThrottled}, "send fewer requests"},
		{503, strings.Replace(graphBody("ServiceUnavailable", "Busy"), "innerError", "innererror", 1), []error{msteams.ErrServer}, "later"},
		{502, "<html><title>Bad gateway</title></html>", []error{msteams.ErrServer}, "later"},
		{302, "", []error{msteams.ErrBadAnswer}, "do not redirect"},
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.status, row.body[:min(30, len(row.body))]), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET /graph/v1.0/teams", status(row.status, row.body, "Location", "https://evil.example/"))
			_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
			for _, kind := range row.kinds {
				require.ErrorIs(t, err, kind)
			}
			e := asError(t, err)
			assert.Contains(t, e.Remedy, row.remedy)
			assert.Equal(t, row.status, e.StatusCode)
			assert.Equal(t, customer, e.Tenant)
			if strings.Contains(row.body, "request-id") {
				assert.Equal(t, "the-request", e.RequestID)
			}
		})
	}
}

func TestMissingPermission(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(403, graphBody("Forbidden",
		"Missing role permissions on the request. API requires one of 'Team.ReadBasic.All, TeamSettings.Read.All'. Roles on the request 'User.Read.All, AppCatalog.Read.All'.")))
	_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	var missing *msteams.MissingPermissionError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, []string{"Team.ReadBasic.All", "TeamSettings.Read.All"}, missing.Required)
	assert.Equal(t, []string{"User.Read.All", "AppCatalog.Read.All"}, missing.Granted)
	require.NotErrorIs(t, err, msteams.ErrNotConsented, "something was granted")
	assert.Equal(t, "missing permission: one of Team.ReadBasic.All, TeamSettings.Read.All is required, granted: User.Read.All, AppCatalog.Read.All", missing.Error())
}

func TestConnectorErrors(t *testing.T) {
	t.Parallel()
	body := func(code, message string) string {
		data, _ := json.Marshal(object{"error": object{"code": code, "message": message}})
		return string(data)
	}
	rows := []struct {
		status  int
		body    string
		kinds   []error
		code    string
		message string
		remedy  string
	}{
		{403, body("BotNotInConversationRoster", "The bot is not part of it."), []error{msteams.ErrBotNotInstalled, msteams.ErrForbidden}, "BotNotInConversationRoster", "The bot is not part of it.", "InstallInTeam"},
		{404, body("BotNotInConversationRoster", ""), []error{msteams.ErrBotNotInstalled}, "BotNotInConversationRoster", "", "InstallInTeam"},
		{403, body("BadArgument", "Bot is not installed in user's personal scope"), []error{msteams.ErrBotNotInstalled}, "BadArgument", "Bot is not installed in user's personal scope", "InstallForUser"},
		{400, body("BadArgument", "Something else"), []error{msteams.ErrValidation}, "BadArgument", "Something else", ""},
		{403, body("BadArgument", "Something else"), []error{msteams.ErrForbidden}, "BadArgument", "Something else", "tenant"},
		{403, body("ConversationBlockedByUser", ""), []error{msteams.ErrBotBlocked}, "ConversationBlockedByUser", "", "unblock"},
		{403, body("BotDisabledByAdmin", ""), []error{msteams.ErrBotDisabled}, "BotDisabledByAdmin", "", "admin center"},
		{403, body("NotEnoughPermissions", ""), []error{msteams.ErrForbidden}, "NotEnoughPermissions", "", "manifest"},
		{403, body("InvalidBotApiHost", ""), []error{msteams.ErrWrongCloud}, "InvalidBotApiHost", "", "WithServiceURL"},
		{404, body("ConversationNotFound", "Conversation not found."), []error{msteams.ErrConversationNotFound, msteams.ErrNotFound}, "ConversationNotFound", "Conversation not found.", "check the id"},
		{404, body("MemberNotFoundInConversation", ""), []error{msteams.ErrMemberNotFound, msteams.ErrNotFound}, "MemberNotFoundInConversation", "", "check the id"},
		{412, "", []error{msteams.ErrServer}, "", "", "later"},
		{413, body("MessageSizeTooBig", "Too big"), []error{msteams.ErrPayloadTooLarge}, "MessageSizeTooBig", "Too big", "smaller"},
		{429, "", []error{msteams.ErrThrottled}, "", "", "fewer"},
		{500, body("ServiceError", ""), []error{msteams.ErrServer}, "ServiceError", "", "later"},
		{502, "", []error{msteams.ErrServer}, "", "", "later"},
		{503, "", []error{msteams.ErrServer}, "", "", "later"},
		{504, "", []error{msteams.ErrServer}, "", "", "later"},
		{401, `{"message":"Authorization has been denied for this request."}`, []error{msteams.ErrUnauthorized}, "", "Authorization has been denied for this request.", "issued by tenant " + home},
		{403, `{"errorCode":209,"message":"Unknown member"}`, []error{msteams.ErrForbidden}, "209", "Unknown member", ""},
		{403, "", []error{msteams.ErrForbidden}, "", "", ""},
		{404, "<html>none</html>", []error{msteams.ErrNotFound}, "", `"<html>none</html>"`, ""},
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.status, row.code, row.message), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /connector/teams/v3/conversations/{id}/activities", status(row.status, row.body))
			_, err := f.tenant(t).SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: "hi"})
			for _, kind := range row.kinds {
				require.ErrorIs(t, err, kind)
			}
			e := asError(t, err)
			assert.Equal(t, row.code, e.Code)
			assert.Equal(t, row.message, e.Message)
			assert.Contains(t, e.Remedy, row.remedy)
		})
	}
}

// Which failures are repeated follows from what the operation is.
func TestRetries(t *testing.T) {
	t.Parallel()
	type cell struct{ read, post int } // requests
	for code, want := range map[int]cell{
		412: {2, 1}, 429: {2, 2}, 500: {2, 1}, 502: {2, 1}, 503: {2, 1}, 504: {2, 1}, 408: {2, 1}, 404: {1, 1}, 403: {1, 1},
	} {
		f := newFake(t)
		f.on("GET /connector/teams/v3/teams/{id}", status(code, ""), ok(object{}))
		f.on("POST /connector/teams/v3/conversations/{id}/activities", status(code, ""), ok(object{}))
		tenant := f.tenant(t)
		_, _ = tenant.TeamDetails(t.Context(), channelID)
		_, _ = tenant.SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: "hi"})
		assert.Len(t, f.requests("/v3/teams/"), want.read, "read after %d", code)
		assert.Len(t, f.requests("/activities"), want.post, "post after %d", code)
	}
}

func TestRetryAfterIsInTheError(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(429, graphBody("TooManyRequests", "Slow down"), "Retry-After", "120"))
	_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	e := asError(t, err)
	assert.Equal(t, "2m0s", e.RetryAfter.String())
	assert.Equal(t, 1, e.Attempts)
	require.ErrorContains(t, err, "the retry policy allows 1m0s; wait 2m0s")
}

// Nothing that is printed holds a secret, whatever the servers echo.
func TestSecretsStayOutOfWhatIsPrinted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	token := jwt(customer, "Team.ReadBasic.All")
	echo := func(code int) answer {
		return func(w http.ResponseWriter, r *http.Request) {
			status(code, `{"error":{"code":"x","message":"secret `+secret+` token `+token+`"},"error_description":"`+secret+`"}`)(w, r)
		}
	}
	f.on("POST /login/"+home+"/", echo(401))
	f.on("GET /graph/v1.0/teams", echo(403))
	f.on("GET /graph/v1.0/teams/{id}/channels", status(200, `{"value":"`+token+`"}`))
	f.on("GET /graph/v1.0/users/{id}", ok(page("", team(1))))
	var log strings.Builder
	c := f.client(t, msteams.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	tenant := c.Tenant(customer)
	_, teamsErr := collect(tenant.Teams(t.Context(), msteams.ListTeamsParams{}))
	_, channelsErr := collect(tenant.Channels(t.Context(), teamID))
	_, botErr := c.BotToken(t.Context())
	got, err := tenant.GraphToken(t.Context())
	require.NoError(t, err)
	credentials := msteams.Credentials{ClientID: clientID, ClientSecret: secret}
	require.ErrorContains(t, teamsErr, "[redacted]")
	require.Error(t, channelsErr)
	require.Error(t, botErr)

	printed := log.String()
	for _, v := range []any{teamsErr, channelsErr, botErr, got, credentials, c, *c, tenant, *tenant} {
		printed += fmt.Sprintf("%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
		data, err := json.Marshal(v)
		require.NoError(t, err)
		printed += string(data)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	}
	printed += log.String()
	for _, canary := range []string{"canary", fmt.Sprintf("%x", "canary")} {
		assert.NotContains(t, printed, canary)
	}
}
