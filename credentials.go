package novu

import (
	"encoding/json"
	"maps"
)

// MSTeamsCredentials are those of a bot's app registration in Entra. On the wire ClientSecret is
// called secretKey. The server silently ignores unknown keys.
type MSTeamsCredentials struct {
	ClientID     string // the application (client) id
	ClientSecret Secret // a secret's value, not its id
	TenantID     string // the tenant where the app is registered
	RedirectURL  string // where the administrator lands after consent; empty closes the window

	// Extra holds the keys of other providers' credentials, as List returns them.
	Extra SecretMap
}

// UnmarshalJSON reads credentials of any provider.
func (c *MSTeamsCredentials) UnmarshalJSON(data []byte) error {
	wire, err := decodeObject(data)
	if err != nil {
		return err
	}
	*c = MSTeamsCredentials{
		ClientID: take(wire, "clientId"), ClientSecret: Secret(take(wire, "secretKey")),
		TenantID: take(wire, "tenantId"), RedirectURL: take(wire, "redirectUrl"),
	}
	if len(wire) > 0 {
		c.Extra = wire
	}
	return nil
}

// MarshalJSON writes the wire's keys with secrets redacted. It is not what is sent.
func (c MSTeamsCredentials) MarshalJSON() ([]byte, error) {
	wire := c.wire()
	for key := range wire {
		switch key {
		case "clientId", "tenantId", "redirectUrl":
		default:
			wire[key] = Secret("any")
		}
	}
	return json.Marshal(wire)
}

// wire is what is sent: nil where nothing is set.
func (c MSTeamsCredentials) wire() map[string]any {
	var wire map[string]any
	set := func(key, value string) {
		if value != "" {
			if wire == nil {
				wire = map[string]any{}
			}
			wire[key] = value
		}
	}
	if len(c.Extra) > 0 {
		wire = maps.Clone(map[string]any(c.Extra))
	}
	set("clientId", c.ClientID)
	set("secretKey", c.ClientSecret.Reveal())
	set("tenantId", c.TenantID)
	set("redirectUrl", c.RedirectURL)
	return wire
}

func (c MSTeamsCredentials) secrets() []Secret {
	secrets := []Secret{c.ClientSecret}
	for _, s := range stringsIn(map[string]any(c.Extra)) {
		secrets = append(secrets, Secret(s))
	}
	return secrets
}

// credentials checks what the Teams provider needs to send as the bot.
func (c *checks) credentials(creds MSTeamsCredentials) {
	c.required("Credentials.ClientID", creds.ClientID).
		required("Credentials.ClientSecret", creds.ClientSecret.Reveal()).
		required("Credentials.TenantID", creds.TenantID)
}
