package agent

import (
	"context"

	"github.com/novu-go/novu"
)

// Bot is what happens when people write to one agent. Its functions are called one at a time in a
// conversation, and for many conversations at once.
type Bot struct {
	// Identifier is the agent's identifier in Novu, not its internal id. Required.
	Identifier string
	// OnMessage answers a message. Required.
	OnMessage func(ctx context.Context, t *Turn, m *Message) error
	// OnAction answers a click on a card's button, or a choice.
	OnAction func(ctx context.Context, t *Turn, a *Action) error
	// OnReaction answers an emoji on a message.
	OnReaction func(ctx context.Context, t *Turn, r *Reaction) error
	// OnResolve is called after a conversation was resolved.
	OnResolve func(ctx context.Context, t *Turn, r *Resolution) error
	// OnApproval is called after a person approved or denied a call of RequestApproval. What it returns
	// is kept as the tool's result, for a denied call too. The result is always sent, nil as null:
	// without one, Novu writes "Denied" over the card when the person writes again.
	OnApproval func(ctx context.Context, t *Turn, d *Approval) (any, error)
	// OnError returns what the person is told when a turn fails: a function returned an error or panicked,
	// an invalid change was queued, or the last queued changes could not be sent. Without it, or if it
	// returns nil, the person reads Novu's own words. If it returns [Silence], they read nothing.
	OnError func(ctx context.Context, t *Turn, err error) Content
	// SignInURL makes an address where the writer can sign in. It is called instead of OnMessage if
	// somebody whom Novu does not recognize writes to an open agent in a direct message. The address is
	// posted as a button. If it is empty, OnMessage is called.
	SignInURL func(ctx context.Context, t *Turn) (novu.Secret, error)
	// AllowUnlinked lets people whom Novu does not recognize click and react, if the agent is restricted:
	// OnAction and OnReaction are called for them too. Novu delivers their clicks and reactions, though
	// not their messages. OnApproval is never called for them.
	AllowUnlinked bool
}

// TurnFunc is the work of one turn; see [WithTurnMiddleware].
type TurnFunc func(ctx context.Context, t *Turn) error

// handles reports whether b has a function for event. Novu may know events that this package doesn't.
func (b *Bot) handles(event Event) bool {
	switch event {
	case EventMessage:
		return true
	case EventAction:
		return b.OnAction != nil || b.OnApproval != nil
	case EventReaction:
		return b.OnReaction != nil
	case EventResolve:
		return b.OnResolve != nil
	}
	return false
}

// work returns what b does in t, nil for nothing.
func (b *Bot) work(t *Turn) TurnFunc {
	unlinked := t.Restricted && t.Subscriber == nil
	switch t.Event {
	case EventMessage:
		return b.answer(t)
	case EventAction:
		if approval := t.approval(); approval != nil && b.OnApproval != nil {
			if unlinked {
				return nil
			}
			return b.decide(approval)
		}
		if b.OnAction != nil && (!unlinked || b.AllowUnlinked) {
			return func(ctx context.Context, t *Turn) error { return b.OnAction(ctx, t, t.click) }
		}
	case EventReaction:
		if !unlinked || b.AllowUnlinked {
			return func(ctx context.Context, t *Turn) error { return b.OnReaction(ctx, t, t.emoji) }
		}
	case EventResolve:
		return func(ctx context.Context, t *Turn) error { return b.OnResolve(ctx, t, t.resolution()) }
	}
	return nil
}

func (b *Bot) answer(t *Turn) TurnFunc {
	answer := func(ctx context.Context, t *Turn) error { return b.OnMessage(ctx, t, t.message) }
	if b.SignInURL == nil || t.Restricted || t.Subscriber != nil || !t.DM {
		return answer
	}
	return func(ctx context.Context, t *Turn) error {
		address, err := b.SignInURL(ctx, t)
		if err != nil {
			return err
		}
		if address == "" {
			return answer(ctx, t)
		}
		return t.postSignIn(ctx, address)
	}
}

// decide queues the result under all circumstances, a panic included.
func (b *Bot) decide(approval *Approval) TurnFunc {
	return func(ctx context.Context, t *Turn) (err error) {
		var result any
		defer func() { t.queue.toolResult(approval.Call, result) }()
		result, err = b.OnApproval(ctx, t, approval)
		return err
	}
}
