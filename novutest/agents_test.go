package novutest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// A bridge elsewhere is asked at its address; when its turn is over, the framework's bridges say.
func TestServeAgentAtAnAddress(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	bridge := &framework{t: t, srv: srv}
	elsewhere := httptest.NewServer(bridge)
	t.Cleanup(elsewhere.Close)
	made := srv.ServeAgent("support", novutest.BridgeURL(elsewhere.URL+"/api/novu?keep=1"))
	assert.Equal(t, elsewhere.URL+"/api/novu?keep=1", made.BridgeURL)
	got, err := srv.Chat(novutest.User{Name: "Alice"}).Say(t.Context(), "hello")
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "two", got[1].Text)
	bridge.turns.Wait()
}

// framework answers as Novu's own framework does: it acknowledges, replies, and ends its typing.
type framework struct {
	t     *testing.T
	srv   *novutest.Server
	turns sync.WaitGroup
}

func (f *framework) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	assert.Equal(f.t, "1", r.URL.Query().Get("keep"))
	var d struct{ ConversationID, IntegrationIdentifier, ReplyURL string }
	assert.NoError(f.t, json.NewDecoder(r.Body).Decode(&d))
	f.turns.Go(func() {
		a := &api{t: f.t, server: f.srv, http: http.DefaultClient}
		for _, part := range []obj{{"reply": obj{"markdown": "one"}}, {"reply": obj{"markdown": "two"}}, {"typing": "stop"}} {
			part["conversationId"], part["integrationIdentifier"] = d.ConversationID, d.IntegrationIdentifier
			_, err := a.try(http.MethodPost, d.ReplyURL, part)
			assert.NoError(f.t, err)
		}
	})
	w.WriteHeader(http.StatusOK)
}

// Serving an agent again mends it: another bridge, and open again.
func TestServeAgentAgain(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	chat := served(t, srv, agent.Bot{OnMessage: echo})
	first, err := chat.Say(t.Context(), "hello")
	require.NoError(t, err)
	srv.ServeAgent("support", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	_, err = chat.Say(t.Context(), "hello")
	require.ErrorContains(t, err, "418")
	links, err := srv.Client().Agents.Integrations(t.Context(), "support")
	require.NoError(t, err)
	assert.Len(t, links, 1)
	require.NotEmpty(t, first)
}

// A chat says which agent is meant where there are several.
func TestServeSeveralAgents(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	_, err := srv.Chat(novutest.User{Name: "Alice"}).Say(t.Context(), "hello")
	require.ErrorContains(t, err, "no bot")
	h, err := agent.NewHandler(srv.Client(), []agent.Bot{{Identifier: "support", OnMessage: echo}, {Identifier: "billing", OnMessage: echo}})
	require.NoError(t, err)
	srv.ServeAgent("support", h)
	srv.ServeAgent("billing", h)
	_, err = srv.Chat(novutest.User{Name: "Alice"}).Say(t.Context(), "hello")
	require.ErrorContains(t, err, "2 bots")
	_, err = srv.Chat(novutest.User{Name: "Alice"}, novutest.WithAgent("nobody")).Say(t.Context(), "hello")
	require.ErrorContains(t, err, `"nobody"`)
	got, err := srv.Chat(novutest.User{Name: "Alice"}, novutest.WithAgent("billing")).Say(t.Context(), "hello")
	require.NoError(t, err)
	assert.Equal(t, "billing", got[0].From)
}

func TestServeAgentThatCannotBe(t *testing.T) {
	t.Parallel()
	for want, serve := range map[string]func(){
		"the bridge is nil": func() { novutest.NewServer(t).ServeAgent("support", nil) },
		"Identifier":        func() { novutest.NewServer(t).ServeAgent("not an identifier", http.NotFoundHandler()) },
		"not allowed":       func() { novutest.NewServer(t).ServeAgent("support", novutest.BridgeURL("http://localhost:1")) },
	} {
		func() {
			defer func() { assert.Contains(t, recover(), want) }()
			serve()
		}()
	}
}

// A program in any language talks to an agent over HTTP. No other page can.
func TestChatFromOutside(t *testing.T) {
	t.Parallel()
	a := start(t)
	served(t, a.server, agent.Bot{OnMessage: echo})
	got := a.do(http.MethodPost, "/_emulator/chat", obj{"agent": "support", "person": obj{"name": "Alice"}, "do": "say", "text": "hello"})
	require.Equal(t, http.StatusOK, got.status, got.text)
	assert.Contains(t, got.text, `"text":"You said: hello"`)
	assert.NotContains(t, got.text, "problem")
	for name, want := range map[string]string{
		"chats": `"with":"Alice"`, "deliveries": `"outcome":"acknowledged"`, "replies": `"explanation":"Posted to Teams."`,
		"agents": `"identifier":"support"`, "people": "[]",
	} {
		answer := a.do(http.MethodGet, "/_emulator/"+name, nil)
		assert.Contains(t, answer.text, want, name)
		assert.NotContains(t, answer.text, a.server.SecretKey())
	}
	for want, body := range map[string]obj{
		"has no name": {"agent": "support", "do": "say"}, "do is": {"agent": "support", "person": obj{"name": "A"}, "do": "shout"},
		"is none of": {"kind": "room", "person": obj{"name": "A"}}, "no bot is known": {"agent": "x", "person": obj{"name": "A"}, "do": "say"},
	} {
		answer := a.do(http.MethodPost, "/_emulator/chat", body)
		assert.Contains(t, answer.text, want)
	}
	simple := a.do(http.MethodPost, "/_emulator/chat", strings.Repeat("x", 10), "Content-Type", "text/plain")
	assert.Equal(t, http.StatusUnsupportedMediaType, simple.status)
}

// A bot that package setup has made in the emulated Azure can be written to, at the endpoint that Azure has.
func TestChatWithABotOfSetup(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	h, err := agent.NewHandler(srv.Client(), []agent.Bot{{Identifier: "support", OnMessage: echo}}, agent.WithLogger(nil))
	require.NoError(t, err)
	bridge := httptest.NewServer(h)
	t.Cleanup(bridge.Close)
	_, err = srv.Client().Agents.Create(t.Context(), novu.CreateAgentParams{
		Identifier: "support", Name: "Support", BridgeURL: bridge.URL, Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen},
	})
	require.NoError(t, err)
	everybody := srv.Operator(novutest.Operator{})
	s, err := setup.New(srv.Client(), setup.Config{
		UniqueName: "acme", TenantID: novutest.DefaultTenantID, IntegrationIdentifier: "msteams", AgentIdentifier: "support",
		App: manifest.App{Name: "Acme", Description: "Acme's bot", Developer: manifest.Developer{
			Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example/privacy", TermsOfUseURL: "https://acme.example/terms",
		}},
		Azure: &setup.Azure{ResourceGroup: "teams"},
	}, setup.Identities{Directory: everybody, Catalog: everybody, Azure: everybody}, setup.WithMSTeams(srv.MSTeamsOptions()...))
	require.NoError(t, err)
	plan, err := s.Plan(t.Context())
	require.NoError(t, err)
	_, err = s.Apply(t.Context(), plan)
	require.NoError(t, err)

	for _, opts := range [][]novutest.ChatOption{nil, {novutest.WithAgent("support")}} {
		got, err := srv.Chat(novutest.User{Name: "Alice"}, opts...).Say(t.Context(), "hello")
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, "You said: hello", got[0].Text)
	}
}

// A restricted agent answers the people whom Novu knows by the id that Teams has for them.
func TestRestrictedAgentAnswersLinkedPeople(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	chat := served(t, srv, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
		if turn.Subscriber == nil {
			return turn.LinkSubscriber(ctx, "alice")
		}
		_, err := turn.Reply(ctx, agent.Markdown("Hello "+turn.Subscriber.FirstName))
		return err
	}})
	client := srv.Client()
	_, err := client.Subscribers.Create(t.Context(), novu.CreateSubscriberParams{SubscriberID: "alice", FirstName: "Alice"})
	require.NoError(t, err)
	_, err = chat.Say(t.Context(), "it's me")
	require.NoError(t, err)
	_, err = client.Agents.Update(t.Context(), "support", novu.UpdateAgentParams{Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessRestricted}})
	require.NoError(t, err)
	got, err := chat.Say(t.Context(), "hello")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "Hello Alice", got[0].Text)
	_, err = srv.Chat(novutest.User{Name: "Mallory"}).Say(t.Context(), "hello")
	require.ErrorContains(t, err, "restricted")
}
