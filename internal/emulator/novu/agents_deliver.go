package novu

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// How an event is brought to a bridge.
const (
	attemptLimit  = 30 * time.Second
	mostRedirects = 3
)

// pauses are how long is waited after an attempt that failed.
var pauses = []time.Duration{500 * time.Millisecond, time.Second}

// errElsewhere is a redirect to another origin, which ends the attempts.
var errElsewhere = errors.New("the bridge redirects to another origin, which Novu does not follow")

// agentEvent is one event for a bridge. All attempts have the same body.
type agentEvent struct {
	bridge, agent, name, deliveryID string
	body                            []byte
}

// deliverEvent brings an event to the bridge, in three attempts. Where all fail, the person is told.
func (s *Server) deliverEvent(ctx context.Context, e agentEvent, d *AgentDelivery, b bot, c *conversation) {
	address := bridgeAddress(e.bridge, e.agent, e.name)
	shown, _, _ := strings.Cut(e.bridge, "?")
	s.agentLog.change(d, func(d *AgentDelivery) { d.Bridge, d.Body, d.DeliveryID = shown, e.body, e.deliveryID })
	for n := 0; ; n++ {
		failed := s.attempt(ctx, address, e.body, d)
		if failed == nil {
			s.end(d, OutcomeAcknowledged, "")
			return
		}
		if n == len(pauses) || errors.Is(failed, errElsewhere) {
			break
		}
		if !s.waitOnClock(ctx, pauses[n]) {
			return
		}
	}
	if e.name != onResolve {
		s.tell(ctx, b, c, markdownText(offlineText), offlineText)
	}
	s.end(d, OutcomeOffline, "the bridge did not acknowledge the event")
}

// attempt makes one attempt and keeps what came of it.
func (s *Server) attempt(ctx context.Context, address string, body []byte, d *AgentDelivery) error {
	begun := s.host.Clock.Now()
	limited, cancel := s.limitedByClock(ctx, attemptLimit)
	defer cancel()
	status, err := s.postToBridge(limited, address, body)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("the bridge answered %d", status)
	}
	made := AgentAttempt{At: begun, Took: s.host.Clock.Now().Sub(begun), Status: status}
	if err != nil {
		made.Error = err.Error()
		if limited.Err() != nil && ctx.Err() == nil {
			made.Error = "the bridge did not answer within " + attemptLimit.String()
		}
	}
	s.agentLog.change(d, func(d *AgentDelivery) { d.Attempts = append(d.Attempts, made) })
	s.host.Feed.Changed()
	return err
}

// postToBridge posts the body and follows redirects within the origin: 307 and 308 keep body and signature, the
// others lose the body.
func (s *Server) postToBridge(ctx context.Context, address string, body []byte) (status int, err error) {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("Novu-Signature", s.bridgeSignature(body))
	header.Set("User-Agent", "novu-safe-outbound/1.0")
	header.Set("Accept", "application/json, text/plain, */*")
	method := http.MethodPost
	for range mostRedirects + 1 {
		var location *url.URL
		status, location, err = s.bridgeRequest(ctx, method, address, header, body)
		if err != nil || location == nil {
			return status, err
		}
		from, err := url.Parse(address)
		if err != nil || from.Scheme != location.Scheme || from.Host != location.Host {
			return status, errElsewhere
		}
		if status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect {
			method, body = http.MethodGet, nil
		}
		address = location.String()
	}
	return status, fmt.Errorf("the bridge redirected more than %d times", mostRedirects)
}

// bridgeRequest makes one request. A bridge beyond this machine can't be reached from here.
func (s *Server) bridgeRequest(ctx context.Context, method, address string, header http.Header, body []byte) (int, *url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return 0, nil, errors.New("the bridge's address is none")
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return 0, nil, fmt.Errorf("the bridge is at %s, and nothing here leaves this machine", u.Host)
	}
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return 0, nil, errors.New("the bridge's address is none")
	}
	req.Header = header.Clone()
	req.GetBody = nil // a broken request counts as an attempt
	resp, err := s.outbound.Do(req)
	if err != nil {
		return 0, nil, errors.New("the connection to the bridge broke: " + brokenText(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	_, err = io.Copy(io.Discard, resp.Body)
	if err != nil {
		return resp.StatusCode, nil, errors.New("the bridge's answer broke off")
	}
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if location, err := resp.Location(); err == nil {
			return resp.StatusCode, location, nil
		}
	}
	return resp.StatusCode, nil, nil
}

// signature signs a body now, with the environment's secret key.
func (s *Server) bridgeSignature(body []byte) string {
	at := strconv.FormatInt(s.host.Clock.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(s.config.SecretKey))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return "t=" + at + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// waitOnClock waits on the emulator's clock, and tells whether it came to the end.
func (s *Server) waitOnClock(ctx context.Context, d time.Duration) bool {
	due := s.host.Clock.Now().Add(d)
	for {
		jumped := s.host.Clock.Jumped()
		left := due.Sub(s.host.Clock.Now())
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-jumped:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// limitedByClock is a context that ends when d has passed on the emulator's clock.
func (s *Server) limitedByClock(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithCancel(ctx)
	go func() {
		if s.waitOnClock(limited, d) {
			cancel()
		}
	}()
	return limited, cancel
}
