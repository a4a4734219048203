package novu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
)

// EndpointType is the kind of a channel endpoint, as Novu spells it.
type EndpointType string

// The endpoint types that have a Go type of their own, and Novu's others, which
// are carried by [RawEndpoint].
const (
	EndpointMSTeamsChannel EndpointType = "ms_teams_channel"
	EndpointMSTeamsUser    EndpointType = "ms_teams_user"
	EndpointWebhook        EndpointType = "webhook"

	EndpointSlackChannel        EndpointType = "slack_channel"
	EndpointSlackUser           EndpointType = "slack_user"
	EndpointPhone               EndpointType = "phone"
	EndpointTelegramChat        EndpointType = "telegram_chat"
	EndpointWebexRoom           EndpointType = "webex_room"
	EndpointWebexPerson         EndpointType = "webex_person"
	EndpointLineUser            EndpointType = "line_user"
	EndpointPagerDutyService    EndpointType = "pagerduty_service"
	EndpointOpsgenieIntegration EndpointType = "opsgenie_integration"
	EndpointGrafanaOnCall       EndpointType = "grafana_oncall_integration"
	EndpointToolWebhook         EndpointType = "tool_webhook"
)

// Endpoint is where a notification lands: one of [MSTeamsChannelEndpoint], [MSTeamsUserEndpoint],
// [WebhookEndpoint] and [RawEndpoint]. The Go type is the wire's "type", so the two can't disagree.
//
// Each keeps the keys of its "endpoint" object that this package does not know, and sends them back in
// an update.
type Endpoint interface {
	// Type is the endpoint's type on the wire.
	Type() EndpointType

	check(*checks)
	checkShape(*checks) // whether the ids can be what they stand for
	wire() any          // the "endpoint" object as it is sent
	secrets() []Secret  // what wire reveals
}

// MSTeamsChannelEndpoint is a channel of a team. TeamID is what Graph calls the team's id, a GUID.
// ChannelID is a thread id, "19:…@thread.tacv2". The bot must be installed in the team.
type MSTeamsChannelEndpoint struct {
	TeamID    string `json:"teamId"`
	ChannelID string `json:"channelId"`
	extra     extraKeys
}

// Type returns EndpointMSTeamsChannel.
func (MSTeamsChannelEndpoint) Type() EndpointType { return EndpointMSTeamsChannel }

func (e MSTeamsChannelEndpoint) check(c *checks) {
	c.id("Endpoint.TeamID", e.TeamID).id("Endpoint.ChannelID", e.ChannelID)
}

func (e MSTeamsChannelEndpoint) checkShape(c *checks) {
	switch {
	case isThreadID(e.TeamID) && isGUID(e.ChannelID):
		c.add("Endpoint.TeamID", "and ChannelID are swapped: the team's id is the GUID, the channel's starts with 19:")
		return
	case isThreadID(e.TeamID):
		c.add("Endpoint.TeamID", "is a thread id, which names a channel; Graph's id of a team is a GUID")
	case e.TeamID != "" && !isGUID(e.TeamID):
		c.add("Endpoint.TeamID", fmt.Sprintf("%q is not a GUID, which Graph's id of a team is", e.TeamID))
	}
	if e.ChannelID != "" && !isThreadID(e.ChannelID) {
		c.add("Endpoint.ChannelID", fmt.Sprintf("%q is not a thread id, such as 19:…@thread.tacv2", e.ChannelID))
	}
}

func (e MSTeamsChannelEndpoint) wire() any {
	type plain MSTeamsChannelEndpoint
	if e.extra == "" {
		return plain(e)
	}
	return e.extra.with("teamId", e.TeamID, "channelId", e.ChannelID)
}

func (MSTeamsChannelEndpoint) secrets() []Secret { return nil }

// MarshalJSON writes the endpoint as it is sent.
func (e MSTeamsChannelEndpoint) MarshalJSON() ([]byte, error) { return json.Marshal(e.wire()) }

// UnmarshalJSON reads the endpoint with every key that it has.
func (e *MSTeamsChannelEndpoint) UnmarshalJSON(data []byte) error {
	*e = MSTeamsChannelEndpoint{}
	return decodeKeys(data, &e.extra, func(key, value []byte) (known, ok bool) {
		switch string(key) {
		case "teamId":
			return true, text(value, &e.TeamID)
		case "channelId":
			return true, text(value, &e.ChannelID)
		}
		return false, true
	})
}

// MSTeamsUserEndpoint is a person. UserID is the bot's id of them, "29:…", or their Entra object id.
// TenantID is sent only if it is set; servers before mid-2026 refuse it.
type MSTeamsUserEndpoint struct {
	UserID   string `json:"userId"`
	TenantID string `json:"tenantId,omitempty"`
	extra    extraKeys
}

// Type returns EndpointMSTeamsUser.
func (MSTeamsUserEndpoint) Type() EndpointType { return EndpointMSTeamsUser }

func (e MSTeamsUserEndpoint) check(c *checks) {
	c.id("Endpoint.UserID", e.UserID).optionalID("Endpoint.TenantID", e.TenantID)
}

func (e MSTeamsUserEndpoint) checkShape(c *checks) {
	switch {
	case e.UserID == "" || isGUID(e.UserID) || strings.HasPrefix(e.UserID, "29:"):
	case strings.Contains(e.UserID, "@") && !isThreadID(e.UserID):
		c.add("Endpoint.UserID", "is an address; it must be the Entra object id, a GUID, or the bot's id of the person, 29:…")
	default:
		c.add("Endpoint.UserID", fmt.Sprintf("%q is neither an Entra object id, a GUID, nor the bot's id of a person, 29:…", e.UserID))
	}
	if e.TenantID != "" && !isGUID(e.TenantID) {
		c.add("Endpoint.TenantID", fmt.Sprintf("%q is not a GUID, which a tenant's id is", e.TenantID))
	}
}

func (e MSTeamsUserEndpoint) wire() any {
	type plain MSTeamsUserEndpoint
	if e.extra == "" {
		return plain(e)
	}
	return e.extra.with("userId", e.UserID, "tenantId", e.TenantID)
}

func (MSTeamsUserEndpoint) secrets() []Secret { return nil }

// MarshalJSON writes the endpoint as it is sent.
func (e MSTeamsUserEndpoint) MarshalJSON() ([]byte, error) { return json.Marshal(e.wire()) }

// UnmarshalJSON reads the endpoint with every key that it has.
func (e *MSTeamsUserEndpoint) UnmarshalJSON(data []byte) error {
	*e = MSTeamsUserEndpoint{}
	return decodeKeys(data, &e.extra, func(key, value []byte) (known, ok bool) {
		switch string(key) {
		case "userId":
			return true, text(value, &e.UserID)
		case "tenantId":
			return true, text(value, &e.TenantID)
		}
		return false, true
	})
}

// WebhookEndpoint is a URL that Novu posts the notification to, such as that of a Workflow in Teams. It
// needs no connection. The URL is a credential: it is never printed, and JSON made of it holds
// "[redacted]".
type WebhookEndpoint struct {
	URL     Secret `json:"url"` // https
	Channel string `json:"channel,omitempty"`
	extra   extraKeys
}

// Type returns EndpointWebhook.
func (WebhookEndpoint) Type() EndpointType { return EndpointWebhook }

func (e WebhookEndpoint) check(c *checks) {
	u, err := url.Parse(e.URL.Reveal())
	switch {
	case e.URL == "":
		c.add("Endpoint.URL", "must not be empty")
	case err != nil || u.Hostname() == "":
		c.add("Endpoint.URL", "is not an absolute URL")
	case u.Scheme != "https":
		c.add("Endpoint.URL", "must start with https://")
	}
}

func (WebhookEndpoint) checkShape(*checks) {} // check looks at the URL

func (e WebhookEndpoint) wire() any {
	return e.extra.with("url", e.URL.Reveal(), "channel", e.Channel)
}

// secrets holds the URL and, since a server may echo a part, its query values.
func (e WebhookEndpoint) secrets() []Secret {
	secrets := []Secret{e.URL}
	if u, err := url.Parse(e.URL.Reveal()); err == nil {
		secrets = append(secrets, Secret(u.RequestURI()), Secret(u.Query().Get("sig")))
	}
	for _, s := range stringsIn(e.extra.with()) {
		secrets = append(secrets, Secret(s))
	}
	return secrets
}

// MarshalJSON writes the endpoint with all redacted but the channel. It is not what is sent.
func (e WebhookEndpoint) MarshalJSON() ([]byte, error) {
	wire := e.extra.with()
	for key := range wire {
		wire[key] = Secret("any")
	}
	wire["url"] = e.URL
	if e.Channel != "" {
		wire["channel"] = e.Channel
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads the endpoint with every key that it has.
func (e *WebhookEndpoint) UnmarshalJSON(data []byte) error {
	*e = WebhookEndpoint{}
	return decodeKeys(data, &e.extra, func(key, value []byte) (known, ok bool) {
		switch string(key) {
		case "url":
			return true, text(value, (*string)(&e.URL))
		case "channel":
			return true, text(value, &e.Channel)
		}
		return false, true
	})
}

// extraKeys is what an endpoint holds beside the keys that this package knows: a JSON object, or "" for
// nothing. An update sends it back, since the server replaces the endpoint as a whole. It is a string so
// that endpoints can be compared.
type extraKeys string

// with is an object with the extra keys and the known ones, given as key and value. Known keys without a
// value are left out.
func (x extraKeys) with(known ...string) map[string]any {
	wire, _ := decodeObject([]byte(x)) // it was encoded here
	if wire == nil {
		wire = map[string]any{}
	}
	for i := 0; i < len(known); i += 2 {
		if known[i+1] != "" {
			wire[known[i]] = known[i+1]
		}
	}
	return wire
}

// decodeKeys gives each key of an object to known, which reports whether it knows the key and could read
// the value, and keeps the others.
func decodeKeys(object []byte, extra *extraKeys, known func(key, value []byte) (known, ok bool)) error {
	m := membersOf(object)
	others := map[string]json.RawMessage(nil)
	for m.next() {
		isKnown, ok := known(m.key, m.value)
		switch {
		case !ok:
			return fmt.Errorf("%s does not fit", m.key)
		case !isKnown && others == nil:
			others = map[string]json.RawMessage{string(m.key): m.value}
		case !isKnown:
			others[string(m.key)] = m.value
		}
	}
	if !m.atEnd() {
		return errors.New("it is not a JSON object")
	}
	if others != nil {
		*extra = extraKeys(encoded(others))
	}
	return nil
}

// decodeEndpoint makes an Endpoint of the sibling fields "type" and "endpoint". What does not have the
// shape of its type is kept raw rather than refused.
func decodeEndpoint(kind EndpointType, raw []byte) Endpoint {
	if string(raw) == "null" {
		raw = nil
	}
	switch kind {
	case EndpointMSTeamsChannel:
		var e MSTeamsChannelEndpoint
		if e.UnmarshalJSON(raw) == nil {
			return e
		}
	case EndpointMSTeamsUser:
		var e MSTeamsUserEndpoint
		if e.UnmarshalJSON(raw) == nil {
			return e
		}
	case EndpointWebhook:
		var e WebhookEndpoint
		if e.UnmarshalJSON(raw) == nil {
			return e
		}
	}
	return RawEndpoint{EndpointType: kind, Raw: bytes.Clone(raw)}
}

// endpoint checks e and returns it as one of this package's types. A pointer to one is an Endpoint too,
// and so is a struct that embeds one.
func (c *checks) endpoint(e Endpoint) Endpoint {
	found := plainEndpoint(reflect.ValueOf(e))
	if found == nil {
		c.add("Endpoint", "must not be nil; use one of MSTeamsChannelEndpoint, MSTeamsUserEndpoint, WebhookEndpoint, RawEndpoint")
		return nil
	}
	found.check(c)
	return found
}

func plainEndpoint(v reflect.Value) Endpoint {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || !v.CanInterface() {
		return nil
	}
	switch e := v.Interface().(type) {
	case MSTeamsChannelEndpoint:
		return e
	case MSTeamsUserEndpoint:
		return e
	case WebhookEndpoint:
		return e
	case RawEndpoint:
		return e
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			if e := plainEndpoint(v.Field(i)); e != nil {
				return e
			}
		}
	}
	return nil
}
