package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// script is an application that does what a case says.
type script struct {
	t     *testing.T
	c     *bridgeCase
	calls []string
	seen  map[string]any
	last  *agent.Sent
}

type step struct {
	Reply         *message          `json:"reply"`
	Return        *message          `json:"return"`
	Edit          *message          `json:"edit"`
	Delete        bool              `json:"delete"`
	Typing        json.RawMessage   `json:"typing"`
	Set           []json.RawMessage `json:"set"`
	Unset         string            `json:"unset"`
	Clear         bool              `json:"clear"`
	Trigger       *triggerStep      `json:"trigger"`
	Resolve       *string           `json:"resolve"`
	DeleteMessage string            `json:"deleteMessage"`
	ToolApproval  *struct {
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	} `json:"toolApproval"`
	EditApproval   string   `json:"editApproval"`
	DeleteApproval bool     `json:"deleteApproval"`
	See            []string `json:"see"`
	Handle         bool     `json:"handle"`
	Throw          string   `json:"throw"`
	Catch          bool     `json:"catch"`
}

type message struct {
	Markdown string          `json:"markdown"`
	Card     json.RawMessage `json:"card"`
	Files    []struct {
		Filename string `json:"filename"`
		MIMEType string `json:"mimeType"`
		Data     []byte `json:"data"`
		URL      string `json:"url"`
	} `json:"files"`
}

type triggerStep struct {
	WorkflowID string          `json:"workflowId"`
	To         json.RawMessage `json:"to"`
	Payload    map[string]any  `json:"payload"`
}

func newScript(t *testing.T, c *bridgeCase) *script {
	return &script{t: t, c: c, calls: []string{}, seen: map[string]any{}}
}

// event is what a function of a bot got.
type event struct {
	turn       *agent.Turn
	arg        any
	approvalID string // the message with the approval's card
}

func (s *script) bot() agent.Bot {
	b := agent.Bot{
		Identifier: s.c.AgentID,
		OnMessage: func(ctx context.Context, t *agent.Turn, m *agent.Message) error {
			return s.run(ctx, "onMessage", event{turn: t, arg: messageSeen(m)})
		},
	}
	if s.c.Handlers["onAction"] != nil {
		b.OnAction = func(ctx context.Context, t *agent.Turn, a *agent.Action) error {
			return s.run(ctx, "onAction", event{turn: t, arg: actionSeen(a)})
		}
	}
	if s.c.Handlers["onReaction"] != nil {
		b.OnReaction = func(ctx context.Context, t *agent.Turn, r *agent.Reaction) error {
			return s.run(ctx, "onReaction", event{turn: t, arg: map[string]any{
				"messageId": r.MessageID, "emoji": map[string]any{"name": r.Emoji}, "added": r.Added, "message": nil,
			}})
		}
	}
	if s.c.Handlers["onResolve"] != nil {
		b.OnResolve = func(ctx context.Context, t *agent.Turn, _ *agent.Resolution) error {
			return s.run(ctx, "onResolve", event{turn: t})
		}
	}
	if s.c.Handlers["onToolApproval"] != nil {
		b.OnApproval = s.approve
	}
	if s.c.Handlers["onError"] != nil {
		b.OnError = s.fail
	}
	return b
}

func (s *script) approve(ctx context.Context, t *agent.Turn, d *agent.Approval) (any, error) {
	err := s.run(ctx, "onToolApproval", event{turn: t, approvalID: d.MessageID, arg: map[string]any{
		"toolCall": map[string]any{"id": d.Call.ID, "name": d.Call.Name, "input": d.Call.Input},
		"approved": d.Approved, "approvalMessage": map[string]any{"messageId": d.MessageID},
	}})
	if s.c.Go == nil || s.c.Go.Result == nil {
		return nil, err
	}
	return s.c.Go.Result, err
}

func (s *script) fail(context.Context, *agent.Turn, error) agent.Content {
	s.calls = append(s.calls, "onError")
	var does struct {
		Return   *message `json:"return"`
		Suppress bool     `json:"suppress"`
		Throw    string   `json:"throw"`
	}
	require.NoError(s.t, json.Unmarshal(s.c.Handlers["onError"], &does))
	switch {
	case does.Throw != "":
		panic(does.Throw)
	case does.Suppress:
		return agent.Silence
	case does.Return != nil:
		content, _ := does.Return.content(s.t)
		return content
	}
	return nil
}

func (s *script) run(ctx context.Context, name string, e event) error {
	s.calls = append(s.calls, name)
	var steps []step
	require.NoError(s.t, json.Unmarshal(s.c.Handlers[name], &steps))
	for _, step := range steps {
		err := s.do(ctx, e, &step)
		if err != nil && !step.Catch {
			return err
		}
	}
	return nil
}

func (s *script) do(ctx context.Context, e event, step *step) error {
	t := e.turn
	switch {
	case step.Reply != nil:
		return s.reply(ctx, t, step.Reply)
	case step.Return != nil:
		return s.reply(ctx, t, step.Return)
	case step.Edit != nil:
		content, _ := step.Edit.content(s.t)
		return s.last.Edit(ctx, content)
	case step.Delete:
		return s.last.Delete(ctx)
	case step.DeleteMessage != "":
		return t.Delete(ctx, step.DeleteMessage)
	case step.EditApproval != "":
		return t.Edit(ctx, e.approvalID, agent.Markdown(step.EditApproval))
	case step.DeleteApproval:
		return t.Delete(ctx, e.approvalID)
	case step.Typing != nil && string(step.Typing) != `"stop"`:
		return t.Typing(ctx)
	case step.Set != nil:
		var key string
		require.NoError(s.t, json.Unmarshal(step.Set[0], &key))
		return t.SetMetadata(key, step.Set[1])
	case step.Unset != "":
		return t.DeleteMetadata(step.Unset)
	case step.Clear:
		return t.ClearMetadata()
	case step.Trigger != nil:
		return t.Trigger(agent.TriggerParams{
			WorkflowID: step.Trigger.WorkflowID, To: recipientsOf(s.t, step.Trigger.To), Payload: step.Trigger.Payload,
		})
	case step.Resolve != nil:
		return t.Resolve(*step.Resolve)
	case step.ToolApproval != nil:
		call := agent.ToolCall{ID: step.ToolApproval.ID, Name: step.ToolApproval.Name}
		if step.ToolApproval.Input != nil {
			call.Input = step.ToolApproval.Input
		}
		sent, err := t.RequestApproval(ctx, call)
		s.last = sent
		return err
	case step.Throw != "":
		return errors.New(step.Throw)
	}
	s.see(e, step)
	return nil
}

func (s *script) reply(ctx context.Context, t *agent.Turn, m *message) error {
	content, files := m.content(s.t)
	sent, err := t.Reply(ctx, content, agent.WithFiles(files...))
	s.last = sent
	return err
}

func (m *message) content(t *testing.T) (agent.Content, []agent.File) {
	var files []agent.File
	for _, f := range m.Files {
		files = append(files, agent.File{Name: f.Filename, MIMEType: f.MIMEType, Data: f.Data, URL: f.URL})
	}
	if m.Card != nil {
		return cardOf(t, m.Card), files
	}
	return agent.Markdown(m.Markdown), files
}

func recipientsOf(t *testing.T, raw json.RawMessage) novu.Recipients {
	var id string
	var one map[string]any
	var many []json.RawMessage
	switch {
	case raw == nil || string(raw) == "null":
		return nil
	case json.Unmarshal(raw, &id) == nil:
		return novu.ToSubscriber(id)
	case json.Unmarshal(raw, &many) == nil:
		var to novu.Recipients
		for _, item := range many {
			to = append(to, recipientsOf(t, item)...)
		}
		return to
	}
	require.NoError(t, json.Unmarshal(raw, &one))
	if key, ok := one["topicKey"].(string); ok {
		return novu.ToTopic(key)
	}
	var profile novu.SubscriberProfile
	require.NoError(t, json.Unmarshal(raw, &profile))
	return novu.ToSubscriberProfile(profile)
}

// see notes what the turn holds, as the framework writes it.
func (s *script) see(e event, step *step) {
	t := e.turn
	for _, name := range step.See {
		switch name {
		case "arg":
			s.seen[name] = e.arg
		case "event":
			s.seen[name] = t.Event
		case "platform":
			s.seen[name] = t.Platform
		case "subscriber":
			s.seen[name] = t.Subscriber
		case "platformContext":
			s.seen[name] = map[string]any{"threadId": t.ThreadID, "channelId": t.ChannelID, "isDM": t.DM}
		case "context":
			s.seen[name] = t.Context
		case "metadata.current":
			s.seen[name] = metadataSeen(s.t, t)
		}
	}
	if step.Handle && s.last != nil {
		s.seen["handle"] = map[string]any{"messageId": s.last.MessageID, "platformThreadId": s.last.ThreadID}
	}
}

// metadataSeen asks for every key that the cases use.
func metadataSeen(t *testing.T, turn *agent.Turn) map[string]any {
	all := map[string]any{}
	for _, key := range []string{"ticket", "turnCount", "a", "b", "s", "k"} {
		var value any
		found, err := turn.Metadata(key, &value)
		require.NoError(t, err)
		if found {
			all[key] = value
		}
	}
	return all
}

func messageSeen(m *agent.Message) map[string]any {
	seen := map[string]any{
		"text": m.Text, "platformMessageId": m.ID, "timestamp": m.Timestamp.Format("2006-01-02T15:04:05.000Z"),
		"author": map[string]any{"userId": m.Author.UserID, "fullName": m.Author.FullName, "userName": m.Author.UserName, "isBot": m.Author.Bot},
	}
	if m.ReplyTo != "" {
		seen["replyTo"] = map[string]any{"platformMessageId": m.ReplyTo}
	}
	var attachments []any
	for _, a := range m.Attachments {
		item := map[string]any{"type": a.Type}
		for key, value := range map[string]string{"url": a.URL, "name": a.Name, "mimeType": a.MIMEType} {
			if value != "" {
				item[key] = value
			}
		}
		if a.Size != 0 {
			item["size"] = a.Size
		}
		attachments = append(attachments, item)
	}
	if attachments != nil {
		seen["attachments"] = attachments
	}
	return seen
}

func actionSeen(a *agent.Action) map[string]any {
	seen := map[string]any{"id": a.ID, "sourceMessageId": a.SourceMessageID}
	if a.Value != "" {
		seen["value"] = a.Value
	}
	return seen
}
