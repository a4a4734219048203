package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu/agent"
)

// support answers questions about orders.
type support struct {
	queue  *queue
	orders string
}

func (s *support) answer(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	status, err := s.status(ctx, m.Text)
	if err != nil {
		return err
	}
	first, err := s.queue.mark(ctx, t)
	if err != nil {
		return err
	}
	if !first {
		log.Printf("%s was answered by a worker that died", t.DeliveryID)
		return nil
	}
	_, err = t.Reply(ctx, agent.Markdown(fmt.Sprintf("%s: %s", m.Text, status)))
	return err
}

// status asks for an order. Asking twice does no harm, so that a turn can run again.
func (s *support) status(ctx context.Context, order string) (string, error) {
	if s.orders == "" {
		return "on its way", nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.orders+"?order="+url.QueryEscape(order), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the orders service answered %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	return strings.TrimSpace(string(text)), err
}
