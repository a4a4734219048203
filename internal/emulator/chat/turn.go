package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator/microsoft"
	"github.com/novu-go/novu/internal/emulator/novu"
)

// turn lets the person do something and waits until the agent has done with it. It returns what the bot has
// posted or changed meanwhile. The error says why the bridge did not get to know of it, or why nothing came.
func (c *Chat) turn(ctx context.Context, act func() (microsoft.Seat, microsoft.Posted, error)) ([]microsoft.ChatMessage, error) {
	mark := c.world.Microsoft.Mark()
	seat, posted, err := act()
	if err != nil {
		return nil, err
	}
	if posted.Status != http.StatusOK {
		return nil, fmt.Errorf("the agent's webhook answered %d: %.300s", posted.Status, posted.Body)
	}
	w := &wait{world: c.world, chat: posted.ConversationID, activity: posted.ActivityID, delivered: c.noWait}
	waitErr := w.untilOver(ctx)
	messages := c.took(seat, mark)
	if waitErr != nil {
		return messages, waitErr
	}
	return messages, w.problem(len(messages))
}

// took returns what the bot has posted or changed since the mark, and remembers that it was read.
func (c *Chat) took(seat microsoft.Seat, mark uint64) []microsoft.ChatMessage {
	messages, now := c.world.Microsoft.Since(seat.Place.ChannelID, seat.Place.ThreadID, mark)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.last = now, messages
	return messages
}

// wait follows one activity through Novu.
type wait struct {
	world    *World
	chat     string // the conversation's id in Teams
	activity string
	// delivered is all that is waited for, instead of the turn's end.
	delivered bool
}

// untilOver waits until every delivery that the activity caused, also by way of replies, is at its end, and
// the bridge has done with it.
func (w *wait) untilOver(ctx context.Context) error {
	for done := 0; ; {
		changed := w.world.Novu.WatchAgent(w.chat)
		deliveries := w.deliveries()
		switch {
		case inProgress(deliveries):
			select {
			case <-changed:
			case <-ctx.Done():
				return fmt.Errorf("the turn is not over: %w: %s", ctx.Err(), state(deliveries))
			}
			continue
		case len(deliveries) == done: // nothing of it at all, or nothing more
			return nil
		}
		for i, d := range deliveries[done:] {
			if err := w.bridgeDone(ctx, d, deliveries[0].At, done+i+1); err != nil {
				return err
			}
		}
		done = len(deliveries)
	}
}

// deliveries are those of the chat from the activity's on: a reply may have caused others.
func (w *wait) deliveries() []novu.AgentDelivery {
	return w.world.Novu.AgentDeliveriesSince(w.chat, w.activity)
}

func inProgress(deliveries []novu.AgentDelivery) bool {
	for _, d := range deliveries {
		if d.Outcome == novu.OutcomeInProgress {
			return true
		}
	}
	return false
}

func state(deliveries []novu.AgentDelivery) string {
	d := deliveries[len(deliveries)-1]
	if len(d.Attempts) == 0 {
		return "Novu has not asked the bridge yet"
	}
	return fmt.Sprintf("attempt %d of 3 at %s has not been answered, or another follows", len(d.Attempts), d.Bridge)
}

// waiter is a bridge that tells when its turns are over, as *agent.Handler does.
type waiter interface {
	Wait(ctx context.Context, conversationID string) error
}

// bridgeDone waits until the bridge has done with a delivery, the nth since a moment.
func (w *wait) bridgeDone(ctx context.Context, d novu.AgentDelivery, since time.Time, n int) error {
	if w.delivered || d.Outcome != novu.OutcomeAcknowledged {
		return nil
	}
	if !strings.HasPrefix(d.Bridge, w.world.Host.URL+"/_bridges/") {
		return w.foreignDone(ctx, d, since, n)
	}
	if bridge, tells := w.world.Host.Bridge(d.AgentIdentifier).(waiter); tells {
		return bridge.Wait(ctx, d.ConversationID)
	}
	return nil // it has answered Novu when it had done
}

const (
	// quiet is how long a bridge elsewhere must have said nothing more.
	quiet = 500 * time.Millisecond
	// patience is how long one is waited for that says nothing at all.
	patience = 30 * time.Second
)

// foreignDone waits for a bridge that nothing is known of: until it has ended its typing as often as it was
// given something since a moment, as Novu's framework does at the end of each turn, or has posted something
// and then nothing more for a while.
func (w *wait) foreignDone(ctx context.Context, d novu.AgentDelivery, since time.Time, turns int) error {
	limit := patience
	if d.Event == "onResolve" || d.Event == "onReaction" {
		limit = quiet // most bridges say nothing to it
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for seen := 0; ; {
		changed := w.world.Novu.WatchAgent(d.ConversationID)
		replies, ended := w.world.Novu.AgentRepliesSince(d.ConversationID, since), 0
		for _, r := range replies {
			if endsTyping(r.Body) {
				ended++
			}
		}
		if ended >= turns {
			return nil
		}
		if len(replies) > seen {
			seen = len(replies)
			timer.Reset(quiet)
		}
		select {
		case <-changed:
		case <-timer.C:
			if seen == 0 && limit == patience {
				return fmt.Errorf("the bridge has acknowledged, and posted nothing for %s", patience)
			}
			return nil
		case <-ctx.Done():
			return fmt.Errorf("the bridge has acknowledged, and the turn is not over: %w", ctx.Err())
		}
	}
}

func endsTyping(body json.RawMessage) bool {
	var reply struct{ Typing any }
	return json.Unmarshal(body, &reply) == nil && reply.Typing == "stop"
}

// problem says why the bridge did not hear of the activity, or, if nothing came, what went wrong afterwards.
func (w *wait) problem(came int) error {
	deliveries := w.deliveries()
	if len(deliveries) == 0 {
		return errors.New("nothing was delivered: the agent is inactive, or is not linked with the integration any more")
	}
	first := deliveries[0]
	if first.Outcome != novu.OutcomeAcknowledged {
		return fmt.Errorf("%s: %s", first.Outcome, Explain(first))
	}
	if came > 0 || w.delivered {
		return nil
	}
	for _, r := range w.world.Novu.AgentRepliesSince(first.ConversationID, first.At) {
		if r.Status >= http.StatusBadRequest {
			return fmt.Errorf("the bridge replied, and was answered %d: %s", r.Status, ExplainReply(r))
		}
	}
	return w.fault(first)
}

// fault says which fault an answer to the bridge's replies was.
func (w *wait) fault(d novu.AgentDelivery) error {
	for _, r := range w.world.Host.Requests() {
		if !r.Fault || r.At.Before(d.At) || r.Status > 0 && r.Status < http.StatusBadRequest || !strings.HasSuffix(r.Route, "/reply") {
			continue
		}
		if strings.Contains(string(r.Body), d.ConversationID) {
			return fmt.Errorf("the bridge replied, and an injected fault answered: %s", statusText(r.Status))
		}
	}
	return nil
}

func statusText(status int) string {
	if status == 0 {
		return "the connection broke"
	}
	return fmt.Sprintf("%d %s", status, http.StatusText(status))
}

// Wait waits for messages that come outside of a turn, such as those of a job that the bot has begun. It
// returns what came, or was changed, since the last thing that the person did, at once if there is something.
func (c *Chat) Wait(ctx context.Context) ([]microsoft.ChatMessage, error) {
	_, seat, err := c.sit(false)
	if err != nil {
		return nil, err
	}
	for {
		changed := c.world.Microsoft.WatchChat(seat.Place.ChannelID)
		c.mu.Lock()
		read := c.read
		c.mu.Unlock()
		if messages, _ := c.world.Microsoft.Since(seat.Place.ChannelID, seat.Place.ThreadID, read); len(messages) > 0 {
			return c.took(seat, read), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("no message has come: %w", ctx.Err())
		}
	}
}
