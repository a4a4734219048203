package msteams

import (
	"fmt"

	"github.com/novu-go/novu/internal/redact"
)

// Format prints the credentials without their secret, whatever the verb.
func (c Credentials) Format(f fmt.State, verb rune) {
	type plain Credentials
	redact.Format(f, verb, plain(c))
}

// Format prints the token without its secret, whatever the verb.
func (t Token) Format(f fmt.State, verb rune) {
	type plain Token
	redact.Format(f, verb, plain(t))
}
