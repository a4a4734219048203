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
	{
		code: "CredentialInvalidLifetimeAsPerAppPolicy", text: "", kind: ErrPolicy,
		remedy: "the tenant limits how long a secret may live: set a shorter SecretLifetime",
	},
	{
		code: "CredentialTypeNotAllowedAsPerAppPolicy", text: "", kind: ErrPolicy,
		remedy: "the tenant forbids secrets, and Novu has no other way to sign in: ask an administrator to exempt this application from the app management policy",
	},
	{
		code: "", text: "uniqueName already exists", kind: ErrNameTaken,
		remedy: "another application, perhaps a deleted one, holds the unique name: restore or purge it in Entra (App registrations, Deleted applications), or choose another UniqueName",
	},
	{
		code: "Directory_QuotaExceeded", text: "", kind: ErrPolicy,
		remedy: "the identity owns too many directory objects: use another one, or one with an administrator's role",
	},
	{
		code: "InvalidBotData", text: "MsaAppId is already in use", kind: ErrNameTaken,
		remedy: "another bot has this application, in another subscription or in the Developer Portal: use it, or delete it there (https://dev.teams.microsoft.com/bots)",
	},
	{
		code: "InvalidBotData", text: "already registered", kind: ErrNameTaken,
		remedy: "a bot with the application's id exists in another resource group or subscription, or was deleted a moment ago: name its group and subscription in Azure, or wait",
	},
	{
		code: "InvalidBotCreationData", text: "", kind: ErrPolicy,
		remedy: "multi-tenant bots can't be made any more; the bot has to be single-tenant",
	},
	{
		code: "MissingSubscriptionRegistration", text: "", kind: ErrForbidden,
		remedy: "register the resource provider Microsoft.BotService in the subscription (az provider register --namespace Microsoft.BotService)",
	},
	{
		code: "NoRegisteredProviderFound", text: "", kind: ErrForbidden,
		remedy: "register the resource provider Microsoft.BotService in the subscription (az provider register --namespace Microsoft.BotService)",
	},
	{
		code: "RequestDisallowedByPolicy", text: "", kind: ErrPolicy,
		remedy: "an Azure Policy does not allow it: ask whoever owns the policy for an exemption, or use another resource group or location",
	},
	{
		code: "SubscriptionNotFound", text: "", kind: ErrForbidden,
		remedy: "check Azure.SubscriptionID, and that the identity is signed in to the subscription's tenant",
	},
	{
		code: "InvalidAuthenticationTokenTenant", text: "", kind: ErrWrongTenant,
		remedy: "the subscription belongs to another tenant: set Azure.TenantID to it and sign in there",
	},
	{
		code: "AuthorizationFailed", text: "", kind: ErrForbidden,
		remedy: "give the identity the role Contributor on the resource group; to make the group or register the provider, on the subscription",
	},
	{code: "Authorization_RequestDenied", text: "", kind: ErrForbidden, remedy: "the identity lacks a scope or a role in Entra"},
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
