package conformance_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

var rewrite = flag.Bool("update", false, "write the documents that the tests compare")

// Every operation meets every fault, on servers with idempotency and without.
func TestFaultMatrix(t *testing.T) {
	for i := range faults {
		f := &faults[i]
		t.Run(f.group+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			for _, op := range operations {
				for _, idempotency := range []bool{true, false} {
					if f.expect[op.kind] == nil || f.only != nil && !f.only(idempotency) || f.key != "" && op.unkeyed {
						continue
					}
					t.Run(fmt.Sprintf("%s, idempotency %t", op.name, idempotency), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { meet(t, f, op, idempotency) })
					})
				}
			}
		})
	}
}

// meet has one operation meet one fault on a server of its own.
func meet(t *testing.T, f *fault, op operation, idempotency bool) {
	w := newWorld(t, novutest.WithIdempotency(idempotency))
	if op.prepare != nil {
		op.prepare(t, w)
	}
	require.NoError(t, w.warm(t.Context()))
	before := len(w.srv.Requests())
	w.inject(f, op)
	ctx, cancel := f.context(t.Context())
	defer cancel()
	var opts []novu.RequestOption
	if f.key != "" {
		opts = append(opts, novu.WithIdempotencyKey(f.key))
	}

	start := time.Now()
	err := op.act(ctx, w, opts...)
	took := time.Since(start)
	synctest.Wait() // what the server still does for a connection that it has cut

	sent := w.arrivals(op, before)
	requests := len(sent) + w.wire.failed
	w.wire.refuse = nil
	w.srv.ClearFaults()
	got := ending{fails: err != nil, requests: requests}
	if op.done != nil {
		got.effects = op.done(t, w)
	}
	if err != nil {
		assertKinds(t, op, err, f.is)
	}
	want := *f.expect[op.kind]
	if op.done == nil {
		want.effects = 0
	}
	assert.Equal(t, want, got, "%v", err)
	if requests > 1 || f.waits[0] == 0 {
		assert.GreaterOrEqual(t, took, f.waits[0])
	}
	if f.waits[1] > 0 {
		assert.LessOrEqual(t, took, f.waits[1])
	}
	if op.kind == trigger {
		assertPatience(t, sent)
	}
}

func (w *world) inject(f *fault, op operation) {
	w.wire.CloseIdleConnections()
	if f.connect == nil {
		// A connection that has served others, so that net/http's own ideas about
		// repeating are put to the test as well.
		_, _ = w.novu.Subscribers.Get(context.Background(), someone)
	}
	w.wire.refuse, w.wire.always = f.connect, f.always
	own := func(r *http.Request) bool {
		return r.Method == op.method && (op.kind != message || strings.HasSuffix(r.URL.Path, "/activities"))
	}
	w.wire.half, w.wire.nilBody = nil, nil
	if f.half {
		w.wire.half = own
	}
	if f.nilBody {
		w.wire.nilBody = own
	}
	for _, fault := range f.server {
		fault.Method, fault.Route = op.method, op.route
		fault.FromAPI = fault.FromAPI && op.kind < hook
		if !f.always {
			fault.Count = 1
		}
		w.srv.Inject(fault)
	}
}

func (f *fault) context(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case f.limit > 0:
		return context.WithTimeout(ctx, f.limit)
	case f.cancel != 0:
		ctx, cancel := context.WithCancel(ctx)
		if f.cancel < 0 {
			cancel()
			return ctx, cancel
		}
		time.AfterFunc(f.cancel, cancel)
		return ctx, cancel
	}
	return ctx, func() {}
}

// arrivals are the operation's own requests that reached the server: those that
// net/http repeats by itself too, those that read back what exists not.
func (w *world) arrivals(op operation, from int) []novutest.Request {
	var own []novutest.Request
	for _, r := range w.srv.Requests()[from:] {
		if r.Method == op.method && r.Route == op.route {
			own = append(own, r)
		}
	}
	return own
}

// assertKinds: the error is of the operation's package, and of the kind that
// this package has for the fault.
func assertKinds(t *testing.T, op operation, err error, is []error) {
	t.Helper()
	switch op.kind {
	case hook:
		assert.ErrorAs(t, err, new(*webhook.Error))
	case message:
		assert.ErrorAs(t, err, new(*msteams.Error))
	default:
		assert.ErrorAs(t, err, new(*novu.Error))
	}
	assert.NotContains(t, err.Error(), secretKey)
	found := len(is) == 0
	for _, kind := range is {
		found = found || errors.Is(err, kind)
	}
	// A webhook knows no conflict.
	found = found || op.kind == hook && len(is) == 2
	// A create reads back what a conflict is with, and finds nothing.
	found = found || op.kind == create && errors.Is(err, novu.ErrOutcomeUnknown)
	assert.True(t, found, "%v is none of %v", err, is)
}

// assertPatience: nothing that may have been accepted is sent again within a
// second. Only a refusal that says so was not accepted.
func assertPatience(t *testing.T, sent []novutest.Request) {
	t.Helper()
	for i, r := range sent[:max(0, len(sent)-1)] {
		if r.Status != http.StatusTooManyRequests && r.Status != http.StatusConflict {
			assert.GreaterOrEqual(t, sent[i+1].At.Sub(r.At), time.Second, "after %d", r.Status)
		}
	}
}

const document = "../../docs/reliability.md"

// docs/reliability.md says what the tests hold true. It is made of their
// expectations, so it can't say anything else:
//
//	go test ./internal/conformance -run TestReliabilityDocument -update
func TestReliabilityDocument(t *testing.T) {
	want := reliability()
	if *rewrite {
		require.NoError(t, os.WriteFile(document, []byte(want), 0o644))
	}
	got, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "run: go test ./internal/conformance -run TestReliabilityDocument -update")
}
