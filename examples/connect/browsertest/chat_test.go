package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// chatPage runs the emulator with a bridge of this test and opens its chat.
func chatPage(t *testing.T, bot agent.Bot) (*tab, *novu.Client) {
	t.Helper()
	var handler atomic.Pointer[agent.Handler]
	bridge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.Load().ServeHTTP(w, r) }))
	t.Cleanup(bridge.Close)
	program := exec.CommandContext(t.Context(), emulator, "emulator", "-bridge", bridge.URL, "-agent", "support")
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	require.NoError(t, program.Start())
	t.Cleanup(func() { _ = program.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var addresses struct{ Novu string }
	require.NoError(t, json.Unmarshal([]byte(line), &addresses))
	client, err := novu.NewClient("emulator", novu.WithBaseURL(addresses.Novu))
	require.NoError(t, err)
	bot.Identifier = "support"
	h, err := agent.NewHandler(client, []agent.Bot{bot}, agent.WithLogger(nil))
	require.NoError(t, err)
	handler.Store(h)
	b := open(t, addresses.Novu+"/chat")
	b.see("Ada Lovelace with support")
	return b, client
}

// say types a message and sends it with the Enter key.
func (b *tab) say(text string) {
	b.t.Helper()
	b.fill("#text", text)
	b.do(chromedp.KeyEvent(kb.Enter))
}

func support() agent.Bot {
	return agent.Bot{
		OnMessage: func(ctx context.Context, t *agent.Turn, m *agent.Message) error {
			switch m.Text {
			case "order":
				_, err := t.Reply(ctx, agent.Card{Title: "Order 42", Subtitle: "Two loaves of bread", Body: []agent.Element{
					agent.Fields{{Label: "Status", Value: "shipped"}, {Label: "Total", Value: "€ 25"}},
					agent.Table{Headers: []string{"Item", "Price"}, Rows: [][]string{{"Rye bread", "€ 10"}, {"Baguette", "€ 15"}}},
					agent.Divider{},
					agent.Actions{
						agent.Button{ID: "track", Label: "Track it", Style: agent.Primary}, agent.Button{ID: "cancel", Label: "Cancel it", Style: agent.Danger},
						agent.LinkButton{Label: "Open the shop", URL: "https://shop.example/42"},
					},
				}})
				return err
			case "assign":
				_, err := t.Reply(ctx, agent.Card{Title: "Who takes it?", Body: []agent.Element{agent.Actions{
					agent.Select{ID: "who", Label: "Assign to", Options: []agent.Choice{{Label: "Alice", Value: "alice"}, {Label: "Bob", Value: "bob"}}},
					agent.Select{ID: "sev", Label: "Severity", Radio: true, Options: []agent.Choice{{Label: "High", Value: "high"}, {Label: "Low", Value: "low"}}},
				}}})
				return err
			}
			_, err := t.Reply(ctx, agent.Markdown("You said: **"+m.Text+"**\n\n- one\n- two"))
			return err
		},
		OnAction: func(ctx context.Context, t *agent.Turn, a *agent.Action) error {
			if a.ID == "cancel" {
				return t.Edit(ctx, a.SourceMessageID, agent.Markdown("The order is canceled."))
			}
			_, err := t.Reply(ctx, agent.Markdown("You chose "+a.ID+" "+a.Value))
			return err
		},
		OnReaction: func(ctx context.Context, t *agent.Turn, r *agent.Reaction) error {
			_, err := t.Reply(ctx, agent.Markdown("Thank you for the "+r.Emoji))
			return err
		},
	}
}

// Somebody writes, presses buttons, chooses and reacts, and sees what comes of it.
func TestChat(t *testing.T) {
	b, _ := chatPage(t, support())
	b.see("Nothing was said yet")
	b.look("21-chat-empty")
	b.say("hello")
	b.see("You said: hello")
	b.see("The bridge took it")
	b.see("Posted to Teams")
	b.say("order")
	b.see("shipped")
	b.look("22-chat-card")
	b.click("Track it")
	b.see("You chose track")
	b.click("Cancel it")
	b.see("The order is canceled.")
	b.see("edited")
	b.say("assign")
	b.see("Who takes it?")
	b.do(chromedp.SetValue(".card select", "bob"), chromedp.Click(`.card [value="high"]`))
	b.look("23-chat-choices")
	b.click("Submit")
	b.see("You chose who bob")
	b.see("You chose sev high")
	b.do(chromedp.Click(`#log li:last-child [title="React with like"]`))
	b.see("Thank you for the thumbs_up")
	b.look("24-chat")
}

// In a channel the bot answers to a mention, in its thread.
func TestChatInAChannel(t *testing.T) {
	b, _ := chatPage(t, support())
	b.click("New conversation")
	b.fill("#person", "Alan Turing")
	b.do(chromedp.SetValue("#kind", "channel"))
	b.click("Open")
	b.see("Alan Turing with support")
	b.do(chromedp.Click("#mention"))
	b.say("just talking")
	b.see("Novu does not pass this on")
	b.do(chromedp.Click("#mention"))
	b.say("hello")
	b.see("You said:")
	b.look("25-chat-channel")
}

// Somebody who sees only the page learns why nothing came.
func TestChatSaysWhyNothingCame(t *testing.T) {
	b, client := chatPage(t, agent.Bot{
		OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil },
	})
	b.say("hello")
	b.see("has posted nothing since")
	_, err := client.Agents.Update(t.Context(), "support", novu.UpdateAgentParams{
		Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessRestricted},
	})
	require.NoError(t, err)
	b.say("again")
	b.see("The agent is restricted, and Novu does not know who writes")
	b.look("26-chat-restricted")
	_, err = client.Agents.Update(t.Context(), "support", novu.UpdateAgentParams{
		BridgeURL: novu.Ptr("http://127.0.0.1:1/gone"), Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen},
	})
	require.NoError(t, err)
	b.say("once more")
	b.see("Is it running at http://127.0.0.1:1/gone?")
	b.see("The agent is currently offline.")
	b.look("27-chat-offline")
}

// The whole conversation without a mouse.
func TestChatByKeyboard(t *testing.T) {
	b, _ := chatPage(t, support())
	b.do(chromedp.Focus("#text"))
	b.do(chromedp.KeyEvent("order"), chromedp.KeyEvent(kb.Enter))
	b.see("shipped")
	b.press("Track it")
	b.see("You chose track")
	assert.Zero(t, *b.clicks)
}

// The page of notifications draws the cards too, and leads to the chat.
func TestNotificationsPage(t *testing.T) {
	b, _ := chatPage(t, support())
	b.say("order")
	b.see("shipped")
	b.click("Notifications")
	b.see("Two loaves of bread")
	b.look("28-notifications")
	b.click("Chat")
	b.see("Ada Lovelace with support")
}
