package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/novu-go/novu/msteams"
)

// refusal is the finding of a token that Microsoft does not issue to the app in its home tenant.
func (i *integration) refusal(ctx context.Context, err error) Finding {
	registration := "Azure portal > App registrations > " + i.app.clientID
	for _, row := range []struct {
		kind            error
		message, remedy string
	}{
		{
			kind: msteams.ErrSecretExpired, message: "the client secret has expired",
			remedy: "Make a new one in " + registration + " > Certificates & secrets, and store its Value in the integration.",
		},
		{
			kind: msteams.ErrInvalidSecret, message: "Microsoft does not accept the client secret",
			remedy: "Make a new one in " + registration + " > Certificates & secrets, and store its Value, not its Secret ID, in the integration.",
		},
		{
			kind: msteams.ErrTenantNotFound, message: "there is no such tenant in this cloud",
			remedy: "Copy the Directory (tenant) ID from " + registration + " > Overview into the integration.",
		},
		{
			kind: msteams.ErrNotConsented, message: "the tenant does not know the app: either the client id or the tenant id is not the app registration's",
			remedy: "Compare the Application (client) ID and the Directory (tenant) ID in " + registration + " > Overview with those in the integration.",
		},
		{
			kind: msteams.ErrAppDisabled, message: "the app is disabled in its tenant",
			remedy: "Let users sign in: Microsoft Entra admin center > Enterprise applications > (the bot's app) > Properties.",
		},
		{
			kind: msteams.ErrConditionalAccess, message: "a policy of the tenant keeps the app out",
			remedy: "Exempt the app in Microsoft Entra admin center > Protection > Conditional Access.",
		},
		{
			kind: msteams.ErrWrongCloud, message: "the tenant belongs to another of Microsoft's clouds",
			remedy: "Give WithMSTeams a client for the tenant's cloud (msteams.WithCloud).",
		},
		{kind: msteams.ErrMisconfigured, message: "Microsoft refuses the app's credentials", remedy: remedyOf(err)},
		{
			kind: msteams.ErrInvalidParams, message: "the credentials can't be right",
			remedy: "Copy the ids again from " + registration + " > Overview.",
		},
	} {
		if errors.Is(err, row.kind) {
			return broken(row.message, row.remedy).with("microsoft", answerOf(err))
		}
	}
	if isRefusal(err) {
		return broken("Microsoft issues no token to the app: "+answerOf(err), refusalRemedy(err, registration)).with("microsoft", answerOf(err))
	}
	return i.x.inconclusive(ctx, err)
}

func refusalRemedy(err error, registration string) string {
	if remedy := remedyOf(err); remedy != "" {
		return remedy
	}
	return "Compare the ids and the secret in the integration with " + registration + "."
}

// isRefusal tells a definite answer from one that may pass.
func isRefusal(err error) bool {
	var e *msteams.Error
	if !errors.As(err, &e) || errors.Is(err, msteams.ErrServer) || errors.Is(err, msteams.ErrThrottled) {
		return false
	}
	return e.StatusCode/100 == 4 && e.StatusCode != http.StatusRequestTimeout && e.StatusCode != http.StatusTooManyRequests
}

// errNoToken says why Graph was not even asked.
var errNoToken = errors.New("no token from Microsoft")

// unanswered is the finding of a read that Graph refuses because a permission is missing, or that
// failed otherwise.
func (x *examination) unanswered(ctx context.Context, err error) Finding {
	var missing *msteams.MissingPermissionError
	switch {
	case errors.Is(err, errNoToken):
		return x.inconclusive(ctx, err)
	case errors.As(err, &missing):
		f := notChecked("the app may not ask: it needs one of the permissions %s", strings.Join(missing.Required, ", "))
		f.Because = CheckConsent
		return f
	case errors.Is(err, msteams.ErrForbidden):
		return notChecked("the app may not ask: %s", answerOf(err))
	}
	return x.inconclusive(ctx, err)
}

// answerOf is what Microsoft answered, without the advice that comes with it.
func answerOf(err error) string {
	var e *msteams.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var parts []string
	if e.StatusCode != 0 {
		parts = append(parts, fmt.Sprint(e.StatusCode))
	}
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, " ")
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

func remedyOf(err error) string {
	var e *msteams.Error
	if errors.As(err, &e) {
		return e.Remedy
	}
	return ""
}
