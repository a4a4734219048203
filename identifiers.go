package novu

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

const madeLength = 20

// identify returns the identity of what a call creates: the caller's choice, or an identifier that
// is made here.
func (c *checks) identify(chosen, prefix string, body any) identity {
	if chosen != "" {
		return identity{id: chosen, guard: rest.IdentifierChosen}
	}
	return identity{id: makeID(prefix, c.options.idempotencyKey, body, 0), guard: rest.IdentifierMade}
}

// makeID returns an identifier for what the caller left unnamed, so that a repeated request meets
// itself. It is random, or derived from the caller's idempotency key and from the body: a
// repetition of the call sends the same, and another call under the same key something else. The
// number tells equal bodies of one call apart.
func makeID(prefix, key string, body any, number int) string {
	if key == "" {
		return prefix + strings.ToLower(rand.Text())[:madeLength]
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		encoded = nil // the request will fail for the same reason
	}
	return prefix + derive(prefix, key, number, encoded)[:madeLength]
}

func derive(purpose, key string, n int, body []byte) string {
	sum := sha256.New()
	for _, part := range []string{purpose, strconv.Itoa(n), strconv.Itoa(len(key)), key} {
		sum.Write([]byte(part + "\x00"))
	}
	sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

// keyOfPart gives each request of an operation that sends several an idempotency key of its own:
// the server refuses a second body under one key. Two parts with the same number and body are the
// same request.
func keyOfPart(n int, body []byte) RequestOption {
	return func(o *requestOptions, _ *checks) {
		if o.idempotencyKey != "" {
			o.idempotencyKey = derive("part", o.idempotencyKey, n, body)
		}
	}
}
