package emulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Alphabets for RandomID.
const (
	Digits       = "0123456789"
	Base36       = "0123456789abcdefghijklmnopqrstuvwxyz"
	Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// RandomBytes returns n random bytes.
func RandomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return b
}

// RandomHex returns n random bytes as hex digits.
func RandomHex(n int) string { return hex.EncodeToString(RandomBytes(n)) }

// RandomID returns n random characters of the alphabet.
func RandomID(n int, alphabet string) string {
	b := RandomBytes(n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// RandomUUID returns a random UUID of version 4.
func RandomUUID() string {
	b := RandomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Digest returns hex digits that depend on nothing but the parts.
func Digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// UUIDOf returns a UUID that depends on nothing but the parts.
func UUIDOf(parts ...string) string {
	d := Digest(parts...)
	return d[:8] + "-" + d[8:12] + "-4" + d[13:16] + "-8" + d[17:20] + "-" + d[20:32]
}

// ObjectIDs makes MongoDB object ids. Later ids sort after earlier ones.
type ObjectIDs struct {
	process [5]byte
	counter atomic.Uint32
}

// NewObjectIDs starts a sequence of its own.
func NewObjectIDs() *ObjectIDs {
	o := &ObjectIDs{}
	copy(o.process[:], RandomBytes(5))
	return o
}

// Next makes an id at the given time.
func (o *ObjectIDs) Next(now time.Time) string {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:4], uint32(now.Unix()))
	copy(b[4:9], o.process[:])
	n := o.counter.Add(1)
	b[9], b[10], b[11] = byte(n>>16), byte(n>>8), byte(n)
	return hex.EncodeToString(b[:])
}
