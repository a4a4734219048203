package setup

import (
	"net/http"
	"strings"
)

// refusal is what an error of Microsoft's means, and what to do about it.
type refusal struct {
	code   string // "" fits every code
	text   string // that the message holds; "" fits every message
	kind   error
	remedy string
}

// refusals are tried in order.
var refusals = []refusal{
	{"CredentialInvalidLifetimeAsPerAppPolicy", "", ErrPolicy, "the tenant limits how long a secret may live: set a shorter SecretLifetime"},
	{"CredentialTypeNotAllowedAsPerAppPolicy", "", ErrPolicy, "the tenant forbids secrets, and Novu has no other way to sign in: ask an administrator to exempt this application from the app management policy"},
	{"", "uniqueName already exists", ErrNameTaken, "another application, perhaps a deleted one, holds the unique name: restore or purge it in Entra (App registrations, Deleted applications), or choose another UniqueName"},
	{"Directory_QuotaExceeded", "", ErrPolicy, "the identity owns too many directory objects: use another one, or one with an administrator's role"},
	{"InvalidBotData", "MsaAppId is already in use", ErrNameTaken, "another bot has this application, in another subscription or in the Developer Portal: use it, or delete it there (https://dev.teams.microsoft.com/bots)"},
	{"InvalidBotData", "already registered", ErrNameTaken, "a bot with the application's id exists in another resource group or subscription, or was deleted a moment ago: name its group and subscription in Azure, or wait"},
	{"InvalidBotCreationData", "", ErrPolicy, "multi-tenant bots can't be made any more; the bot has to be single-tenant"},
	{"MissingSubscriptionRegistration", "", ErrForbidden, "register the resource provider Microsoft.BotService in the subscription (az provider register --namespace Microsoft.BotService)"},
	{"NoRegisteredProviderFound", "", ErrForbidden, "register the resource provider Microsoft.BotService in the subscription (az provider register --namespace Microsoft.BotService)"},
	{"RequestDisallowedByPolicy", "", ErrPolicy, "an Azure Policy does not allow it: ask whoever owns the policy for an exemption, or use another resource group or location"},
	{"SubscriptionNotFound", "", ErrForbidden, "check Azure.SubscriptionID, and that the identity is signed in to the subscription's tenant"},
	{"InvalidAuthenticationTokenTenant", "", ErrWrongTenant, "the subscription belongs to another tenant: set Azure.TenantID to it and sign in there"},
	{"AuthorizationFailed", "", ErrForbidden, "give the identity the role Contributor on the resource group; to make the group or register the provider, on the subscription"},
	{"Authorization_RequestDenied", "", ErrForbidden, "the identity lacks a scope or a role in Entra"},
}

// classify adds what the error is and what to do about it.
func (e *Error) classify(door doorName) *Error {
	for _, r := range refusals {
		if (r.code == "" || strings.EqualFold(r.code, e.Code)) && strings.Contains(strings.ToLower(e.Message), strings.ToLower(r.text)) &&
			(r.code != "" || r.text != "") {
			return e.is(r.remedy, r.kind)
		}
	}
	switch status := e.StatusCode; {
	case status == http.StatusForbidden:
		return e.is("the identity of the "+string(door)+" may not do this", ErrForbidden)
	case status == http.StatusUnauthorized:
		return e.is("the service does not accept the token of the "+string(door)+": sign in again", ErrForbidden)
	case status == http.StatusTooManyRequests, status >= 500:
		return e.is("try again later")
	case status/100 == 3:
		return e.is("Microsoft's services do not redirect: check the endpoint", ErrBadAnswer)
	}
	return e
}
