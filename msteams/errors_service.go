package msteams

import (
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// graphError is a failure of Graph.
func (t *Tenant) graphError(f *rest.Failure) error {
	return newError(f, t.id, readError, classifyGraph)
}

func classifyGraph(e *Error) {
	if missing := missingPermission(e.Message); missing != nil && e.StatusCode == http.StatusForbidden {
		remedy := "grant one of " + strings.Join(missing.Required, ", ") + ": add it to the app registration, then " + sendToConsent
		if len(missing.Granted) == 0 {
			e.be("no administrator has consented yet: "+sendToConsent, ErrNotConsented)
		}
		e.be(remedy, missing)
	}
	switch {
	case e.StatusCode == http.StatusForbidden && e.Code == "Authorization_RequestDenied":
		e.be("the app lacks a permission on the directory, such as User.ReadBasic.All: add it and have it consented to")
	case e.StatusCode == http.StatusForbidden:
		e.be("a permission is missing, or was granted less than an hour ago: see Consent")
	case e.StatusCode == http.StatusUnauthorized:
		e.be("Graph does not accept the token, a new one included: check that cloud and tenant are right")
	}
	e.byStatus()
}

// connectorProblem is a row of the connector's errors.
type connectorProblem struct {
	statuses []int
	code     string // "": any
	message  string // part of it, in lower case; "": any
	kinds    []error
	remedy   string
}

const (
	installBot = "install the app in the team (InstallInTeam) or for the user (InstallForUser)"
	checkID    = "check the id, and that the bot is installed where it belongs to"
)

// connectorProblems are tried in order: a code alone is ambiguous.
var connectorProblems = []connectorProblem{
	{[]int{403, 404}, "BotNotInConversationRoster", "", []error{ErrBotNotInstalled}, installBot},
	{[]int{403, 404}, "", "not installed", []error{ErrBotNotInstalled}, installBot},
	{[]int{403}, "ConversationBlockedByUser", "", []error{ErrBotBlocked}, "the user has blocked the bot and has to unblock it"},
	{[]int{403}, "BotDisabledByAdmin", "", []error{ErrBotDisabled}, "an administrator must allow the app in the Teams admin center"},
	{[]int{403}, "NotEnoughPermissions", "", nil, "the bot lacks a permission in this conversation: check the scopes of its manifest"},
	{[]int{403}, "InvalidBotApiHost", "", []error{ErrWrongCloud}, "the service URL is not that of the tenant's cloud or region: see WithCloud and WithServiceURL"},
	{[]int{404}, "ConversationNotFound", "", []error{ErrConversationNotFound}, checkID},
	{[]int{404}, "MemberNotFoundInConversation", "", []error{ErrMemberNotFound}, "the user is not in the conversation: check the id"},
	{[]int{412}, "", "", []error{ErrServer}, "the conversation was changed at the same time: try again later"},
	{[]int{413}, "", "", nil, "make the message smaller"},
}

// connectorError is a failure of the bot connector.
func (t *Tenant) connectorError(f *rest.Failure) error {
	return newError(f, t.id, readError, t.classifyConnector)
}

func (t *Tenant) classifyConnector(e *Error) {
	for _, p := range connectorProblems {
		if p.fits(e) {
			e.be(p.remedy, p.kinds...)
			break
		}
	}
	switch e.StatusCode {
	case http.StatusUnauthorized:
		e.be("the bot token was issued by tenant " + t.client.botTenant +
			": check that the bot's app registration lives there (WithBotTenant), and that an Azure Bot resource with the Teams channel exists for it")
	case http.StatusForbidden:
		e.be(installBot + ", and check that the tenant is the one the id belongs to")
	case http.StatusNotFound:
		e.be(checkID)
	}
	e.byStatus()
}

func (p *connectorProblem) fits(e *Error) bool {
	status := false
	for _, s := range p.statuses {
		status = status || s == e.StatusCode
	}
	return status && (p.code == "" || p.code == e.Code) && strings.Contains(strings.ToLower(e.Message), p.message)
}
