package novu

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
)

// AppOnlyAccessToken is the access token of every Teams connection that Novu makes itself. The bot
// acts for itself, so there is no token to keep.
const AppOnlyAccessToken Secret = "app-only"

// Workspace is where a connection leads. For Teams, ID is the customer's Entra tenant id.
type Workspace struct {
	ID    string
	Name  string
	Extra map[string]any // keys that this package does not know; an update must send them back
}

// MarshalJSON writes the workspace as Novu stores it.
func (w Workspace) MarshalJSON() ([]byte, error) {
	wire := map[string]any{}
	maps.Copy(wire, w.Extra)
	wire["id"] = w.ID
	if w.Name != "" {
		wire["name"] = w.Name
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads a workspace with every key that it has.
func (w *Workspace) UnmarshalJSON(data []byte) error {
	wire, err := decodeObject(data)
	if err != nil {
		return err
	}
	*w = Workspace{ID: take(wire, "id"), Name: take(wire, "name")}
	if len(wire) > 0 {
		w.Extra = wire
	}
	return nil
}

// take removes a string from m. Anything but a string stays where it is.
func take(m map[string]any, key string) string {
	s, ok := m[key].(string)
	if ok {
		delete(m, key)
	}
	return s
}

// ConnectionAuth is how Novu authenticates in a workspace. For Teams it is AppOnlyAccessToken.
// Printed and as JSON it has its keys, each with the value "[redacted]".
type ConnectionAuth struct {
	AccessToken  Secret
	RefreshToken Secret
	Extra        SecretMap // keys that this package does not know; an update must send them back
}

// UnmarshalJSON reads an auth object with every key that it has.
func (a *ConnectionAuth) UnmarshalJSON(data []byte) error {
	wire, err := decodeObject(data)
	if err != nil {
		return err
	}
	*a = ConnectionAuth{AccessToken: Secret(take(wire, "accessToken")), RefreshToken: Secret(take(wire, "refreshToken"))}
	if len(wire) > 0 {
		a.Extra = wire
	}
	return nil
}

// MarshalJSON writes the keys with redacted values. It is not what is sent.
func (a ConnectionAuth) MarshalJSON() ([]byte, error) { return json.Marshal(SecretMap(a.wire())) }

// wire is what is sent.
func (a ConnectionAuth) wire() map[string]any {
	wire := map[string]any{}
	maps.Copy(wire, a.Extra)
	wire["accessToken"] = a.AccessToken.Reveal()
	if a.RefreshToken != "" {
		wire["refreshToken"] = a.RefreshToken.Reveal()
	}
	return wire
}

func (a ConnectionAuth) secrets() []Secret {
	var secrets []Secret
	for _, s := range stringsIn(a.wire()) {
		if Secret(s) != AppOnlyAccessToken {
			secrets = append(secrets, Secret(s))
		}
	}
	return secrets
}

// stringsIn returns every string value in free-form JSON, however deep.
func stringsIn(v any) []string {
	var found []string
	switch v := v.(type) {
	case string:
		found = append(found, v)
	case []any:
		for _, item := range v {
			found = append(found, stringsIn(item)...)
		}
	case map[string]any:
		for _, item := range v {
			found = append(found, stringsIn(item)...)
		}
	}
	return found
}

// SecretMap is a JSON object whose values are not printed: fmt and slog show its keys, JSON its
// keys with the value "[redacted]".
type SecretMap map[string]any

// String returns the keys.
func (m SecretMap) String() string {
	return fmt.Sprintf("%v[redacted]", slices.Sorted(maps.Keys(m)))
}

// Format prints the keys, whatever the verb.
func (m SecretMap) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// LogValue returns the keys.
func (m SecretMap) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns the keys, each with the value "[redacted]".
func (m SecretMap) MarshalJSON() ([]byte, error) {
	redacted := make(map[string]Secret, len(m))
	for key := range m {
		redacted[key] = "any"
	}
	return json.Marshal(redacted)
}
