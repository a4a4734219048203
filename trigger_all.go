package novu

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"
)

// atOnce is how many of TriggerAll's requests are under way together.
const atOnce = 8

// TriggerAll triggers the events of a sequence as fast as the server's rate limit allows, one request
// each, up to 8 at once. It paces itself by the RateLimit headers instead of running into 429. It
// yields what became of each event in the order of the sequence: its result, or the error that Trigger
// would have returned, and goes on.
//
// The sequence may be endless or live: it is read no further ahead than that, and an event is reported
// as soon as it and those before it are through. An event is encoded before the sequence goes on, so
// its payload may be reused for the next one. The sequence runs in a goroutine of its own, beside the
// loop's body: what both use needs a lock.
//
// The loop ends at once when ctx ends, yielding that error, and on break. Up to 8 events in flight then
// go unreported. The sequence ends when it next yields or returns.
//
// With WithIdempotencyKey each event is sent under a key derived from it and from the event's place in
// the sequence. WithResponse is ErrInvalidParams.
//
// API: POST /v1/events/trigger
func (s *EventsService) TriggerAll(ctx context.Context, events iter.Seq[TriggerParams], opts ...RequestOption) iter.Seq2[TriggerResult, error] {
	return func(yield func(TriggerResult, error) bool) {
		checks := checkParams("trigger events", opts...).ctx(ctx)
		if events == nil {
			checks.add("events", "must not be nil")
		}
		if checks.options.response != nil {
			checks.add("Response", "can't hold the answers to many requests")
		}
		if err := checks.err(); err != nil {
			yield(TriggerResult{}, err)
			return
		}
		run := triggerRun{
			service: s, opts: opts, key: checks.options.idempotencyKey, longestPause: s.client.rest.Policy.MaxRetryAfter,
			wanted: make(chan struct{}, 1), ready: make(chan preparedEvent), panicked: make(chan any, 1),
		}
		var cancel context.CancelFunc
		run.ctx, cancel = context.WithCancel(ctx)
		defer run.waitForRequests()
		defer cancel()
		go run.prepare(events)
		run.loop(yield)
	}
}

// triggerRun is the state of one TriggerAll.
type triggerRun struct {
	service      *EventsService
	ctx          context.Context
	opts         []RequestOption
	key          string // the caller's idempotency key
	longestPause time.Duration

	wanted   chan struct{} // asks for one more event
	ready    chan preparedEvent
	panicked chan any // what the sequence panicked with

	inFlight []chan triggerOutcome // requests under way, in order
	asked    bool                  // for an event that has not come
	ended    bool                  // the sequence
	pace     pacer
}

// preparedEvent is an event as it will be sent, or why it can't be.
type preparedEvent struct {
	place         int // in the sequence
	transactionID string
	body          json.RawMessage
	err           error
}

type triggerOutcome struct {
	result      TriggerResult
	err         error
	answer      Response
	soloRequest bool // nothing else was under way when it was sent
}

// prepare reads the sequence, one event for each that is wanted.
func (r *triggerRun) prepare(events iter.Seq[TriggerParams]) {
	defer close(r.ready)
	defer func() {
		if p := recover(); p != nil {
			r.panicked <- p
		}
	}()
	if !r.isWanted() {
		return
	}
	place := 0
	for params := range events {
		select {
		case r.ready <- r.encode(params, place):
		case <-r.ctx.Done():
			return
		}
		place++
		if !r.isWanted() {
			return
		}
	}
}

func (r *triggerRun) isWanted() bool {
	select {
	case <-r.wanted:
		return r.ctx.Err() == nil
	case <-r.ctx.Done():
		return false
	}
}

func (r *triggerRun) encode(params TriggerParams, place int) preparedEvent {
	e := preparedEvent{place: place, transactionID: params.TransactionID}
	checks := params.check(checkParams("trigger event"), "")
	if e.err = checks.err(); e.err != nil {
		return e
	}
	body := params.wire()
	if body.TransactionID == "" {
		body.TransactionID = makeID("txn_", r.keyOf(place), body, 0)
	}
	e.transactionID = body.TransactionID
	var err error
	if e.body, err = json.Marshal(body); err != nil {
		e.err = checks.add(fmt.Sprintf("Events[%d]", place), "can't be encoded: "+err.Error()).err()
	}
	return e
}

// keyOf is the idempotency key of the event at a place in the sequence.
func (r *triggerRun) keyOf(place int) string {
	if r.key == "" || place == 0 {
		return r.key
	}
	return derive("place", r.key, place, nil)
}

// loop asks for events, sends them, and reports what became of them.
func (r *triggerRun) loop(yield func(TriggerResult, error) bool) {
	for !r.ended || len(r.inFlight) > 0 {
		if r.ctx.Err() != nil {
			yield(TriggerResult{}, &Error{Op: "trigger events", Message: "stopped before all events were sent", kind: r.ctx.Err(), cause: context.Cause(r.ctx)})
			return
		}
		if !r.ended && !r.asked && len(r.inFlight) < atOnce && r.pace.spend() {
			r.asked = true
			r.wanted <- struct{}{}
		}
		if !r.step(yield) {
			return
		}
	}
}

// step waits for the next thing to happen. It is false after a break.
func (r *triggerRun) step(yield func(TriggerResult, error) bool) bool {
	var ready chan preparedEvent
	var oldest chan triggerOutcome
	var pause <-chan time.Time
	if r.asked {
		ready = r.ready
	}
	switch {
	case len(r.inFlight) > 0:
		oldest = r.inFlight[0]
	case !r.asked:
		timer := time.NewTimer(r.pace.pause)
		defer timer.Stop()
		pause = timer.C
	}
	select {
	case e, ok := <-ready:
		r.asked, r.ended = false, !ok
		if ok {
			r.inFlight = append(r.inFlight, r.send(e))
		} else {
			r.passOnPanic()
		}
	case o := <-oldest:
		r.inFlight = r.inFlight[1:]
		spent := len(r.inFlight)
		if r.asked {
			spent++
		}
		r.pace.learn(o, spent, r.longestPause)
		return yield(o.result, o.err)
	case <-pause:
		r.pace.left = 1 // to see how many there are
	case <-r.ctx.Done():
	}
	return true
}

// passOnPanic panics as the sequence did, in the goroutine of whoever gave it.
func (r *triggerRun) passOnPanic() {
	select {
	case p := <-r.panicked:
		panic(p)
	default:
	}
}

func (r *triggerRun) send(e preparedEvent) chan triggerOutcome {
	done := make(chan triggerOutcome, 1)
	o := triggerOutcome{result: TriggerResult{TransactionID: e.transactionID}, err: e.err, soloRequest: len(r.inFlight) == 0}
	if e.err != nil {
		done <- o
		return done
	}
	opts := slices.Concat(r.opts, []RequestOption{WithResponse(&o.answer)})
	if key := r.keyOf(e.place); key != "" {
		opts = append(opts, WithIdempotencyKey(key))
	}
	go func() {
		result, err := r.service.trigger(r.ctx, "trigger event", triggerRoute, e.body, e.transactionID, opts)
		if err == nil {
			o.result = *result
		}
		o.err = err
		done <- o
	}()
	return done
}

func (r *triggerRun) waitForRequests() {
	for _, request := range r.inFlight {
		<-request
	}
}
