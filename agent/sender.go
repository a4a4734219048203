package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// Ref names a conversation, for sends after the turn. It can be stored as JSON.
type Ref struct {
	AgentIdentifier       string `json:"agentIdentifier"`
	ConversationID        string `json:"conversationId"`
	IntegrationIdentifier string `json:"integrationIdentifier"`
}

// Sender sends to one conversation. A [Turn] has one; [Resume] makes one for later. It is safe for
// concurrent use.
//
// What may have been posted is never sent again, since people would read it twice. After 429, and
// where Teams asked Novu to slow down, nothing was posted, and the send is repeated.
type Sender struct {
	client *novu.Client
	ref    Ref
	queue  *queue // nil without a turn
}

var conversationID = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)

// Resume returns a Sender for a conversation, at any time after the turn that ref comes from.
func Resume(client *novu.Client, ref Ref) (*Sender, error) {
	c := check.Checks{Op: "resume"}
	if client == nil {
		c.Add("client", "must not be nil")
	}
	required(&c, "ref.AgentIdentifier", ref.AgentIdentifier)
	required(&c, "ref.IntegrationIdentifier", ref.IntegrationIdentifier)
	if !conversationID.MatchString(ref.ConversationID) {
		c.Add("ref.ConversationID", "must be 24 hexadecimal digits")
	}
	if err := invalidParams(&c); err != nil {
		return nil, err
	}
	return &Sender{client: client, ref: ref}, nil
}

// Ref returns the name of the conversation, for [Resume].
func (s *Sender) Ref() Ref { return s.ref }

// Sent is a message that the bot posted.
type Sent struct {
	MessageID string // Teams' id; Sender.Edit and Sender.Delete take it
	ThreadID  string // Novu's name of the chat or thread

	sender *Sender
}

// Edit replaces the message.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sent) Edit(ctx context.Context, content Content) error {
	return s.sender.Edit(ctx, s.MessageID, content)
}

// Delete removes the message.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sent) Delete(ctx context.Context) error { return s.sender.Delete(ctx, s.MessageID) }

// Reply posts a message. In a turn it carries what was queued before.
//
// ErrDelivery: Teams did not take it. Novu then carries out nothing of what was queued: it goes once more
// at the turn's end. ErrOutcomeUnknown: it may have been posted. ErrBadAnswer: it was posted, but Novu
// did not say under which id. After any other error nothing was posted.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sender) Reply(ctx context.Context, content Content, opts ...ReplyOption) (*Sent, error) {
	const op = "reply"
	rendered, err := render(op, content, opts)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, op, novu.AgentReplyParams{Reply: &rendered})
}

// post sends a message with what is queued.
func (s *Sender) post(ctx context.Context, op string, params novu.AgentReplyParams) (*Sent, error) {
	if err := s.queue.alive(op); err != nil {
		return nil, err
	}
	queued := s.queue.take()
	params.Signals, params.Resolve, params.ToolResults = queued.signals, queued.resolve, queued.results
	out, err := s.send(ctx, op, params)
	if err != nil {
		s.queue.giveBack(op, queued, err)
		return nil, err
	}
	return &Sent{MessageID: out.MessageID, ThreadID: out.ThreadID, sender: s}, nil
}

// Edit replaces a message that the bot posted. If the message is somebody else's, or gone, Teams refuses:
// ErrDelivery.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sender) Edit(ctx context.Context, messageID string, content Content) error {
	const op = "edit"
	rendered, err := render(op, content, nil)
	if err != nil {
		return err
	}
	if messageID == "" {
		return invalid(op, "messageID", "must not be empty")
	}
	_, err = s.send(ctx, op, novu.AgentReplyParams{Edit: &novu.AgentEdit{MessageID: messageID, Content: rendered}})
	return err
}

// Delete removes a message that the bot posted. Novu does not say whether Teams did it.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sender) Delete(ctx context.Context, messageID string) error {
	const op = "delete message"
	if messageID == "" {
		return invalid(op, "messageID", "must not be empty")
	}
	_, err := s.send(ctx, op, novu.AgentReplyParams{DeleteMessages: []novu.AgentMessageRef{{MessageID: messageID}}})
	return err
}

// Typing shows for a few seconds that the bot is at work. Novu does not say whether Teams did it.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sender) Typing(ctx context.Context) error {
	_, err := s.send(ctx, "show typing", novu.AgentReplyParams{Typing: &novu.AgentTyping{}})
	return err
}

// send makes one request for this conversation.
func (s *Sender) send(ctx context.Context, op string, params novu.AgentReplyParams) (*novu.AgentReply, error) {
	if ctx == nil {
		return nil, invalid(op, "ctx", "must not be nil")
	}
	if err := s.queue.alive(op); err != nil {
		return nil, err
	}
	s.queue.sending()
	params.ConversationID, params.IntegrationIdentifier = s.ref.ConversationID, s.ref.IntegrationIdentifier
	out, err := s.client.Agents.Reply(ctx, s.ref.AgentIdentifier, params)
	if err != nil {
		return nil, replyError(op, err)
	}
	return out, nil
}

// flush sends what is queued without a message.
func (s *Sender) flush(ctx context.Context) error {
	queued := s.queue.take()
	if queued.empty() {
		return nil
	}
	_, err := s.send(ctx, "send queued changes", novu.AgentReplyParams{
		Signals: queued.signals, Resolve: queued.resolve, ToolResults: queued.results,
	})
	return err
}

// postSignIn asks the writer to sign in.
func (s *Sender) postSignIn(ctx context.Context, address novu.Secret) error {
	const op = "ask to sign in"
	if !isWebAddress(address.Reveal()) {
		return invalid(op, "SignInURL", "must return an absolute URL with http or https")
	}
	card, err := render(op, Card{
		Title: "Sign in",
		Body: []Element{
			Text{Content: "I don't know who you are yet. Sign in, then write to me again."},
			Actions{LinkButton{Label: "Sign in", URL: address.Reveal(), Style: Primary}},
		},
	}, nil)
	if err != nil {
		return err
	}
	_, err = s.post(ctx, op, novu.AgentReplyParams{Reply: &card, Secrets: []novu.Secret{address}})
	return err
}

func isConflict(err error) bool { return errors.Is(err, novu.ErrConflict) }

// String returns ids.
func (s Sender) String() string {
	return fmt.Sprintf("agent.Sender(%s in %s)", s.ref.AgentIdentifier, s.ref.ConversationID)
}

// Format prints what String returns, whatever the verb.
func (s Sender) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns ids.
func (s Sender) LogValue() slog.Value { return slog.StringValue(s.String()) }
