package novu

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/novu-go/novu/internal/redact"
)

// Every type that holds a secret, or a text in which the server may have put one, prints itself. It
// is not enough that its fields do: see redact.Format.

// Format prints the value without its secrets, whatever the verb.
func (o OAuthURL) Format(f fmt.State, verb rune) {
	type plain OAuthURL
	redact.Format(f, verb, plain(o))
}

// Format prints the value without its secrets, whatever the verb.
func (l Link) Format(f fmt.State, verb rune) {
	type plain Link
	redact.Format(f, verb, plain(l))
}

// Format prints the value without its secrets, whatever the verb.
func (w WebhookEndpoint) Format(f fmt.State, verb rune) {
	type plain WebhookEndpoint
	redact.Format(f, verb, plain(w))
}

// Format prints the value without its secrets, whatever the verb.
func (c ChannelEndpoint) Format(f fmt.State, verb rune) {
	type plain ChannelEndpoint
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (c CreateChannelEndpointParams) Format(f fmt.State, verb rune) {
	type plain CreateChannelEndpointParams
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (u UpdateChannelEndpointParams) Format(f fmt.State, verb rune) {
	type plain UpdateChannelEndpointParams
	redact.Format(f, verb, plain(u))
}

// Format prints the value without its secrets, whatever the verb.
func (c ConnectionAuth) Format(f fmt.State, verb rune) {
	type plain ConnectionAuth
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (c ChannelConnection) Format(f fmt.State, verb rune) {
	type plain ChannelConnection
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (c CreateChannelConnectionParams) Format(f fmt.State, verb rune) {
	type plain CreateChannelConnectionParams
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (u UpdateChannelConnectionParams) Format(f fmt.State, verb rune) {
	type plain UpdateChannelConnectionParams
	redact.Format(f, verb, plain(u))
}

// Format prints the value without its secrets, whatever the verb.
func (m MSTeamsCredentials) Format(f fmt.State, verb rune) {
	type plain MSTeamsCredentials
	redact.Format(f, verb, plain(m))
}

// Format prints the value without its secrets, whatever the verb.
func (i Integration) Format(f fmt.State, verb rune) {
	type plain Integration
	redact.Format(f, verb, plain(i))
}

// Format prints the value without its secrets, whatever the verb.
func (c CreateIntegrationParams) Format(f fmt.State, verb rune) {
	type plain CreateIntegrationParams
	redact.Format(f, verb, plain(c))
}

// Format prints the value without its secrets, whatever the verb.
func (u UpdateIntegrationParams) Format(f fmt.State, verb rune) {
	type plain UpdateIntegrationParams
	redact.Format(f, verb, plain(u))
}

// Format prints the value without its secrets, whatever the verb.
func (a AgentReplyParams) Format(f fmt.State, verb rune) {
	type plain AgentReplyParams
	redact.Format(f, verb, plain(a))
}

// Format prints the value without its secrets, whatever the verb.
func (n Notification) Format(f fmt.State, verb rune) {
	type plain Notification
	redact.Format(f, verb, plain(n))
}

// Format prints the value without its secrets, whatever the verb.
func (n NotificationJob) Format(f fmt.State, verb rune) {
	type plain NotificationJob
	redact.Format(f, verb, plain(n))
}

// Format prints the page without the secrets of its items, whatever the verb.
func (p Page[T]) Format(f fmt.State, verb rune) {
	type plain Page[T]
	redact.Format(f, verb, plain(p))
}

// Format prints the page without the secrets of its items, whatever the verb.
func (p NumberedPage[T]) Format(f fmt.State, verb rune) {
	type plain NumberedPage[T]
	redact.Format(f, verb, plain(p))
}

// plainExecutionDetail is an ExecutionDetail as it is printed.
type plainExecutionDetail ExecutionDetail

func (d ExecutionDetail) shown() plainExecutionDetail {
	shown := plainExecutionDetail(d)
	shown.Detail = redact.URLs(shown.Detail)
	shown.Raw = redact.URLs(shown.Raw)
	return shown
}

// Format prints the value, whatever the verb. Novu puts the URL of a webhook, signature included,
// into Raw: web addresses are shown without all but their host. Read the field for the whole text.
func (d ExecutionDetail) Format(f fmt.State, verb rune) { redact.Format(f, verb, d.shown()) }

// MarshalJSON writes what Format shows.
func (d ExecutionDetail) MarshalJSON() ([]byte, error) { return json.Marshal(d.shown()) }

// LogValue returns what Format shows.
func (d ExecutionDetail) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d.shown())) }

// plainMessage is a Message as it is printed.
type plainMessage Message

func (m Message) shown() plainMessage {
	shown := plainMessage(m)
	shown.ErrorText = redact.URLs(shown.ErrorText)
	return shown
}

// Format prints the value, whatever the verb. Novu puts the URL of a webhook, signature included,
// into ErrorText: web addresses are shown without all but their host. Read the field for the whole
// text.
func (m Message) Format(f fmt.State, verb rune) { redact.Format(f, verb, m.shown()) }

// MarshalJSON writes what Format shows.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.shown()) }

// LogValue returns what Format shows.
func (m Message) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(m.shown())) }
