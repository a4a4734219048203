package novu

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SignatureTolerance is how far the time of a signature may be from this machine's, either way.
const SignatureTolerance = 300 * time.Second

// SignatureError says why a request is not known to come from Novu. It is ErrBadSignature.
type SignatureError struct {
	Code string // "SignatureNotFoundError", "SignatureInvalidError", "SignatureExpiredError" or "SignatureMismatchError"
	// Skew is how much later than this machine's time the request was signed. It is set only where
	// the signature is right but for its time: then a clock is wrong, or somebody repeats an old
	// request.
	Skew time.Duration
}

const (
	signatureNotFound = "SignatureNotFoundError"
	signatureInvalid  = "SignatureInvalidError"
	signatureExpired  = "SignatureExpiredError"
	signatureMismatch = "SignatureMismatchError"
)

// Error says what is wrong.
func (e *SignatureError) Error() string {
	switch e.Code {
	case signatureNotFound:
		return "novu: verify signature: the novu-signature header is missing"
	case signatureInvalid:
		return "novu: verify signature: the novu-signature header is not of the form t=<milliseconds>,v1=<hex>"
	case signatureExpired:
		if e.Skew != 0 {
			return fmt.Sprintf("novu: verify signature: it was made %s from now, %s is the limit: check the clock", e.Skew, SignatureTolerance)
		}
		return fmt.Sprintf("novu: verify signature: it was made more than %s from now", SignatureTolerance)
	}
	return "novu: verify signature: it does not match: the request was changed, or signed with another secret key"
}

// Unwrap returns ErrBadSignature.
func (e *SignatureError) Unwrap() error { return ErrBadSignature }

// VerifySignature reports whether Novu has signed a request with the client's secret key, or with
// one of [WithPreviousSecretKeys], within [SignatureTolerance]. The body is the raw one, byte for
// byte. The error is a [*SignatureError].
//
// Package agent verifies for you. Use VerifySignature for requests of Novu's that you handle
// yourself.
func (c *Client) VerifySignature(header http.Header, body []byte) error {
	value := strings.Join(header.Values("Novu-Signature"), ",")
	if strings.TrimSpace(value) == "" {
		return &SignatureError{Code: signatureNotFound}
	}
	at, mac := signatureParts(value)
	millis, err := strconv.ParseInt(at, 10, 64)
	if err != nil || mac == "" {
		return &SignatureError{Code: signatureInvalid}
	}
	genuine := c.signed(at, mac, body)
	skew := time.UnixMilli(millis).Sub(time.Now().Truncate(time.Millisecond))
	switch {
	case skew.Abs() > SignatureTolerance && genuine:
		return &SignatureError{Code: signatureExpired, Skew: skew}
	case skew.Abs() > SignatureTolerance:
		return &SignatureError{Code: signatureExpired}
	case !genuine:
		return &SignatureError{Code: signatureMismatch}
	}
	return nil
}

// SignRequest signs a request as Novu signs what it sends to a bridge: it sets novu-signature in
// header, for body as it is now. Requests without a body, such as a bridge's health check, are signed
// over "{}". It is for tests of a bridge, and for asking a bridge whether it knows the key.
func (c *Client) SignRequest(header http.Header, body []byte) {
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	header.Set("Novu-Signature", "t="+at+",v1="+c.sign(at, body))
}

// signatureParts returns the first t and the first v1 of a header.
func signatureParts(value string) (at, mac string) {
	for part := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case name == "t" && at == "":
			at = text
		case name == "v1" && mac == "":
			mac = text
		}
	}
	return at, mac
}

// signer returns a function that signs with key. Keys live only in closures, so that no printed
// client can show them.
func signer(key Secret) func(at string, body []byte) string {
	return func(at string, body []byte) string {
		sum := hmac.New(sha256.New, []byte(key.Reveal()))
		sum.Write([]byte(at + "."))
		sum.Write(body)
		return hex.EncodeToString(sum.Sum(nil))
	}
}

// verifier returns a function that compares a signature with those of all keys.
func verifier(keys []Secret) func(at, mac string, body []byte) bool {
	return func(at, mac string, body []byte) bool {
		found := false
		for _, key := range keys {
			if hmac.Equal([]byte(signer(key)(at, body)), []byte(mac)) {
				found = true
			}
		}
		return found
	}
}

// WithPreviousSecretKeys names secret keys that signatures may still be made with, for the time of
// a rotation. Requests are sent with the current key only.
func WithPreviousSecretKeys(keys ...Secret) Option {
	return func(c *config, checks *checks) {
		for i, key := range keys {
			checkKey(checks, fmt.Sprintf("PreviousSecretKeys[%d]", i), key.Reveal())
		}
		c.previousKeys = append(c.previousKeys, keys...)
	}
}
