package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// problem is an error in the words of whoever sees the page.
type problem struct {
	Status     int
	Text       string // what is wrong, a sentence
	Remedy     string // what to do, a sentence
	AddApp     bool   // the app package would help
	retryAfter time.Duration
}

func (p *problem) Error() string { return p.Text + " " + p.Remedy }

var (
	errSignedOut    = &problem{Status: http.StatusUnauthorized, Text: "You are signed out.", Remedy: "Sign in and try again."}
	errNoCustomer   = &problem{Status: http.StatusBadRequest, Text: "There is no such customer.", Remedy: "Choose one of those on the page."}
	errNotHere      = &problem{Status: http.StatusNotFound, Text: "There is nothing at this address.", Remedy: "Go back to the overview."}
	errForeign      = &problem{Status: http.StatusForbidden, Text: "This request came from another site.", Remedy: "Open the page here and try again."}
	errTooLarge     = &problem{Status: http.StatusRequestEntityTooLarge, Text: "That is too much for this form.", Remedy: "Send less."}
	errWrongHost    = &problem{Status: http.StatusMisdirectedRequest, Text: "This is not the address of this page.", Remedy: "Open the one that the program printed."}
	errNotConnected = &problem{Status: http.StatusConflict, Text: "Microsoft Teams is not connected.", Remedy: "Connect it on the overview first."}
	// The same for what does not exist and for what is another customer's.
	errNotYours = &problem{Status: http.StatusNotFound, Text: "You have no such thing.", Remedy: "It may have been removed: go back to the overview."}
)

// known puts errors of the two packages into words. The first that fits is said.
var known = []struct {
	is error
	problem
}{
	{novu.ErrFeatureNotEnabled, problem{Status: http.StatusBadGateway, Text: "Microsoft Teams is not enabled for this Novu organization.",
		Remedy: "Ask Novu's support to enable it; on a server of your own set IS_SLACK_TEAMS_ENABLED=true."}},
	{novu.ErrUnauthorized, problem{Status: http.StatusBadGateway, Text: "Novu does not accept the secret key.",
		Remedy: "Check NOVU_SECRET_KEY, and that NOVU_BASE_URL is the region that it belongs to."}},
	{novu.ErrRouteNotFound, problem{Status: http.StatusBadGateway, Text: "This Novu server is too old for that.",
		Remedy: "Update it; until then choose people from the list instead."}},
	{novu.ErrRateLimited, problem{Status: http.StatusServiceUnavailable, Text: "Novu is being asked too often.", Remedy: "Wait a moment and try again."}},
	{msteams.ErrThrottled, problem{Status: http.StatusServiceUnavailable, Text: "Microsoft is being asked too often.", Remedy: "Wait a moment and try again."}},
	{msteams.ErrNotConsented, problem{Status: http.StatusConflict, Text: "The consent for your tenant is missing or was withdrawn.",
		Remedy: "Have an administrator connect Microsoft Teams again."}},
	{msteams.ErrConsentDeclined, problem{Status: http.StatusConflict, Text: "The administrator declined.",
		Remedy: "Talk to them, then connect again."}},
	{msteams.ErrInvalidSecret, problem{Status: http.StatusBadGateway, Text: "Microsoft does not accept the bot's client secret.",
		Remedy: "Set MSTEAMS_CLIENT_SECRET to the secret's value (not its id), in Novu's integration too."}},
	{msteams.ErrSecretExpired, problem{Status: http.StatusBadGateway, Text: "The bot's client secret has expired.",
		Remedy: "Make a new one in the Azure portal under Certificates & secrets, and set it here and in Novu's integration."}},
	{msteams.ErrAppNotInCatalog, problem{Status: http.StatusConflict, Text: "The app is not in your organization's catalogue.",
		Remedy: "Upload the app package in the Teams admin center under Manage apps.", AddApp: true}},
	{msteams.ErrBotNotInstalled, problem{Status: http.StatusConflict, Text: "The app is not installed there.",
		Remedy: "Add it to the team in Teams: More options > Manage team > Apps.", AddApp: true}},
	{msteams.ErrMemberNotFound, problem{Status: http.StatusNotFound, Text: "This person is not a member of that team.", Remedy: "Choose somebody from the list."}},
	{msteams.ErrForbidden, problem{Status: http.StatusConflict, Text: "The consent for your tenant does not cover this.",
		Remedy: "Have an administrator connect Microsoft Teams again."}},
	{msteams.ErrInvalidParams, problem{Status: http.StatusNotFound, Text: "There is no such team, channel or person.", Remedy: "Choose one from the list."}},
	{msteams.ErrNotFound, problem{Status: http.StatusNotFound, Text: "There is no such team, channel or person.", Remedy: "Choose one from the list."}},
	{novu.ErrNotFound, *errNotYours},
	{novu.ErrServer, problem{Status: http.StatusBadGateway, Text: "Novu failed to answer.", Remedy: "Try again in a minute; nothing is lost."}},
	{msteams.ErrServer, problem{Status: http.StatusBadGateway, Text: "Microsoft failed to answer.", Remedy: "Try again in a minute; nothing is lost."}},
	{context.DeadlineExceeded, problem{Status: http.StatusGatewayTimeout, Text: "That took too long.", Remedy: "Try again in a minute."}},
}

// explain finds the words for an error.
func explain(err error) *problem {
	var own *problem
	if errors.As(err, &own) {
		return own
	}
	for _, k := range known {
		if errors.Is(err, k.is) {
			return &k.problem
		}
	}
	var novuError *novu.Error
	var teamsError *msteams.Error
	switch {
	case errors.As(err, &novuError) && novuError.StatusCode == 0:
		return &problem{Status: http.StatusBadGateway, Text: "Novu does not answer.", Remedy: "Check that the server at NOVU_BASE_URL runs, then try again."}
	case errors.As(err, &teamsError) && teamsError.StatusCode == 0:
		return &problem{Status: http.StatusBadGateway, Text: "Microsoft does not answer.", Remedy: "Try again in a minute; nothing is lost."}
	}
	return &problem{Status: http.StatusInternalServerError, Text: "That did not work.", Remedy: "The program's log says why."}
}

// level tells what a customer did from what the program has to be looked after
// for.
func (p *problem) level() slog.Level {
	if p.Status < http.StatusInternalServerError {
		return slog.LevelInfo
	}
	return slog.LevelError
}

// fail shows what went wrong. The error itself goes to the log only: it can name
// what is not this customer's to know.
func (a *app) fail(w http.ResponseWriter, s *session, err error) {
	p := explain(err)
	a.log.Log(context.Background(), p.level(), p.Text, "status", p.Status, "error", err)
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(p.retryAfter.Seconds())))
	}
	a.show(w, p.Status, "problem", s, p)
}
