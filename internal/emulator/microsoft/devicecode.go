package microsoft

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	deviceGrant   = "urn:ietf:params:oauth:grant-type:device_code"
	deviceCodeAge = 15 * time.Minute
)

// deviceCode is a person's sign-in that was begun on a device without a browser.
type deviceCode struct {
	clientID, tenantID, scope string
	expires                   time.Time
}

// startDeviceCode begins a sign-in. Nobody has to enter the code: the emulated
// administrator has done so by the time the device asks.
func (s *Server) startDeviceCode(c *call) *reply {
	form, err := url.ParseQuery(string(c.Raw))
	if err != nil || form.Get("client_id") == "" {
		return s.tokenError(c, http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'client_id'.")
	}
	resource := ""
	for scope := range strings.FieldsSeq(form.Get("scope")) {
		if strings.Contains(scope, "://") {
			resource = scope
		}
	}
	if resource == "" {
		return s.tokenError(c, http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'scope'.")
	}
	given, person := emulator.RandomID(32, emulator.Alphanumeric), strings.ToUpper(emulator.RandomHex(4))
	s.deviceCodes[given] = deviceCode{
		clientID: form.Get("client_id"), tenantID: c.Params["tenant"], scope: resource, expires: c.Now.Add(deviceCodeAge),
	}
	page := c.Origin() + loginRoot + "/" + c.Params["tenant"] + "/oauth2/deviceauth"
	return emulator.JSON(http.StatusOK, map[string]any{
		"device_code": given, "user_code": person, "verification_uri": page, "expires_in": int(deviceCodeAge.Seconds()), "interval": 1,
		"message": "To sign in, use a web browser to open the page " + page + " and enter the code " + person + " to authenticate.",
	})
}

// deviceCodePage is where a person would enter the code.
func (s *Server) deviceCodePage(*call) *reply {
	return emulator.HTML(http.StatusOK, "<p>The emulated administrator has entered the code. You can close this page.</p>")
}

// deviceToken answers the device with the token of an administrator who may
// everything that the scope and the client allow.
func (s *Server) deviceToken(c *call, form url.Values) *reply {
	known, has := s.deviceCodes[form.Get("device_code")]
	if !has || known.clientID != form.Get("client_id") || c.Now.After(known.expires) {
		return s.tokenError(c, http.StatusBadRequest, "expired_token", 70019, "Verification code expired.")
	}
	delete(s.deviceCodes, form.Get("device_code"))
	at := strings.LastIndex(known.scope, "/")
	who := Operator{Scopes: []string{known.scope[at+1:]}}
	if known.scope[at+1:] == ".default" {
		who.Scopes = scopesOf(known.clientID)
	}
	given, _ := s.operatorToken(c.Now, who, known.tenantID, known.scope[:at]+"/.default")
	return s.tokenReply(map[string]any{"access_token": given, "scope": known.scope})
}

// scopesOf is what Microsoft lets a public client of its own have. The Azure CLI
// may not use the app catalog.
func scopesOf(clientID string) []string {
	var all []string
	for _, scope := range operatorScopes {
		if clientID != operatorClientID || !strings.HasPrefix(scope, "AppCatalog.") {
			all = append(all, scope)
		}
	}
	return all
}
