package novutest

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"
)

const (
	base36    = "0123456789abcdefghijklmnopqrstuvwxyz"
	base64ish = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return b
}

func randomHex(n int) string { return hex.EncodeToString(randomBytes(n)) }

func randomID(n int, alphabet string) string {
	b := randomBytes(n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func randomUUID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// objectIDs makes MongoDB object ids, which grow as they are made.
type objectIDs struct {
	process [5]byte
	counter atomic.Uint32
}

func newObjectIDs() *objectIDs {
	o := &objectIDs{}
	copy(o.process[:], randomBytes(5))
	return o
}

func (o *objectIDs) next(now time.Time) string {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:4], uint32(now.Unix()))
	copy(b[4:9], o.process[:])
	n := o.counter.Add(1)
	b[9], b[10], b[11] = byte(n>>16), byte(n>>8), byte(n)
	return hex.EncodeToString(b[:])
}

// hex24 is what the database takes for an object id.
var hex24 = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)
