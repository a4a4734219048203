package novu

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// RawEndpoint is an endpoint of any other type, known to Novu now or later. Raw is its "endpoint"
// object as it stands, so that nothing is lost. Since that may hold a credential, fmt, slog and XML
// do not show it, and JSON redacts its values unless the type is known to hold none.
type RawEndpoint struct {
	EndpointType EndpointType
	Raw          json.RawMessage
}

// Type returns EndpointType.
func (e RawEndpoint) Type() EndpointType { return e.EndpointType }

func (e RawEndpoint) check(c *checks) {
	c.required("Endpoint.EndpointType", string(e.EndpointType))
	var object map[string]json.RawMessage
	if json.Unmarshal(e.Raw, &object) != nil || object == nil {
		c.add("Endpoint.Raw", "must be a JSON object")
	}
}

func (RawEndpoint) checkShape(*checks) {} // anything may be right
func (e RawEndpoint) wire() any        { return e.Raw }

func (e RawEndpoint) secrets() []Secret {
	if e.holdsNoSecret() {
		return nil
	}
	object, _ := decodeObject(e.Raw) // check has seen it
	var secrets []Secret
	for _, s := range stringsIn(object) {
		secrets = append(secrets, Secret(s))
	}
	return secrets
}

func (e RawEndpoint) holdsNoSecret() bool {
	switch e.EndpointType {
	case EndpointMSTeamsChannel, EndpointMSTeamsUser, EndpointSlackChannel, EndpointSlackUser, EndpointPhone,
		EndpointTelegramChat, EndpointWebexRoom, EndpointWebexPerson, EndpointLineUser:
		return true
	}
	return false
}

// String returns the type.
func (e RawEndpoint) String() string { return string(e.EndpointType) + "[redacted]" }

// Format prints the type, whatever the verb.
func (e RawEndpoint) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// LogValue returns the type.
func (e RawEndpoint) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalText returns the type.
func (e RawEndpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalJSON returns the endpoint object, redacted if it may hold a credential. It is not what is
// sent.
func (e RawEndpoint) MarshalJSON() ([]byte, error) {
	if len(e.Raw) == 0 {
		return []byte("null"), nil
	}
	if e.holdsNoSecret() {
		return e.Raw, nil
	}
	object, err := decodeObject(e.Raw)
	if err != nil { // not an object: nothing to name the values by
		return json.Marshal(Secret(e.Raw))
	}
	return json.Marshal(SecretMap(object))
}
