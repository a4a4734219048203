package novu

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
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

// Endpoint is where a notification lands: one of [MSTeamsChannelEndpoint],
// [MSTeamsUserEndpoint], [WebhookEndpoint] and [RawEndpoint]. The Go type is
// the wire's "type", so the two can't disagree.
type Endpoint interface {
	// Type is the endpoint's type on the wire.
	Type() EndpointType

	check(*checks)
	checkShape(*checks) // whether the ids can be what they stand for
	wire() any          // the "endpoint" object as it is sent
	secrets() []Secret  // what wire reveals
}

// MSTeamsChannelEndpoint is a channel of a team. TeamID is what Graph calls the
// team's id, a GUID; ChannelID is a thread id, "19:…@thread.tacv2". The bot
// must be installed in the team.
type MSTeamsChannelEndpoint struct {
	TeamID    string `json:"teamId"`
	ChannelID string `json:"channelId"`
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
func (e MSTeamsChannelEndpoint) wire() any         { return e }
func (e MSTeamsChannelEndpoint) secrets() []Secret { return nil }

// MSTeamsUserEndpoint is a person: UserID is the bot's id of them, "29:…", or
// their Entra object id. TenantID is sent only if it is set, which servers
// before mid-2026 refuse.
type MSTeamsUserEndpoint struct {
	UserID   string `json:"userId"`
	TenantID string `json:"tenantId,omitempty"`
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
func (e MSTeamsUserEndpoint) wire() any         { return e }
func (e MSTeamsUserEndpoint) secrets() []Secret { return nil }

// WebhookEndpoint is a URL that Novu posts the notification to, such as that of
// a Workflow in Teams. It needs no connection. The URL is a credential: it is
// never printed, and JSON made of it holds "[redacted]".
type WebhookEndpoint struct {
	URL     Secret `json:"url"` // https
	Channel string `json:"channel,omitempty"`
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
	return struct {
		URL     string `json:"url"`
		Channel string `json:"channel,omitempty"`
	}{e.URL.Reveal(), e.Channel}
}

// secrets holds the URL and, since a server may echo a part, its query values.
func (e WebhookEndpoint) secrets() []Secret {
	secrets := []Secret{e.URL}
	if u, err := url.Parse(e.URL.Reveal()); err == nil {
		secrets = append(secrets, Secret(u.RequestURI()), Secret(u.Query().Get("sig")))
	}
	return secrets
}

// RawEndpoint is an endpoint of any other type, known to Novu now or later. Raw
// is its "endpoint" object as it stands, so that nothing is lost. Since that may
// hold a credential, fmt and slog do not show it, and JSON redacts its values
// unless the type is known to hold none.
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
	var object map[string]any
	_ = json.Unmarshal(e.Raw, &object) // check has seen it
	var secrets []Secret
	for _, value := range object {
		if s, ok := value.(string); ok && !e.holdsNoSecret() {
			secrets = append(secrets, Secret(s))
		}
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

// MarshalJSON returns the endpoint object, redacted where it may hold a
// credential. It is not what is sent.
func (e RawEndpoint) MarshalJSON() ([]byte, error) {
	if len(e.Raw) == 0 {
		return []byte("null"), nil
	}
	if e.holdsNoSecret() {
		return e.Raw, nil
	}
	var object map[string]any
	if json.Unmarshal(e.Raw, &object) != nil { // not an object: nothing to name the values by
		return json.Marshal(Secret(e.Raw))
	}
	return json.Marshal(SecretMap(object))
}

// decodeEndpoint makes an Endpoint of the sibling fields "type" and "endpoint".
// What does not have the shape of its type is kept raw rather than refused.
func decodeEndpoint(kind EndpointType, raw json.RawMessage) Endpoint {
	switch kind {
	case EndpointMSTeamsChannel:
		var e MSTeamsChannelEndpoint
		if json.Unmarshal(raw, &e) == nil {
			return e
		}
	case EndpointMSTeamsUser:
		var e MSTeamsUserEndpoint
		if json.Unmarshal(raw, &e) == nil {
			return e
		}
	case EndpointWebhook:
		var e WebhookEndpoint
		if json.Unmarshal(raw, &e) == nil {
			return e
		}
	}
	return RawEndpoint{kind, raw}
}

// endpoint checks e and follows a pointer to one, which is an Endpoint too.
func (c *checks) endpoint(e Endpoint) Endpoint {
	if v := reflect.ValueOf(e); v.Kind() == reflect.Pointer && !v.IsNil() {
		e, _ = v.Elem().Interface().(Endpoint)
	} else if e == nil || v.Kind() == reflect.Pointer {
		c.add("Endpoint", "must not be nil; use one of "+strings.Join(endpointTypes, ", "))
		return nil
	}
	e.check(c)
	return e
}

var endpointTypes = []string{"MSTeamsChannelEndpoint", "MSTeamsUserEndpoint", "WebhookEndpoint", "RawEndpoint"}
