package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/novu-go/novu/msteams/setup"
)

// soonEnding is how long before the end of a secret the doctor warns.
const soonEnding = 30 * 24 * time.Hour

// WithKeys gives the doctor the secrets of an integration's application, as [setup.Setup.Keys] lists them.
// The report then warns where the one in use ends within 30 days. Neither Novu nor the application itself
// can tell.
func WithKeys(integrationIdentifier string, keys ...setup.Key) Option {
	return func(c *config, checks *checks) {
		if strings.TrimSpace(integrationIdentifier) == "" {
			checks.Add("WithKeys", "must name the integration")
			return
		}
		if c.keys == nil {
			c.keys = map[string][]setup.Key{}
		}
		c.keys[integrationIdentifier] = keys
	}
}

// endOfSecret is found, or a warning that the secret in use ends soon.
func (i *integration) endOfSecret(found Finding) Finding {
	const renew = "Replace it without an interruption: novu-teams setup rotate, or Setup.Rotate."
	if found.Verdict == Broken {
		return found
	}
	for _, key := range i.x.doctor.keys[i.identifier] {
		if !key.InUse || key.ExpiresAt.IsZero() {
			continue
		}
		date := key.ExpiresAt.UTC().Format(time.DateOnly)
		switch left := time.Until(key.ExpiresAt); {
		case left <= 0:
			return broken("the secret in use ended on "+date, renew).with("keyId", key.ID)
		case left <= soonEnding:
			return warning(fmt.Sprintf("the secret in use ends on %s, in %d days", date, int(left.Hours()/24)), renew).with("keyId", key.ID)
		}
	}
	return found
}
