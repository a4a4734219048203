package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// reportTimeout bounds what is sent when a turn is over: queued changes, and the report of an error.
const (
	reportTimeout            = 30 * time.Second
	synchronousReportTimeout = 4 * time.Second
)

var errShutdown = errors.New("the handler was shut down")

// accept answers a verified delivery and sees to it that its turn runs once.
func (h *Handler) accept(w http.ResponseWriter, r *http.Request, bot *Bot, d *Delivery) {
	if h.dispatch != nil {
		h.dispatched(w, r, d)
		return
	}
	if !h.scheduler.admit(d.ConversationID) {
		h.unavailable(w, d, "too many turns are waiting, or the handler was shut down")
		return
	}
	first, err := guard(func() (bool, error) { return h.first(r.Context(), d.Key()) })
	if err != nil || !first {
		h.scheduler.release()
		if err != nil {
			h.unavailable(w, d, err.Error())
			return
		}
		h.log(d).Debug("agent: a delivery came again")
		acknowledge(w)
		return
	}
	ran := make(chan bool, 1)
	ctx := context.WithoutCancel(r.Context())
	h.scheduler.start(d.ConversationID, func(run bool) {
		defer func() { ran <- run }()
		switch {
		case run:
			_ = h.turn(ctx, bot, d)
		case !h.synchronous:
			h.log(d).Error("agent: a turn that was acknowledged is lost: the handler was shut down before it ran")
		}
	})
	if h.synchronous && !<-ran {
		h.unavailable(w, d, errShutdown.Error())
		return
	}
	acknowledge(w)
}

func (h *Handler) dispatched(w http.ResponseWriter, r *http.Request, d *Delivery) {
	if !h.scheduler.enter() {
		h.unavailable(w, d, errShutdown.Error())
		return
	}
	defer h.scheduler.leave()
	_, err := guard(func() (bool, error) { return true, h.dispatch(r.Context(), *d) })
	if err != nil {
		h.unavailable(w, d, err.Error())
		return
	}
	acknowledge(w)
}

// unavailable makes Novu try again. What the answer says, Novu's operator may read: not why.
func (h *Handler) unavailable(w http.ResponseWriter, d *Delivery, why string) {
	h.log(d).Warn("agent: refused a delivery; Novu will try again", "why", why)
	w.Header().Set("Retry-After", "1")
	refuse(w, http.StatusServiceUnavailable, "UnavailableError", "try again")
}

// guard makes a panic of f an error.
func guard[T any](f func() (T, error)) (out T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}

// Process runs the turn of a delivery that a dispatcher was given. An error means: give it again. It
// is returned if the turn did not run, or if ctx ended before the turn had sent anything. A turn that
// fails otherwise is done, since the person was told.
//
// Process neither drops a delivery that comes twice nor keeps the order of a conversation: that is the
// queue's part. ErrInvalidParams means that the delivery itself is broken, and giving it again is no
// use.
func (h *Handler) Process(ctx context.Context, d Delivery) error {
	c := check.Checks{Op: "process delivery"}
	if ctx == nil {
		c.Add("ctx", "must not be nil")
	}
	if !conversationID.MatchString(d.ConversationID) || parseObject(d.Body).text("conversationId") != d.ConversationID {
		c.Add("ConversationID", "must be 24 hexadecimal digits, as in Body")
	}
	if err := invalidParams(&c); err != nil {
		return err
	}
	bot := h.bots[d.AgentIdentifier]
	if bot == nil {
		return &Error{Op: c.Op, Message: fmt.Sprintf("no bot here has the identifier %q", d.AgentIdentifier)}
	}
	if !bot.handles(d.Event) {
		return nil
	}
	if !h.scheduler.enter() {
		return &Error{Op: c.Op, cause: errShutdown}
	}
	defer h.scheduler.leave()
	return h.turn(ctx, bot, &d)
}

// turn runs one turn from its start to its end. Its error means that it can be run again: parent ended
// before anything was sent.
func (h *Handler) turn(parent context.Context, bot *Bot, d *Delivery) error {
	if err := parent.Err(); err != nil {
		return &Error{Op: "run turn", cause: context.Cause(parent)}
	}
	t := newTurn(h.client, d, h.files)
	defer t.queue.end()
	work := bot.work(t)
	if work == nil {
		h.log(d).Info("agent: nothing ran: there is no function for this click, or Novu does not recognize the person")
		return nil
	}
	for i := len(h.middleware) - 1; i >= 0; i-- {
		work = h.middleware[i](work)
	}
	ctx, cancel := context.WithTimeout(parent, h.turnTimeout)
	defer cancel()
	defer context.AfterFunc(h.stopping, cancel)()

	_, err := guard(func() (bool, error) { return true, work(ctx, t) })
	if err == nil {
		err = t.queue.failed()
	}
	if err != nil && parent.Err() != nil && t.queue.untouched() {
		return &Error{Op: "run turn", Message: "it was broken off before it had sent anything", cause: err}
	}
	ctx, cancel = h.afterwards(parent)
	defer cancel()
	if err == nil {
		err = t.flush(ctx)
	}
	if err != nil {
		h.failed(ctx, bot, t, d, err)
	}
	return nil
}

// afterwards returns a context for what is sent when a turn is over, however it ended.
func (h *Handler) afterwards(parent context.Context) (context.Context, context.CancelFunc) {
	timeout := reportTimeout
	if h.synchronous {
		timeout = synchronousReportTimeout
	}
	return context.WithTimeout(context.WithoutCancel(parent), timeout)
}

// failed tells the person that a turn failed, then sends what was queued.
func (h *Handler) failed(ctx context.Context, bot *Bot, t *Turn, d *Delivery, err error) {
	log := h.log(d).With("error", err)
	var panicked *PanicError
	if errors.As(err, &panicked) {
		log = log.With("stack", string(panicked.Stack))
	}
	log.Error("agent: a turn failed")
	if reportErr := h.report(ctx, bot, t, err); reportErr != nil {
		h.log(d).Error("agent: the person could not be told", "error", reportErr)
	}
	if flushErr := t.flush(ctx); flushErr != nil {
		h.log(d).Error("agent: queued changes could not be sent", "error", flushErr)
	}
}

// report says what OnError says, else Novu's own words. It is not tried again.
func (h *Handler) report(ctx context.Context, bot *Bot, t *Turn, err error) error {
	content, ok := h.apology(ctx, bot, t, err)
	if content == Silence {
		return nil
	}
	const op = "report error"
	params := novu.AgentReplyParams{Error: true}
	if ok {
		if rendered, err := render(op, content, nil); err == nil {
			params = novu.AgentReplyParams{Reply: &rendered}
		}
	}
	_, sendErr := t.send(ctx, op, params)
	return sendErr
}

// apology returns what OnError says. It is false where OnError says nothing, or panics.
func (h *Handler) apology(ctx context.Context, bot *Bot, t *Turn, err error) (Content, bool) {
	if bot.OnError == nil {
		return nil, false
	}
	content, panicked := guard(func() (Content, error) { return bot.OnError(ctx, t, err), nil })
	return content, panicked == nil && content != nil
}
