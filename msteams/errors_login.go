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

const (
	sendToConsent = "send an administrator of the tenant through the connect URL, or the link in Consent"
	exemptFromCA  = "an administrator must exempt the app from the tenant's conditional access policy"
	checkTenant   = "check the tenant id, and that the cloud is the tenant's"
	checkScope    = "check the scope and the cloud"
	checkKey      = "check the certificate, or the subject of the federated credential, in the app registration"
)

// loginProblem is what some AADSTS numbers say.
type loginProblem struct {
	numbers []int
	kind    error
	remedy  string
}

var loginProblems = []loginProblem{
	{numbers: []int{7000215}, kind: ErrInvalidSecret, remedy: "use the secret's value, not its id"},
	{numbers: []int{7000222}, kind: ErrSecretExpired, remedy: "make a new client secret and configure it here and in Novu"},
	{numbers: []int{7000218}, kind: ErrInvalidSecret, remedy: "the app registration wants a secret or an assertion, and none was sent"},
	{numbers: []int{7000112}, kind: ErrAppDisabled, remedy: "an administrator must enable the enterprise application"},
	{numbers: []int{700016}, kind: ErrNotConsented, remedy: "the app is not in this tenant: check the tenant id, or " + sendToConsent},
	{numbers: []int{7000229}, kind: ErrNotConsented, remedy: "the app has no service principal in the tenant: " + sendToConsent},
	{numbers: []int{650052, 650056, 650057, 65001, 90094, 90093, 65005, 90090}, kind: ErrNotConsented, remedy: sendToConsent},
	{numbers: []int{65004}, kind: ErrConsentDeclined, remedy: "ask the administrator again"},
	{numbers: []int{90002, 50059, 50128}, kind: ErrTenantNotFound, remedy: checkTenant},
	{numbers: []int{900023}, kind: ErrTenantNotFound, remedy: "the tenant id is neither a GUID nor a domain: take the Workspace.ID of the connection"},
	{numbers: []int{500011}, kind: ErrMisconfigured, remedy: "the resource is not in the tenant: " + checkScope},
	{numbers: []int{50194, 9001023}, kind: ErrMisconfigured, remedy: `name the tenant rather than "common", and make the app registration multi-tenant`},
	{numbers: []int{70011, 1002012}, kind: ErrMisconfigured, remedy: `the scope must end in "/.default"`},
	{numbers: []int{500021, 500022}, kind: ErrConditionalAccess, remedy: "a network on the way restricts which tenants may be reached: its administrator must allow this tenant"},
	{numbers: []int{500212, 500213}, kind: ErrConditionalAccess, remedy: "an administrator must allow the app in the cross-tenant access settings"},
	{numbers: []int{50005, 50097, 50131, 50158}, kind: ErrConditionalAccess, remedy: exemptFromCA},
	{numbers: []int{50072, 50074, 50076, 50078, 50079}, kind: ErrConditionalAccess, remedy: "the tenant wants a second factor: sign in again, or " + exemptFromCA},
	{numbers: []int{530034}, kind: ErrConditionalAccess, remedy: "the administrator is blocked for a risk in their home tenant: another administrator of the tenant must consent"},
	{numbers: []int{700021, 700023, 700024, 700027, 700030, 50012, 50013}, kind: ErrInvalidCertificate, remedy: checkKey},
	{numbers: []int{90033, 90012, 90024, 50033, 90006}, kind: ErrServer, remedy: "Microsoft's sign-in has a temporary problem: try again later"},
	{numbers: []int{90055, 50196}, kind: ErrThrottled, remedy: "too many tokens are asked for: share one client, which caches them, and back off"},
	{numbers: []int{90038, 900382, 900432}, kind: ErrWrongCloud, remedy: "choose the tenant's cloud with WithCloud"},
}

// loginNames are for errors without a number, such as those of a gateway or of another identity
// provider.
var loginNames = map[string]problem{
	"invalid_client":          {kind: ErrInvalidSecret, remedy: "check the client id and the secret"},
	"unauthorized_client":     {kind: ErrNotConsented, remedy: sendToConsent},
	"invalid_grant":           {kind: ErrNotConsented, remedy: sendToConsent},
	"consent_required":        {kind: ErrNotConsented, remedy: sendToConsent},
	"interaction_required":    {kind: ErrNotConsented, remedy: sendToConsent},
	"access_denied":           {kind: ErrConsentDeclined, remedy: "ask the administrator again"},
	"invalid_scope":           {kind: ErrMisconfigured, remedy: checkScope},
	"invalid_resource":        {kind: ErrMisconfigured, remedy: checkScope},
	"invalid_request":         {kind: ErrMisconfigured, remedy: "check the tenant id and the app registration"},
	"temporarily_unavailable": {kind: ErrServer, remedy: "try again later"},
	"server_error":            {kind: ErrServer, remedy: "try again later"},
}

// vagueNames stand for too many things to be read as one beside a number that is not known here.
var vagueNames = []string{"unauthorized_client", "invalid_grant", "interaction_required", "access_denied"}

// loginProblemOf returns what an error of the sign-in means. The numbers come first. Beside an
// unknown number the name gives a kind, where it stands for one thing, and no remedy.
func loginProblemOf(name string, number int) (problem, bool) {
	for _, row := range loginProblems {
		if slices.Contains(row.numbers, number) {
			return problem{kind: row.kind, remedy: row.remedy}, true
		}
	}
	if isConditionalAccess(number) {
		return problem{kind: ErrConditionalAccess, remedy: exemptFromCA}, true
	}
	p, known := loginNames[name]
	if number == 0 || errors.Is(p.kind, ErrServer) {
		return p, known
	}
	if slices.Contains(vagueNames, name) {
		return problem{}, false
	}
	return problem{kind: p.kind}, known
}

// isConditionalAccess reports whether Microsoft has reserved the number for conditional access:
// 53000 to 53099 and 530000 to 530999.
func isConditionalAccess(number int) bool {
	return number >= 53000 && number < 53100 || number >= 530000 && number < 531000
}

// isTransientLogin: some passing failures come as a 400.
func isTransientLogin(a *rest.Answer) bool {
	if a.StatusCode/100 == 2 {
		return false
	}
	s, wire := decodeLoginError(a.Body)
	p, _ := loginProblemOf(string(wire.Error), s.number)
	return errors.Is(p.kind, ErrServer)
}

// loginError is a failure to get a token.
func (c *Client) loginError(f *rest.Failure, key tokenKey) error {
	var s serviceError
	var name string
	return newError(f, key.tenant, func(a *rest.Answer) serviceError {
		var wire wireLoginError
		s, wire = decodeLoginError(a.Body)
		name = string(wire.Error)
		return s
	}, func(e *Error) {
		p, known := loginProblemOf(name, s.number)
		if !known {
			e.classifyStatus()
			return
		}
		switch {
		case errors.Is(p.kind, ErrInvalidSecret) && check.IsGUID(c.secret().Reveal()):
			p.remedy = "the configured secret has the form of an id: use the secret's value, which Azure shows only once, not its id"
		case key.bot && errors.Is(p.kind, ErrNotConsented):
			p = problem{kind: ErrMisconfigured, remedy: c.botRemedy(key.tenant)}
		}
		e.classify(p.remedy, p.kind)
		if e.StatusCode == http.StatusTooManyRequests && !errors.Is(p.kind, ErrThrottled) {
			e.classify("", ErrThrottled)
		}
	})
}

// botRemedy: consent is not what a bot token lacks.
func (c *Client) botRemedy(tenant string) string {
	if isBotFramework(tenant) {
		return "the bot is single-tenant: leave WithBotTenant out and set Credentials.TenantID to the tenant of the app registration"
	}
	return fmt.Sprintf("the bot token was asked of tenant %s, which does not know the app: set Credentials.TenantID to the tenant of the app registration, or WithBotTenant(%q) for a multi-tenant bot", tenant, c.cloud.botTenant)
}
