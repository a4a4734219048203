package novu

import (
	"context"
	"iter"
	"regexp"
	"strconv"
	"time"
)

// atOnce is how many of TriggerAll's requests are under way together.
const atOnce = 8

// TriggerAll triggers the events of a sequence as fast as the server's rate
// limit allows, one request each, up to 8 at once, and yields what became of
// each in the order of the sequence: its result, or the error that Trigger would
// have returned, and goes on. It reads the sequence no further ahead than that,
// so that it may be endless. It paces itself by the RateLimit headers instead of
// running into 429. It stops when ctx ends, with that error, and on break, when
// up to 7 events that were sent are not reported.
//
// With WithIdempotencyKey each event is sent under a key derived from it and
// from its place in the sequence. WithResponse is ErrInvalidParams.
func (s *EventsService) TriggerAll(ctx context.Context, events iter.Seq[TriggerParams], opts ...RequestOption) iter.Seq2[TriggerResult, error] {
	return func(yield func(TriggerResult, error) bool) {
		const op = "trigger events"
		o, err := callOptions(op, opts)
		switch {
		case err != nil:
		case ctx == nil:
			err = checkParams(op).add("ctx", "must not be nil").err()
		case events == nil:
			err = checkParams(op).add("events", "must not be nil").err()
		case o.response != nil:
			err = checkParams(op).add("Response", "can't hold the answers to many requests").err()
		}
		if err != nil {
			yield(TriggerResult{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		next, stop := iter.Pull(events)
		run := triggerRun{service: s, ctx: ctx, opts: opts, next: next}
		defer func() {
			cancel()
			stop()
			for _, f := range run.flying {
				<-f
			}
		}()
		for run.step(yield) {
		}
	}
}

// triggerRun is the state of one TriggerAll.
type triggerRun struct {
	service *EventsService
	ctx     context.Context
	opts    []RequestOption
	next    func() (TriggerParams, bool)
	flying  []chan landed // requests under way, in order
	sent    int
	ended   bool // the sequence
	pace    pacer
}

type landed struct {
	result TriggerResult
	err    error
	answer Response
	alone  bool // nothing else was under way when it was sent
}

// step sends what may be sent, then reports one result or waits for the limit.
func (r *triggerRun) step(yield func(TriggerResult, error) bool) bool {
	for !r.ended && len(r.flying) < atOnce && r.pace.spend() {
		params, ok := r.next()
		if !ok {
			r.ended = true
			break
		}
		r.flying = append(r.flying, r.send(params))
	}
	if len(r.flying) > 0 {
		l := <-r.flying[0]
		r.flying = r.flying[1:]
		r.pace.learn(l, len(r.flying))
		return yield(l.result, l.err) && r.ctx.Err() == nil
	}
	if r.ended {
		return false
	}
	timer := time.NewTimer(r.pace.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		r.pace.left = 1 // to see how many there are
		return true
	case <-r.ctx.Done():
		yield(TriggerResult{}, &Error{Op: "trigger events", Message: "stopped while waiting for the rate limit", kind: r.ctx.Err()})
		return false
	}
}

func (r *triggerRun) send(params TriggerParams) chan landed {
	var resp Response
	opts := append(append([]RequestOption{}, r.opts...), keyOfChunk(r.sent), WithResponse(&resp))
	r.sent++
	done := make(chan landed, 1)
	l := landed{result: TriggerResult{TransactionID: params.TransactionID}, alone: len(r.flying) == 0}
	go func() {
		result, err := r.service.Trigger(r.ctx, params, opts...)
		if err == nil {
			l.result = *result
		}
		l.err, l.answer = err, resp
		done <- l
	}()
	return done
}

// pacer spends a server's tokens no faster than it makes them. Where it knows
// of no limit there is none.
type pacer struct {
	limited bool
	coarse  bool          // tokens come in batches rather than one by one
	left    int           // tokens that nobody has spent yet
	pause   time.Duration // until there is one again
}

func (p *pacer) spend() bool {
	if !p.limited {
		return true
	}
	if p.left == 0 {
		return false
	}
	p.left--
	return true
}

// learn takes what an answer said. Answers come in another order than the
// server's, so that only one to a request that was alone can be believed to say
// that there are more than thought.
func (p *pacer) learn(l landed, underWay int) {
	limit := l.answer.RateLimit
	switch {
	case limit.Limit == 0:
		return
	case l.alone || !p.limited:
		p.left = max(0, limit.Remaining-underWay) // those were sent since
	default:
		p.left = min(p.left, limit.Remaining)
	}
	p.limited = true
	p.coarse = p.coarse || l.answer.Attempts > 1
	p.pause = limit.pause(p.coarse)
}

var windowOf = regexp.MustCompile(`;\s*w=(\d{1,4})\b`)

// pause is how long it takes for a token to come. Reset is rounded up to whole
// seconds, so that up to one of them may have been waited for in vain; a server
// that was asked too early is believed to the second.
func (l RateLimit) pause(coarse bool) time.Duration {
	window := time.Second
	if m := windowOf.FindStringSubmatch(l.Policy); m != nil {
		if seconds, err := strconv.Atoi(m[1]); err == nil && seconds > 0 {
			window = time.Duration(seconds) * time.Second
		}
	}
	one := window / time.Duration(l.Limit)
	if coarse {
		return max(l.Reset, one)
	}
	return max(l.Reset-time.Second, 0) + one
}
