package msteams

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// graphError is a failure of Graph.
func (t *Tenant) graphError(f *rest.Failure) error {
	return newError(f, t.id, readError, classifyGraph)
}

// manageApp finds the refusals that are about which app may install which.
var manageApp = regexp.MustCompile(`(?i)\bmanage (the |this )?teams app`)

// classifyGraph adds a remedy only where the answer says what is wrong. A bare 403 or 404 can have
// many causes.
func classifyGraph(e *Error) {
	missing := missingPermission(e.Message)
	switch forbidden := e.StatusCode == http.StatusForbidden; {
	case forbidden && missing != nil && len(missing.Granted) == 0:
		e.classify("no administrator has consented yet: "+sendToConsent, ErrNotConsented, missing)
	case forbidden && missing != nil:
		e.classify("grant one of "+strings.Join(missing.Required, ", ")+": add it to the app registration, then "+sendToConsent+
			"; what was granted just now may take Microsoft an hour", missing)
	case forbidden && manageApp.MatchString(e.Message):
		e.classify("the app may install only itself: webApplicationInfo.id in the Teams app's manifest must be this client's id (manifest.App.GraphInstall)")
	case forbidden && e.Code == "Authorization_RequestDenied":
		e.classify("the app lacks a permission on the directory, such as User.ReadBasic.All: add it and have it consented to")
	case e.StatusCode == http.StatusUnauthorized && e.Code == "InvalidAuthenticationToken":
		e.classify("Graph does not accept the token, a new one included: check that cloud and tenant are right")
	case e.StatusCode == http.StatusPreconditionFailed && strings.Contains(strings.ToLower(e.Message), "resource-specific"):
		e.classify("the app asks for resource-specific permissions: install it with WithResourceConsent, which needs "+
			"TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All (for a user …SelfForUser.All), or have an owner of the team install it", ErrNotConsented)
	}
	e.classifyStatus()
}

// connectorProblem is a row of the connector's errors.
type connectorProblem struct {
	statuses []int  // nil: any
	code     string // "": any
	message  string // part of it, in lower case; "": any
	kinds    []error
	remedy   string
}

const (
	installBot        = "install the app in the team (InstallInTeam) or for the user (InstallForUser)"
	unblockBot        = "install the app for the user (InstallForUser): Teams also says this if it was never installed; if it is installed, the user has to unblock the bot"
	checkID           = "check the id, and that the bot is installed in its team or chat"
	notInConversation = "check the id: the user is not in the conversation"
)

// connectorProblems are tried in order. BadArgument and ServiceError are ambiguous: what they mean
// depends on the status or the message.
var connectorProblems = []connectorProblem{
	{code: "BotNotInConversationRoster", kinds: []error{ErrBotNotInstalled}, remedy: installBot},
	{message: "bot is not installed", kinds: []error{ErrBotNotInstalled}, remedy: installBot},
	{code: "ConversationBlockedByUser", kinds: []error{ErrBotBlocked}, remedy: unblockBot},
	{code: "MessageWritesBlocked", kinds: []error{ErrBotBlocked}, remedy: unblockBot},
	{code: "BotDisabledByAdmin", kinds: []error{ErrBotDisabled}, remedy: "an administrator must allow the app in the Teams admin center"},
	{code: "NotEnoughPermissions", remedy: "the bot lacks a permission in this conversation: check the scopes of its manifest"},
	{code: "InvalidBotApiHost", kinds: []error{ErrWrongCloud}, remedy: "the service URL is not that of the tenant's cloud or region: see WithCloud and WithServiceURL"},
	{code: "BotNotRegistered", remedy: "no Azure Bot has this client's id: create one with the Teams channel, or correct Credentials.ClientID"},
	{code: "ConversationNotFound", kinds: []error{ErrConversationNotFound, ErrNotFound}, remedy: checkID},
	{code: "MemberNotFoundInConversation", kinds: []error{ErrMemberNotFound, ErrNotFound}, remedy: notInConversation},
	{code: "MessageSizeTooBig", kinds: []error{ErrPayloadTooLarge}, remedy: "make the message smaller"},
	{message: "be decrypted", kinds: []error{ErrValidation}, remedy: "the id is another bot's: an id 29:… or a:… holds for the bot that got it; look the member up with Member"},
	{statuses: []int{http.StatusForbidden}, code: "ServiceError", kinds: []error{ErrServer}, remedy: "the service has a temporary problem: try again later"},
	{statuses: []int{http.StatusPreconditionFailed}, kinds: []error{ErrServer}, remedy: "the conversation was changed at the same time: try again later"},
}

// connectorError is a failure of the bot connector.
func (t *Tenant) connectorError(f *rest.Failure) error {
	return newError(f, t.id, readError, t.classifyConnector)
}

// classifyConnector adds a remedy only where the answer says what is wrong.
func (t *Tenant) classifyConnector(e *Error) {
	for _, p := range connectorProblems {
		if p.fits(e) {
			e.classify(p.remedy, p.kinds...)
			break
		}
	}
	if e.StatusCode == http.StatusUnauthorized {
		e.classify("the bot token was issued by tenant " + t.client.botTenant +
			": check that the bot's app registration lives there (WithBotTenant), and that an Azure Bot resource with the Teams channel exists for it")
	}
	e.classifyStatus()
}

func (p *connectorProblem) fits(e *Error) bool {
	return (p.statuses == nil && e.StatusCode/100 == 4 || slices.Contains(p.statuses, e.StatusCode)) &&
		(p.code == "" || p.code == e.Code) && strings.Contains(strings.ToLower(e.Message), p.message)
}

// isTransientConnector reports whether an answer of the connector means what a 503 does: a
// conversation that was changed at the same time, and a trouble of the service's own that comes as
// a 403.
func isTransientConnector(a *rest.Answer) bool {
	switch a.StatusCode {
	case http.StatusPreconditionFailed:
		return true
	case http.StatusForbidden:
		return readErrorBody(a.Body).code == "ServiceError"
	}
	return false
}
