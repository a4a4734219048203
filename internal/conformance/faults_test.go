package conformance_test

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// fault is one thing that goes wrong, and how a call of each kind ends then. The endings are written
// by hand, from the rules in the head of docs/reliability.md.
type fault struct {
	group, name string
	expect      endings

	connect func() error     // instead of the first connection
	always  bool             // every time, not once
	half    bool             // the answer ends inside its headers
	nilBody bool             // the transport hands over an answer without a body
	http2   tamper           // instead of all of these, see TestHTTP2Faults
	server  []novutest.Fault // one after the other
	cancel  time.Duration    // when the context is cancelled; below 0: before the call
	limit   time.Duration    // the context's deadline
	key     string           // the caller's Idempotency-Key
	only    func(bool) bool  // idempotency on or off; nil: both
	waits   [2]time.Duration // the call takes at least and, unless 0, at most; where it is repeated or fails for want of time
	is      []error          // what the errors are
}

// ending is how a call ends.
type ending struct {
	fails    bool
	requests int
	effects  int // how often the call took effect on the server; a read has none
}

func succeeds(requests, effects int) ending {
	return ending{requests: requests, effects: effects}
}

func fails(requests, effects int) ending {
	return ending{fails: true, requests: requests, effects: effects}
}

// endings are by kind of operation; nil where the fault can't happen to that kind.
type endings [kinds]*ending

func every(e ending) endings {
	var all endings
	for k := range all {
		all[k] = &e
	}
	return all
}

// but returns the endings with another one for some kinds.
func (all endings) but(e ending, others ...kind) endings {
	for _, k := range others {
		all[k] = &e
	}
	return all
}

// notFor returns the endings without some kinds, to which the fault can't happen.
func (all endings) notFor(others ...kind) endings {
	for _, k := range others {
		all[k] = nil
	}
	return all
}

const (
	once  = time.Nanosecond // a wait that is not none
	never = -1
)

func on(idempotency bool) bool  { return idempotency }
func off(idempotency bool) bool { return !idempotency }

var (
	serverError = []error{novu.ErrServer, msteams.ErrServer, webhook.ErrServer}
	rateLimited = []error{novu.ErrRateLimited, msteams.ErrThrottled, webhook.ErrRateLimited}
	tooLarge    = []error{novu.ErrPayloadTooLarge, msteams.ErrPayloadTooLarge, webhook.ErrPayloadTooLarge}
	exists      = []error{novu.ErrConflict, msteams.ErrConflict}

	serverErrorOrUnknown = append(serverError[:3:3], novu.ErrOutcomeUnknown)
	cancelled            = []error{context.Canceled}
	deadline             = []error{context.DeadlineExceeded}
)

// status is an answer of a proxy in front of the API.
func status(code int, header ...string) []novutest.Fault {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return []novutest.Fault{{Status: code, Header: h, Body: `{"message":"` + http.StatusText(code) + `"}`}}
}

func one(f novutest.Fault) []novutest.Fault { return []novutest.Fault{f} }

func committed(f []novutest.Fault) []novutest.Fault { f[0].Commit = true; return f }

func ofTheAPI(f []novutest.Fault) []novutest.Fault { f[0].FromAPI = true; return f }

const (
	connecting  = "No connection comes about"
	breaking    = "The connection breaks, or nothing comes"
	unavailable = "The server is in trouble"
	throttling  = "The server asks for patience"
	refusing    = "The server refuses"
	garbled     = "The answer can't be right"
	keyed       = "Under an Idempotency-Key of the caller's"
	contextEnds = "The context ends"
)

var faults = []fault{
	{group: connecting, name: "refused", connect: refused, expect: every(succeeds(2, 1))},
	{group: connecting, name: "no such host", connect: unknownHost, expect: every(succeeds(2, 1))},
	{group: connecting, name: "TLS handshake fails", connect: noTLS, expect: every(succeeds(2, 1))},
	{group: connecting, name: "refused every time", connect: refused, always: true, expect: every(fails(4, 0))},

	{
		group: breaking, name: "before the commit", server: one(novutest.Fault{Cut: novutest.CutBefore}),
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: breaking, name: "and the commit follows", server: one(novutest.Fault{Cut: novutest.CutDuring}),
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: breaking, name: "after the commit", server: one(novutest.Fault{Cut: novutest.CutAfter}),
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: breaking, name: "in the headers of the answer", half: true,
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: breaking, name: "in the body of the answer ¹", server: one(novutest.Fault{HalfBody: true}),
		expect: every(succeeds(2, 1)).but(succeeds(1, 1), claim, remove, hook).but(fails(2, 1), lock).but(fails(1, 1), answer, message),
	},
	{
		group: breaking, name: "no headers within the attempt's 30 s",
		server: one(novutest.Fault{SlowHeaders: 40 * time.Second}), waits: [2]time.Duration{30 * time.Second},
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: breaking, name: "no end of the body within them ¹",
		server: one(novutest.Fault{SlowBody: 40 * time.Second}),
		expect: every(succeeds(2, 1)).but(succeeds(1, 1), claim, remove, hook).but(fails(2, 1), lock).but(fails(1, 1), answer, message),
	},

	{
		group: unavailable, name: "408", server: status(408),
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "500", server: status(500), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "500 of the API, kept under the key", server: ofTheAPI(status(500)), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "500 after the commit", server: committed(status(500)), is: serverErrorOrUnknown,
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: unavailable, name: "500 every time", server: status(500), always: true, is: serverError,
		expect: every(fails(4, 0)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "502", server: status(502), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "502 after the commit", server: committed(status(502)), is: serverErrorOrUnknown,
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).but(fails(1, 1), answer, hook, message),
	},
	{
		group: unavailable, name: "502 as an HTML page", server: one(novutest.HTMLFault(502)), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "503", server: status(503), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "503, Retry-After 3 s",
		server: status(503, "Retry-After", "3"), waits: [2]time.Duration{3 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: unavailable, name: "503 that is a replay",
		server: status(503, "Idempotency-Replay", "true"), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},
	{
		group: unavailable, name: "504", server: status(504), is: serverError,
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim, answer, hook, message),
	},

	{
		group: throttling, name: "429, Retry-After 2 s",
		server: status(429, "Retry-After", "2"), waits: [2]time.Duration{2 * time.Second, 4 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	// The clock starts in the year 2000; the date below is 50 s after it, the call 10 s.
	{
		group: throttling, name: "429, Retry-After a date 40 s away",
		server: status(429, "Retry-After", "Sat, 01 Jan 2000 00:00:50 GMT"),
		waits:  [2]time.Duration{35 * time.Second, 40 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: throttling, name: "429, Retry-After a date past",
		server: status(429, "Retry-After", "Fri, 31 Dec 1999 23:00:00 GMT"), waits: [2]time.Duration{once, 2 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: throttling, name: "429, Retry-After 0",
		server: status(429, "Retry-After", "0"), waits: [2]time.Duration{once, 2 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: throttling, name: "429, Retry-After -5",
		server: status(429, "Retry-After", "-5"), waits: [2]time.Duration{once, 2 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: throttling, name: "429 without Retry-After",
		server: status(429), waits: [2]time.Duration{once, 2 * time.Second},
		expect: every(succeeds(2, 1)),
	},
	{
		group: throttling, name: "429, Retry-After an hour",
		server: status(429, "Retry-After", "3600"), waits: [2]time.Duration{0, once}, is: rateLimited,
		expect: every(fails(1, 0)),
	},
	{
		group: throttling, name: "429, Retry-After of thirty digits",
		server: status(429, "Retry-After", strings.Repeat("9", 30)), waits: [2]time.Duration{0, once}, is: rateLimited,
		expect: every(fails(1, 0)),
	},
	{
		group: throttling, name: "429 every time", server: status(429), always: true, is: rateLimited,
		expect: every(fails(4, 0)),
	},
	{
		group: throttling, name: "409 with Retry-After: the key is in progress",
		server: one(novutest.InProgressFault()),
		expect: every(fails(1, 0)).but(succeeds(2, 1), trigger),
	},

	{group: refusing, name: "409", server: status(409), is: exists, expect: every(fails(1, 0))},
	{group: refusing, name: "413", server: status(413), is: tooLarge, expect: every(fails(1, 0))},
	{group: refusing, name: "425", server: status(425), expect: every(fails(1, 0))},
	{
		group: refusing, name: "307 to elsewhere", server: status(307, "Location", "https://elsewhere.example/"),
		expect: every(fails(1, 0)),
	},

	{
		group: garbled, name: "200 with an HTML page, nothing done ²", server: one(novutest.HTMLFault(200)),
		expect: every(fails(1, 0)).but(succeeds(1, 0), remove, hook, message),
	},
	{
		group: garbled, name: "200 without a body, after the commit ²",
		server: []novutest.Fault{{Status: 200, Commit: true}},
		expect: every(succeeds(1, 1)).but(fails(1, 0), read).but(fails(1, 1), update, lock, trigger, answer),
	},
	{
		group: garbled, name: "an answer whose Body is nil, after the commit ²", nilBody: true,
		expect: every(succeeds(1, 1)).but(fails(1, 0), read).but(fails(1, 1), update, lock, trigger, answer),
	},
	{
		group: garbled, name: "shorter than its Content-Length ¹", server: one(novutest.Fault{WrongLength: true}),
		expect: every(succeeds(2, 1)).but(succeeds(1, 1), claim, remove, hook).but(fails(2, 1), lock).but(fails(1, 1), answer, message),
	},
	{
		group: garbled, name: "said to be gzip and is not ¹", server: one(novutest.Fault{BadGzip: true}),
		expect: every(succeeds(2, 1)).but(succeeds(1, 1), claim, remove, hook).but(fails(2, 1), lock).but(fails(1, 1), answer, message),
	},

	{
		group: keyed, name: "connection broken after the commit, idempotency on", only: on, key: "mine",
		server: one(novutest.Fault{Cut: novutest.CutAfter}),
		expect: every(succeeds(2, 1)).but(succeeds(1, 1), claim).notFor(read, remove, answer, hook, message),
	},
	{
		group: keyed, name: "connection broken after the commit, idempotency off", only: off, key: "mine",
		server: one(novutest.Fault{Cut: novutest.CutAfter}),
		expect: every(succeeds(2, 1)).but(fails(2, 1), lock).but(succeeds(1, 1), claim).notFor(read, remove, answer, hook, message),
	},
	{
		group: keyed, name: "500 of the API, idempotency on", key: "mine", only: on,
		server: ofTheAPI(status(500)), is: serverError,
		expect: every(fails(2, 0)).but(fails(1, 0), claim).notFor(read, remove, answer, hook, message),
	},
	{
		group: keyed, name: "500 of the API, idempotency off", key: "mine", only: off, server: ofTheAPI(status(500)),
		expect: every(succeeds(2, 1)).but(fails(1, 0), claim).notFor(read, remove, answer, hook, message),
	},
	{
		group: keyed, name: "409 with Retry-After: the key is in progress", key: "mine",
		server: one(novutest.InProgressFault()), waits: [2]time.Duration{time.Second, 2 * time.Second},
		expect: every(succeeds(2, 1)).notFor(read, remove, answer, hook, message),
	},
	{
		group: keyed, name: "503 that is a replay", key: "mine",
		server: status(503, "Idempotency-Replay", "true"), is: serverError,
		expect: every(fails(1, 0)).notFor(read, remove, answer, hook, message),
	},

	{
		group: contextEnds, name: "before the call", cancel: never, waits: [2]time.Duration{0, once}, is: cancelled,
		expect: every(fails(0, 0)),
	},
	{
		group: contextEnds, name: "during the wait after a 429", cancel: 2 * time.Second,
		server: status(429, "Retry-After", "5"), waits: [2]time.Duration{2 * time.Second, 2 * time.Second}, is: cancelled,
		expect: every(fails(1, 0)),
	},
	{
		group: contextEnds, name: "before the headers of the answer", cancel: 2 * time.Second,
		server: one(novutest.Fault{SlowHeaders: 5 * time.Second}),
		waits:  [2]time.Duration{2 * time.Second, 2 * time.Second}, is: cancelled,
		expect: every(fails(1, 1)),
	},
	{
		group: contextEnds, name: "in the body of the answer ¹", cancel: 2 * time.Second,
		server: one(novutest.Fault{SlowBody: 5 * time.Second}), is: cancelled,
		expect: every(fails(1, 1)).but(succeeds(1, 1), remove, hook),
	},
	{
		group: contextEnds, name: "the deadline is 10 s off, Retry-After 30 s", limit: 10 * time.Second,
		server: status(429, "Retry-After", "30"), waits: [2]time.Duration{0, once}, is: deadline,
		expect: every(fails(1, 0)),
	},
}
