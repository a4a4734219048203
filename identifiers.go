package novu

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

const madeLength = 20

// makeID returns an identifier for something that the caller left unnamed, so
// that a repeated create meets itself. It is random, or derived from the
// caller's idempotency key, whose repetition must send the same body.
func makeID(prefix string, opts []RequestOption) string { return makeNthID(prefix, 0, opts) }

func makeNthID(prefix string, n int, opts []RequestOption) string {
	o, _ := callOptions("", opts) // what is wrong with them, send reports
	if o.idempotencyKey == "" {
		return prefix + strings.ToLower(rand.Text())[:madeLength]
	}
	return prefix + derive(prefix, o.idempotencyKey, n)[:madeLength]
}

func derive(purpose, key string, n int) string {
	sum := sha256.Sum256([]byte(purpose + "\x00" + strconv.Itoa(n) + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// keyOfChunk gives each request of a bulk operation an idempotency key of its
// own: the server refuses a second body under one key.
func keyOfChunk(n int) RequestOption {
	return func(o *requestOptions, _ *checks) {
		if o.idempotencyKey != "" && n > 0 {
			o.idempotencyKey = derive("chunk", o.idempotencyKey, n)
		}
	}
}
