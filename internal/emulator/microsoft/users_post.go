package microsoft

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/novu-go/novu/internal/emulator"
)

// poster is the client by which Teams reaches bots.
type poster struct {
	once   sync.Once
	client *http.Client
}

func (s *Server) posting() *http.Client {
	s.poster.once.Do(func() {
		s.poster.client = &http.Client{
			Transport:     s.host.Transport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
	return s.poster.client
}

// post posts an activity to the bot's messaging endpoint, as Teams does.
func (s *Server) post(ctx context.Context, seat Seat, activity object) (Posted, error) {
	posted := Posted{ActivityID: activity.text("id"), ConversationID: seat.conversationID()}
	if err := reachable(seat.Bot); err != nil {
		return posted, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, seat.Bot.Endpoint, bytes.NewReader(emulator.Encode(activity)))
	if err != nil {
		return posted, fmt.Errorf("the bot's messaging endpoint %q is no address", seat.Bot.Endpoint)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)")
	req.Header.Set("Authorization", "Bearer "+s.botToken(seat.Bot.ClientID, activity.text("serviceUrl")))
	resp, err := s.posting().Do(req)
	if err != nil {
		return posted, fmt.Errorf("the bot's messaging endpoint can't be reached: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return posted, fmt.Errorf("the answer of the bot's messaging endpoint broke off: %w", err)
	}
	posted.Status, posted.Body = resp.StatusCode, string(body)
	return posted, nil
}

// reachable refuses an endpoint beyond this machine.
func reachable(b Bot) error {
	if b.Endpoint == "" {
		return errors.New("the bot has no messaging endpoint")
	}
	u, err := url.Parse(b.Endpoint)
	if err != nil || u.Host == "" {
		return fmt.Errorf("the bot's messaging endpoint %q is no address", b.Endpoint)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the bot's messaging endpoint is at %s, and nothing here leaves this machine", u.Host)
	}
	return nil
}
