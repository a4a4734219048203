package rest_test

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

// next is what the design's table says of a cell.
type next struct {
	requests int           // that the server sees in all
	floor    time.Duration // before the second
	newKey   bool          // the second carries another idempotency key
	fails    bool
}

var (
	again     = next{requests: 2}
	afterASec = next{requests: 2, floor: time.Second}
	renewed   = next{requests: 2, floor: time.Second, newKey: true}
	stops     = next{requests: 1, fails: true}
	readBack  = next{requests: 1}
)

// The columns of the table.
var columns = []struct {
	name   string
	kind   rest.Kind
	method string
}{
	{name: "read", kind: rest.Read, method: http.MethodGet},
	{name: "idempotent write", kind: rest.IdempotentWrite, method: http.MethodDelete},
	{name: "guarded create", kind: guardedCreate, method: http.MethodPost},
	{name: "trigger", kind: rest.Trigger, method: http.MethodPost},
	{name: "post", kind: rest.Post, method: http.MethodPost},
}

// The rows: what the first request meets, and what follows per column.
var rows = []struct {
	name  string
	first answer
	cells [5]next
}{
	{name: "connection broken", first: cut, cells: [5]next{again, again, again, afterASec, stops}},
	{name: "timeout of the attempt", first: hang, cells: [5]next{again, again, again, afterASec, stops}},
	{name: "408", first: status(408, ""), cells: [5]next{again, again, again, renewed, stops}},
	{name: "500", first: status(500, ""), cells: [5]next{again, again, again, renewed, stops}},
	{name: "502", first: status(502, ""), cells: [5]next{again, again, again, renewed, stops}},
	{name: "503", first: status(503, ""), cells: [5]next{again, again, again, renewed, stops}},
	{name: "504", first: status(504, ""), cells: [5]next{again, again, again, renewed, stops}},
	{
		name: "503 with Retry-After", first: status(503, "", "Retry-After", "3"),
		cells: [5]next{
			{requests: 2, floor: 3 * time.Second},
			{requests: 2, floor: 3 * time.Second},
			{requests: 2, floor: 3 * time.Second},
			{requests: 2, floor: 3 * time.Second, newKey: true},
			{requests: 2, floor: 3 * time.Second},
		},
	},
	{name: "429", first: status(429, ""), cells: [5]next{again, again, again, again, again}},
	{
		name: "409 in progress", first: status(409, "", "Retry-After", "1"),
		cells: [5]next{stops, stops, readBack, afterASec, stops},
	},
	{name: "409", first: status(409, ""), cells: [5]next{stops, stops, readBack, stops, stops}},
	{name: "404", first: status(404, ""), cells: [5]next{stops, stops, stops, stops, stops}},
	{name: "400", first: status(400, ""), cells: [5]next{stops, stops, stops, stops, stops}},
	{name: "425", first: status(425, ""), cells: [5]next{stops, stops, stops, stops, stops}},
	{
		name: "302", first: status(302, "", "Location", "https://elsewhere.example/"),
		cells: [5]next{stops, stops, stops, stops, stops},
	},
	{name: "307", first: status(307, "", "Location", "/v1/other"), cells: [5]next{stops, stops, stops, stops, stops}},
	{
		name: "302 to nonsense", first: status(302, "", "Location", "http://[::1"),
		cells: [5]next{stops, stops, stops, stops, stops},
	},
	{
		name: "400 that breaks off", first: status(400, "{}", "Content-Length", "50"),
		cells: [5]next{again, again, again, afterASec, stops},
	},
	{
		name: "half a JSON", first: status(404, `{"message":"Canno`, "Connection", "close"),
		cells: [5]next{again, again, again, afterASec, stops},
	},
	{
		name: "429 that breaks off", first: status(429, "{}", "Content-Length", "50"),
		cells: [5]next{again, again, again, again, again},
	},
	{
		name: "2xx that breaks off", first: status(201, "{}", "Content-Length", "50"),
		cells: [5]next{again, again, again, afterASec, stops},
	},
	{
		name: "gzip that is none", first: status(201, "plain", "Content-Encoding", "gzip"),
		cells: [5]next{again, again, again, afterASec, stops},
	},
}

func TestRetryTable(t *testing.T) {
	t.Parallel()
	for _, row := range rows {
		for i, col := range columns {
			t.Run(row.name+"/"+col.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					// A first request warms the connection that the second one
					// then finds broken.
					s := newServer(t, status(200, "{}"), row.first)
					c := newClient(t, s.transport(t), rest.RetryPolicy{})
					_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
					require.NoError(t, err)

					_, err = c.do(t.Context(), request(col.kind, col.method))
					checkCell(t, row.cells[i], s.seen()[1:], err, row.name == "timeout of the attempt")
				})
			})
		}
	}
}

func checkCell(t *testing.T, want next, got []arrival, err error, timedOut bool) {
	t.Helper()
	if want.fails {
		assert.Error(t, err)
	} else {
		assert.NoError(t, err)
	}
	require.Len(t, got, want.requests)
	if want.requests < 2 {
		return
	}
	longest := 500 * time.Millisecond // full jitter above the floor
	if want.floor > time.Second {
		longest = 0 // Retry-After is obeyed to the second
	}
	wait := got[1].at.Sub(got[0].at)
	if timedOut {
		wait -= rest.AttemptTimeout
	}
	assert.GreaterOrEqual(t, wait, want.floor)
	assert.LessOrEqual(t, wait, want.floor+longest)
	key := got[0].header.Get("Idempotency-Key")
	assert.Equal(t, want.newKey, key != got[1].header.Get("Idempotency-Key"), "a new idempotency key")
	assert.Equal(t, got[0].body, got[1].body, "the body is sent again")
}

func TestOnlyTriggersCarryAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		c := newClient(t, s.transport(t), rest.RetryPolicy{})
		for _, col := range columns {
			_, err := c.do(t.Context(), request(col.kind, col.method))
			require.NoError(t, err)
		}
		for i, col := range columns {
			assert.Equal(t, col.kind == rest.Trigger, s.seen()[i].header.Get("Idempotency-Key") != "", col.name)
		}
	})
}

// What never left is repeated whatever it is.
func TestUnsentRequestsAreRepeated(t *testing.T) {
	t.Parallel()
	failures := map[string]error{
		"refused": &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
		"DNS":     &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true},
	}
	for name, cause := range failures {
		for _, col := range columns {
			t.Run(name+"/"+col.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t)
					failed := 0
					s.dial = func() error {
						if failed++; failed <= 2 {
							return cause
						}
						return nil
					}
					c := newClient(t, s.transport(t), rest.RetryPolicy{})
					a, err := c.do(t.Context(), request(col.kind, col.method))
					require.NoError(t, err)
					assert.Equal(t, 3, a.Attempts)
					assert.Len(t, s.seen(), 1)
				})
			})
		}
	}
}

// What the transport refuses for good is not tried again, whatever it is.
func TestFinalErrorsEndTheCall(t *testing.T) {
	t.Parallel()
	barred := errors.New("barred")
	for _, col := range columns {
		t.Run(col.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.dial = func() error { return &net.OpError{Op: "dial", Net: "tcp", Err: rest.Final(barred)} }
				c := newClient(t, s.transport(t), rest.RetryPolicy{})
				c.Logger = slog.New(slog.DiscardHandler)
				_, err := c.do(t.Context(), request(col.kind, col.method))
				require.ErrorIs(t, err, barred)
				assert.Equal(t, 1, s.dials)
			})
		})
	}
}

// No repetition makes an authority known.
func TestAnUnknownAuthorityEndsTheCall(t *testing.T) {
	t.Parallel()
	var seen, dials atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail
	srv.StartTLS()
	defer srv.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	for _, col := range columns {
		dials.Store(0)
		c := newClient(t, transport, rest.RetryPolicy{MaxAttempts: 3, MinWait: time.Millisecond, MaxWait: time.Millisecond})
		c.Base, _ = url.Parse(srv.URL)
		_, err := c.do(t.Context(), request(col.kind, col.method))
		require.ErrorContains(t, err, "certificate", col.name)
		assert.EqualValues(t, 1, dials.Load(), col.name)
	}
	assert.Zero(t, seen.Load())
}

// A later attempt's 404 and 409 mean something else than a first one's.
func TestLaterAnswers(t *testing.T) {
	t.Parallel()
	create := func(guard rest.Guard) *operation {
		r := request(guardedCreate, http.MethodPost)
		r.guard = guard
		return r
	}
	remove := request(rest.IdempotentWrite, http.MethodDelete)
	busy, gone, taken := status(429, ""), status(404, ""), status(409, "")
	tests := []struct {
		name      string
		request   *operation
		script    []answer
		notOurs   bool // what is read back
		routeGone bool // the 404 speaks of the route
		readBacks int
		fails     bool
		unknown   bool // the failure says that the outcome is
	}{
		{name: "DELETE, first 404", request: remove, script: []answer{gone}, fails: true},
		{name: "DELETE, later 404", request: remove, script: []answer{cut, gone}},
		{name: "DELETE, 404 after 429", request: remove, script: []answer{busy, gone}, fails: true},
		{name: "DELETE, later 404 of the route", request: remove, script: []answer{cut, gone}, routeGone: true, fails: true},
		{name: "PATCH, later 404", request: request(rest.IdempotentWrite, http.MethodPatch), script: []answer{cut, gone}, fails: true},
		{name: "made, first 409", request: create(rest.IdentifierMade), script: []answer{taken}, readBacks: 1},
		{name: "made, later 409", request: create(rest.IdentifierMade), script: []answer{status(500, ""), taken}, readBacks: 1},
		{name: "made, 409 is not ours", request: create(rest.IdentifierMade), script: []answer{cut, taken}, notOurs: true, readBacks: 1, fails: true},
		{name: "chosen, first 409", request: create(rest.IdentifierChosen), script: []answer{taken}, fails: true},
		{name: "chosen, 409 after 429", request: create(rest.IdentifierChosen), script: []answer{busy, taken}, fails: true},
		{name: "chosen, later 409", request: create(rest.IdentifierChosen), script: []answer{cut, taken}, readBacks: 1},
		{name: "lock, first 409", request: create(rest.Lock), script: []answer{taken}, fails: true},
		{name: "lock, 409 after 429", request: create(rest.Lock), script: []answer{busy, taken}, fails: true},
		{name: "lock, later 409", request: create(rest.Lock), script: []answer{cut, taken}, fails: true, unknown: true},
		{name: "trigger, later 409", request: request(rest.Trigger, http.MethodPost), script: []answer{cut, taken}, fails: true, unknown: true},
		{name: "create, later 404", request: create(rest.IdentifierMade), script: []answer{cut, gone}, fails: true, unknown: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, tt.script...)
				readBacks := 0
				r := *tt.request
				copied := *r.Request
				r.Request = &copied
				r.readBack = func(context.Context) (bool, error) { readBacks++; return !tt.notOurs, nil }
				r.Gone = func(*rest.Answer) bool { return !tt.routeGone }
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), &r)
				assert.Equal(t, tt.fails, err != nil, "%v", err)
				assert.Len(t, s.seen(), len(tt.script))
				assert.Equal(t, tt.readBacks, readBacks)
				var f *failure
				if tt.fails && assert.ErrorAs(t, err, &f) {
					assert.Equal(t, tt.unknown, f.Unknown)
				}
			})
		})
	}
}

// A create that succeeded is no error because its answer can't be read: the
// caller would create another.
func TestAnUnreadableCreateIsReadBack(t *testing.T) {
	t.Parallel()
	for _, ours := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(201, "<html>"))
			r := request(guardedCreate, http.MethodPost)
			r.Decode = func([]byte) error { return errors.New("it is HTML") }
			r.readBack = func(context.Context) (bool, error) { return ours, nil }
			_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
			if ours {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "can't be read: it is HTML")
			}
			assert.Len(t, s.seen(), 1)
		})
	}
}

// A key that the caller gave outlives the call: it is never renewed, an error
// that the server keeps under it is final, and the first 409 here need not be
// the first that the server sends.
func TestTheCallersKey(t *testing.T) {
	t.Parallel()
	with := func(kind rest.Kind) *operation {
		r := request(kind, http.MethodPost)
		r.Key = "mine"
		return r
	}
	t.Run("is kept after a 500", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(500, ""), status(502, ""))
			_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), with(rest.Trigger))
			require.NoError(t, err)
			for _, a := range s.seen() {
				assert.Equal(t, "mine", a.header.Get("Idempotency-Key"))
			}
		})
	})
	for _, kind := range []rest.Kind{rest.Trigger, guardedCreate, rest.IdempotentWrite} {
		t.Run("a replayed error is final/"+strconv.Itoa(int(kind)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(500, ""), status(503, "", "Idempotency-Replay", "true"))
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), with(kind))
				var f *failure
				require.ErrorAs(t, err, &f)
				assert.True(t, f.Unknown)
				assert.Len(t, s.seen(), 2)
				assert.Contains(t, err.Error(), "use a new key")
			})
		})
	}
	t.Run("a create in progress is waited for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(409, "", "Retry-After", "1"))
			_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), with(guardedCreate))
			require.NoError(t, err)
			assert.Len(t, s.seen(), 2)
		})
	})
	t.Run("a second 503 is final", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(503, ""), status(503, ""))
			_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), with(rest.Trigger))
			var f *failure
			require.ErrorAs(t, err, &f)
			assert.True(t, f.Unknown)
			assert.Len(t, s.seen(), 2)
		})
	})
}
