package compatibility_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atc0005/go-teams-notify/v2/adaptivecard"
	"github.com/atc0005/go-teams-notify/v2/messagecard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// messages are what that library's own examples build.
func messages() map[string]*adaptivecard.Message {
	withFacts := adaptivecard.NewCard()
	facts := adaptivecard.NewFactSet()
	_ = facts.AddFact(adaptivecard.Fact{Title: "Build", Value: "17 & <18>"})
	link := must(adaptivecard.NewActionOpenURL("https://example.com/?a=1&b=2", "Open"))
	_ = withFacts.AddElement(false, adaptivecard.Element(facts))
	_ = withFacts.AddAction(false, link)

	carousel := adaptivecard.NewMessage().Carousel()
	_ = carousel.Attach(must(adaptivecard.NewTextBlockCard("one", "", true)), must(adaptivecard.NewTextBlockCard("two", "", true)))

	return map[string]*adaptivecard.Message{
		"simple":   must(adaptivecard.NewSimpleMessage("text", "title", true)),
		"mention":  must(adaptivecard.NewMentionMessage("Ada", "ada@example.com", "look at this")),
		"facts":    must(adaptivecard.NewMessageFromCard(withFacts)),
		"carousel": carousel,
	}
}

func TestMessagesAreSentAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, message := range messages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var posted []byte
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				posted, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusAccepted)
			}))
			defer server.Close()
			opts := []webhook.Option{webhook.WithAllowedHosts("127.0.0.1"), webhook.WithHTTPClient(server.Client())}
			to, err := webhook.ParseURL(server.URL+"/workflows/1", opts...)
			require.NoError(t, err)
			client, err := webhook.NewClient(opts...)
			require.NoError(t, err)

			receipt, err := client.Send(t.Context(), to, message)
			require.NoError(t, err)
			assert.Equal(t, http.StatusAccepted, receipt.StatusCode)

			// Prepare is how the library itself encodes what it sends.
			require.NoError(t, message.Prepare())
			theirs, err := io.ReadAll(message.Payload())
			require.NoError(t, err)
			assert.JSONEq(t, string(theirs), string(posted))

			content, err := webhook.ForNovu(message)
			require.NoError(t, err)
			assert.JSONEq(t, string(theirs), content)
		})
	}
}

func TestWhatWorkflowsWouldNotPostIsRefused(t *testing.T) {
	t.Parallel()
	tooNew := adaptivecard.NewCard()
	tooNew.Version = "1.5"
	for name, message := range map[string]any{
		"no card":      adaptivecard.NewMessage(),
		"version 1.5":  must(adaptivecard.NewMessageFromCard(tooNew)),
		"message card": messagecard.NewMessageCard(),
	} {
		_, err := webhook.ForNovu(message)
		assert.ErrorIs(t, err, webhook.ErrInvalidParams, name)
	}
}
