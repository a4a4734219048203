package novu

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// Response is the last answer to a call, captured with [WithResponse]. Printing it shows neither headers
// nor body, since a body may hold credentials.
type Response struct {
	StatusCode int
	Header     http.Header
	Attempts   int       // requests sent for this call
	RateLimit  RateLimit // zero if the server sent none
	Body       []byte    // as received, up to WithMaxResponseSize; of an error without secrets, up to 64 KiB
}

// RateLimit is what the RateLimit-* headers say about the bucket that a request was counted in.
// Subscribers, connections and endpoints share one.
type RateLimit struct {
	Limit     int           // requests in a window
	Remaining int           // requests that may be sent at once
	Reset     time.Duration // until another may be sent, rounded up to seconds; may be 0
	Policy    string        // the RateLimit-Policy header, with the window in seconds (w=) and the burst
}

func (r *Response) fill(a *rest.Answer, attempts int) {
	if r == nil {
		return
	}
	*r = Response{Attempts: attempts}
	if a == nil {
		return
	}
	r.StatusCode, r.Header, r.Body = a.StatusCode, a.Header, a.Body
	r.RateLimit = RateLimit{
		Limit:     number(a.Header, "RateLimit-Limit"),
		Remaining: number(a.Header, "RateLimit-Remaining"),
		Reset:     seconds(number(a.Header, "RateLimit-Reset")),
		Policy:    a.Header.Get("RateLimit-Policy"),
	}
}

// seconds is n seconds, or the longest Duration if that is too many.
func seconds(n int) time.Duration {
	if int64(n) > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}

func number(h http.Header, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// String returns status, attempts and size.
func (r Response) String() string {
	return fmt.Sprintf("%d %s (%d attempts, %d bytes)", r.StatusCode, http.StatusText(r.StatusCode), r.Attempts, len(r.Body))
}

// Format prints what String returns, whatever the verb.
func (r Response) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// LogValue returns what String returns.
func (r Response) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText returns what String returns.
func (r Response) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
