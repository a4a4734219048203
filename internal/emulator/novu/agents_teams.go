package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// agentTokens are the bots' tokens that agents have got and that are still good.
type agentTokens struct {
	mu   sync.Mutex
	kept map[string]keptToken
}

// teamsError is a failure of Microsoft's.
type teamsError struct {
	status  int // 0 where there was no answer
	message string
}

func (e *teamsError) Error() string { return e.message }

// wording is how Novu words a failure of a call to Teams.
func (e *teamsError) wording(operation string) string {
	switch {
	case e.status == http.StatusUnauthorized:
		return "Authentication failed for " + operation + ": " + e.message
	case e.status == http.StatusForbidden, strings.Contains(strings.ToLower(e.message), "permission"):
		return "Permission denied: cannot " + operation + " in teams"
	case e.status == http.StatusNotFound:
		return "Resource not found during " + operation + ": conversation or message may no longer exist"
	case e.status == http.StatusTooManyRequests:
		return "Rate limited by teams"
	}
	return "Teams API error during " + operation + ": " + e.message
}

// bot is how an agent speaks in one conversation of Teams.
type bot struct {
	s           *Server
	integration integration
	chatID      string
}

// post posts an activity and returns the id of the message.
func (b bot) post(ctx context.Context, kind string, content map[string]any) (id string, failed *teamsError) {
	clientID := b.integration.credential("clientId")
	activity := map[string]any{
		"type": kind, "channelId": "msteams", "from": map[string]any{"id": clientID, "name": clientID, "role": "bot"},
		"conversation": map[string]any{"id": b.chatID},
	}
	for name, value := range content {
		activity[name] = value
	}
	return b.call(ctx, http.MethodPost, "", activity)
}

func (b bot) edit(ctx context.Context, messageID string, content map[string]any) *teamsError {
	activity := map[string]any{"type": "message", "channelId": "msteams"}
	for name, value := range content {
		activity[name] = value
	}
	_, failed := b.call(ctx, http.MethodPut, messageID, activity)
	return failed
}

func (b bot) remove(ctx context.Context, messageID string) *teamsError {
	_, failed := b.call(ctx, http.MethodDelete, messageID, nil)
	return failed
}

// typing shows that the agent is at work. Whether it does is of no importance to Novu.
func (b bot) typing(ctx context.Context) { _, _ = b.post(ctx, "typing", nil) }

func markdownText(text string) map[string]any {
	return map[string]any{"text": text, "textFormat": "markdown"}
}

// call calls the connector. Replies go to its global address whatever the activity's service URL was.
func (b bot) call(ctx context.Context, method, messageID string, activity map[string]any) (id string, failed *teamsError) {
	token, failed := b.s.agentToken(ctx, b.integration)
	if failed != nil {
		return "", failed
	}
	address, err := url.Parse(b.s.microsoft.ConnectorURL())
	if err != nil {
		return "", &teamsError{message: err.Error()}
	}
	address.Path += "/v3/conversations/" + b.chatID + "/activities"
	if messageID != "" {
		address.Path += "/" + messageID
	}
	var body io.Reader
	if activity != nil {
		body = bytes.NewReader(emulator.Encode(activity))
	}
	req, err := http.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return "", &teamsError{message: err.Error()}
	}
	if activity != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json, text/plain, */*")
	req.Header.Set("User-Agent", "teams.ts[apps]/2.0.11 Vercel.ChatSDK")
	req.Header.Set("Authorization", "Bearer "+token)
	status, answer, failed := b.s.ask(req)
	if failed != nil {
		return "", failed
	}
	if status/100 != 2 {
		return "", &teamsError{status: status, message: fmt.Sprintf("Request failed with status code %d", status)}
	}
	var made struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer, &made) // without an id the message has none
	return made.ID, nil
}

// ask sends a request to Microsoft and reads the whole answer.
func (s *Server) ask(req *http.Request) (status int, answer []byte, failed *teamsError) {
	resp, err := s.outbound.Do(req)
	if err != nil {
		return 0, nil, &teamsError{message: brokenText(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, &teamsError{message: "aborted"}
	}
	return resp.StatusCode, answer, nil
}

// brokenText words a request that got no answer as Node does.
func brokenText(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout exceeded"
	case strings.Contains(err.Error(), "connection refused"):
		return "connect ECONNREFUSED"
	}
	return "socket hang up"
}

// agentToken is a token of the integration's app, from the integration's own tenant.
func (s *Server) agentToken(ctx context.Context, i integration) (string, *teamsError) {
	form := url.Values{
		"client_id": {i.credential("clientId")}, "scope": {microsoft.BotScope}, "grant_type": {"client_credentials"},
		"client_secret": {i.credential("secretKey")},
	}
	address := s.microsoft.LoginURL() + "/" + url.PathEscape(i.credential("tenantId")) + "/oauth2/v2.0/token"
	key := address + "\x00" + form.Encode()
	s.agentTokens.mu.Lock()
	kept, has := s.agentTokens.kept[key]
	s.agentTokens.mu.Unlock()
	now := s.host.Clock.Now()
	if has && now.Before(kept.expires) {
		return kept.token, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", &teamsError{message: err.Error()}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	status, answer, failed := s.ask(req)
	if failed != nil {
		return "", failed
	}
	var parsed signInAnswer
	_ = json.Unmarshal(answer, &parsed) // an answer without a token is a refusal
	if parsed.Token == "" {
		return "", &teamsError{status: status, message: parsed.wording()}
	}
	s.agentTokens.mu.Lock()
	defer s.agentTokens.mu.Unlock()
	s.agentTokens.kept[key] = keptToken{token: parsed.Token, expires: now.Add(time.Duration(parsed.ExpiresIn) * time.Second)}
	return parsed.Token, nil
}

// signInAnswer is an answer of the token endpoint.
type signInAnswer struct {
	Token         string `json:"access_token"`
	ExpiresIn     int    `json:"expires_in"`
	Name          string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	CorrelationID string `json:"correlation_id"`
	TraceID       string `json:"trace_id"`
}

// wording is how Microsoft's library words a refusal.
func (a signInAnswer) wording() string {
	given := func(text string) string {
		if text == "" {
			return "Not Available"
		}
		return text
	}
	codes := strings.Trim(strings.ReplaceAll(fmt.Sprint(a.Codes), " ", ","), "[]")
	return fmt.Sprintf("%s: Error(s): %s - Timestamp: %s - Description: %s - Correlation ID: %s - Trace ID: %s",
		a.Name, given(codes), given(a.Timestamp), given(a.Description), given(a.CorrelationID), given(a.TraceID))
}
