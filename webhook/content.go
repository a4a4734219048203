package webhook

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Both are spelled so inside JSON strings only, never between them.
var liquidDelimiters = strings.NewReplacer("{{", `{\u007b`, "{%", `{\u0025`)

// ForNovu returns what the content of a Novu chat step must be, so that Novu
// posts message (as for [Client.Send]) to a Workflows webhook and the workflow
// shows it. Novu posts content that is JSON as it stands and wraps any other in
// {"text": …}, for which a Workflow shows nothing.
//
// A step's content is a Liquid template. The delimiters {{ and {% in the
// message are escaped, so that they are shown as typed and whoever wrote the
// text can't have Novu evaluate it. The message can't hold Novu's variables for
// the same reason, and because a value with a quotation mark in it would break
// the JSON around it. Where it varies, make it when you trigger: send ForNovu's
// result in the payload, say as "card", and let the step's content be
// {{payload.card}} and nothing else.
//
// The characters <, > and & are escaped too, since Novu may sanitise content as
// if it were HTML. The error is ErrInvalidParams where a Workflow would not show
// the message, or where it is larger than DefaultMaxMessageSize.
func ForNovu(message any) (string, error) {
	data, err := encode("write content for Novu", message, DefaultMaxMessageSize)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	json.HTMLEscape(&b, data)
	return liquidDelimiters.Replace(b.String()), nil
}
