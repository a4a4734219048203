package novu

import (
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// Version is the version of this module in the running program, as its build information has it. It
// goes out in the User-Agent header. It is "devel" if the build does not say, as in tests.
var Version = rest.Version

// Region is one of Novu's own installations.
type Region string

// Novu's regions. Use [WithBaseURL] for a self-hosted server.
const (
	RegionUS Region = "https://api.novu.co"
	RegionEU Region = "https://eu.api.novu.co"
)

// Secret is a string that is never printed. Every fmt verb, slog, JSON and XML yield "[redacted]",
// or nothing if it is empty. It decodes from a plain JSON string.
//
//	func (s Secret) Reveal() string              // the value itself
//	func (s Secret) String() string              // "[redacted]"
//	func (s Secret) MarshalText() ([]byte, error) // "[redacted]", also as MarshalJSON, Format and LogValue
//
// Encoding/json takes the keys of a map as they are, and encoding/xml a comment: don't use a Secret
// as one.
type Secret = redact.Secret

// RetryPolicy bounds how often a request is repeated and how long the waits are. What may be
// repeated at all follows from the operation. A zero field means its default.
//
//	type RetryPolicy struct {
//		MaxAttempts   int           // requests in all, the first included; 1 turns retries off; default 4
//		MinWait       time.Duration // longest wait before the second attempt, doubled for each further one; default 500 ms
//		MaxWait       time.Duration // longest wait that this side chooses; default 8 s
//		MaxRetryAfter time.Duration // longest Retry-After that is obeyed; a longer one ends the call; default 60 s
//	}
type RetryPolicy = rest.RetryPolicy

// Attempt is one request of an operation and how it ended, for [WithAttemptHook]. It holds no
// identifier, query, header or body. Err may name the host.
//
//	type Attempt struct {
//		Operation string        // what is attempted, in words: "create channel endpoint"
//		Method    string        // "POST"
//		Route     string        // the pattern, "/v1/channel-endpoints/{identifier}"
//		Number    int           // 1 for the first of the operation
//		Status    int           // of the answer; 0 if none came
//		Outcome   string        // "succeeded", "not sent", "broken", "timed out", "canceled", "barred", "server error", "rate limited", "in progress", "conflict", "not found" or "refused"
//		Held      time.Duration // always 0 in this package: TriggerAll paces itself before its requests
//		Duration  time.Duration // from sending to the end of the answer; 0 if the context ended before
//		Again     bool          // another attempt follows
//		Wait      time.Duration // before that one
//		Err       error         // why there is no whole answer; nil if there is one
//	}
type Attempt = rest.Attempt

// ChannelType is a channel that Novu delivers through.
type ChannelType string

// Novu's channels. Teams is a chat.
const (
	ChannelChat  ChannelType = "chat"
	ChannelEmail ChannelType = "email"
	ChannelSMS   ChannelType = "sms"
	ChannelPush  ChannelType = "push"
	ChannelInApp ChannelType = "in_app"
)

// ProviderID is a provider that Novu can deliver through. There are many more than those named
// here.
type ProviderID string

// Providers of the chat channel.
const (
	ProviderMSTeams ProviderID = "msteams"
	ProviderSlack   ProviderID = "slack"
)

// Ptr returns a pointer to v, for the few fields where the API tells "absent" from "false" or
// "null".
func Ptr[T any](v T) *T { return &v }
