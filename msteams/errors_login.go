package msteams

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// problem is what an error means and what to do about it.
type problem struct {
	kind   error
	remedy string
}

const sendToConsent = "send an administrator of the tenant through the connect URL, or the link in Consent"

// loginProblems are the AADSTS numbers that say more than the error's name.
var loginProblems = []struct {
	numbers []int
	problem
}{
	{[]int{7000215}, problem{ErrInvalidSecret, "use the secret's value, not its id"}},
	{[]int{7000222}, problem{ErrSecretExpired, "make a new client secret and configure it here and in Novu"}},
	{[]int{7000112}, problem{ErrAppDisabled, "an administrator must enable the enterprise application"}},
	{[]int{700016}, problem{ErrNotConsented, "the app is not in this tenant: check the tenant id, or " + sendToConsent}},
	{[]int{7000229}, problem{ErrNotConsented, "the app has no service principal in the tenant: " + sendToConsent}},
	{[]int{650052, 650056, 650057, 65001, 90094, 90093, 65005, 90090}, problem{ErrNotConsented, sendToConsent}},
	{[]int{65004}, problem{ErrConsentDeclined, "ask the administrator again"}},
	{[]int{90002, 50059}, problem{ErrTenantNotFound, "check the tenant id, and that the cloud is the tenant's"}},
	{[]int{500011}, problem{ErrMisconfigured, "the resource is not in the tenant: check the scope and the cloud"}},
	{[]int{50194, 9001023}, problem{ErrMisconfigured, `name the tenant rather than "common", and make the app registration multi-tenant`}},
	{[]int{70011, 1002012}, problem{ErrMisconfigured, `the scope must end in "/.default"`}},
	{[]int{53003}, problem{ErrConditionalAccess, "an administrator must exempt the app from the tenant's policy"}},
	{[]int{700027, 700030}, problem{ErrInvalidCertificate, "check the certificate, or the subject of the federated credential, in the app registration"}},
	{[]int{90033, 90012, 90024, 50033, 90006}, problem{ErrServer, "Microsoft's sign-in has a passing trouble: try again later"}},
	{[]int{90055, 50196}, problem{ErrThrottled, "too many tokens are asked for: share one client, which caches them, and back off"}},
	{[]int{90038, 900382, 900432}, problem{ErrWrongCloud, "choose the tenant's cloud with WithCloud"}},
}

// loginNames are for numbers that are not known here: the error's name is the
// part that does not change.
var loginNames = map[string]problem{
	"invalid_client":          {ErrInvalidSecret, "check the client id and the secret"},
	"unauthorized_client":     {ErrNotConsented, sendToConsent},
	"invalid_grant":           {ErrNotConsented, sendToConsent},
	"consent_required":        {ErrNotConsented, sendToConsent},
	"interaction_required":    {ErrNotConsented, sendToConsent},
	"access_denied":           {ErrConsentDeclined, "ask the administrator again"},
	"invalid_scope":           {ErrMisconfigured, "check the scope and the cloud"},
	"invalid_resource":        {ErrMisconfigured, "check the scope and the cloud"},
	"invalid_request":         {ErrMisconfigured, "check the tenant id and the app registration"},
	"temporarily_unavailable": {ErrServer, "try again later"},
	"server_error":            {ErrServer, "try again later"},
}

func loginProblem(name string, number int) (problem, bool) {
	for _, row := range loginProblems {
		if slices.Contains(row.numbers, number) {
			return row.problem, true
		}
	}
	p, ok := loginNames[name]
	return p, ok
}

// isTransientLogin: some passing failures come as a 400.
func isTransientLogin(a *rest.Answer) bool {
	if a.StatusCode/100 == 2 {
		return false
	}
	s, wire := decodeLoginError(a.Body)
	p, _ := loginProblem(string(wire.Error), s.number)
	return errors.Is(p.kind, ErrServer)
}

// loginError is a failure to get a token.
func (c *Client) loginError(f *rest.Failure, key tokenKey) error {
	var s said
	var name string
	return newError(f, key.tenant, func(a *rest.Answer) said {
		var wire wireLoginError
		s, wire = decodeLoginError(a.Body)
		name = string(wire.Error)
		return s
	}, func(e *Error) {
		p, known := loginProblem(name, s.number)
		if !known {
			e.byStatus()
			return
		}
		switch {
		case errors.Is(p.kind, ErrInvalidSecret) && check.IsGUID(c.secret().Reveal()):
			p.remedy = "the configured secret has the form of an id: use the secret's value, which Azure shows only once, not its id"
		case key.bot && errors.Is(p.kind, ErrNotConsented):
			p = problem{ErrMisconfigured, c.botRemedy(key.tenant)}
		}
		e.be(p.remedy, p.kind)
		if e.StatusCode == http.StatusTooManyRequests && !errors.Is(p.kind, ErrThrottled) {
			e.be("", ErrThrottled)
		}
	})
}

// botRemedy: consent is not what a bot token lacks.
func (c *Client) botRemedy(tenant string) string {
	if tenant == BotFrameworkTenant {
		return "the bot is single-tenant: leave WithBotTenant out and set Credentials.TenantID to the tenant of the app registration"
	}
	return fmt.Sprintf("the bot token was asked of tenant %s, which does not know the app: set Credentials.TenantID to the tenant of the app registration, or WithBotTenant(%q) for a multi-tenant bot", tenant, BotFrameworkTenant)
}
