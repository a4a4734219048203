package conformance_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// plainAgent are the types of package agent that are filled in through their fields.
var plainAgent = []any{
	agent.Action{}, agent.Approval{}, agent.Attachment{}, agent.Author{}, agent.Button{}, agent.ButtonStyle(""), agent.Choice{},
	agent.Conversation{}, agent.Delivery{}, agent.Divider{}, agent.Entry{}, agent.Event(""), agent.Field{}, agent.Fields{}, agent.File{},
	agent.HumanResponse{}, agent.Image{}, agent.Link{}, agent.LinkButton{}, agent.Markdown(""), agent.Message{}, agent.Notification{},
	agent.Platform(""), agent.Problem{}, agent.RawElement{}, agent.Reaction{}, agent.Ref{}, agent.Resolution{}, agent.RichContent{},
	agent.Select{}, agent.Signal{}, agent.Table{}, agent.Text{}, agent.TextStyle(""), agent.Tool{}, agent.ToolCall{}, agent.TriggerParams{},
}

// addAgent adds a value of each type of package agent.
func addAgent(t *testing.T, c *novu.Client, all map[reflect.Type]any) {
	t.Helper()
	add := func(values ...any) {
		for _, v := range values {
			typ := reflect.TypeOf(v)
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			all[typ] = v
		}
	}
	for _, zero := range plainAgent {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(v, "", 0)
		add(v.Interface())
	}
	all[reflect.TypeFor[agent.Content]()] = agent.Silence
	all[reflect.TypeFor[agent.Element]()] = agent.Text{}
	all[reflect.TypeFor[agent.Control]()] = agent.Button{}
	var turn agent.TurnFunc = func(context.Context, *agent.Turn) error { return nil }
	bot := agent.Bot{
		Identifier: "support", OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil },
		SignInURL: func(context.Context, *agent.Turn) (novu.Secret, error) { return canary, nil },
	}
	h, err := agent.NewHandler(c, []agent.Bot{bot})
	require.NoError(t, err)
	sender, err := agent.Resume(c, agent.Ref{AgentIdentifier: "a", ConversationID: "6923f0c1a1b2c3d4e5f60718", IntegrationIdentifier: "i"})
	require.NoError(t, err)
	_, err = sender.Reply(t.Context(), nil)
	require.Error(t, err)
	add(turn, bot, h, sender, err, agent.Sent{MessageID: "m"}, agent.Turn{Sender: sender}, agent.WithConcurrency(1), agent.WithFiles(),
		agent.Card{Title: "t", Body: []agent.Element{agent.Divider{}}}, agent.Actions{agent.Button{}}, agent.Section{agent.Divider{}},
		agent.PanicError{Value: "x"})
}
