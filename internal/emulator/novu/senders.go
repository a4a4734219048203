package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// sendAsBot makes the requests that Novu's worker makes of Microsoft: a token,
// a conversation with the person unless it is a channel, an activity.
func (s *Server) sendAsBot(ctx context.Context, t target, i integration, content string) sent {
	token, problem := s.worker.botToken(ctx, i)
	if problem != "" {
		return sent{problem: problem}
	}
	activity := map[string]any{"type": "message", "text": content}
	conversation := t.value("channelId")
	if t.typ == msTeamsChannel {
		activity["channelData"] = map[string]any{
			"tenant": map[string]any{"id": t.tenantID}, "team": map[string]any{"id": t.value("teamId")}, "channel": map[string]any{"id": conversation},
		}
	} else {
		conversation, problem = s.worker.post(ctx, token, "/v3/conversations", map[string]any{
			"isGroup": false, "bot": map[string]any{"id": i.credential("clientId")},
			"members": []any{map[string]any{"id": t.value("userId")}}, "channelData": map[string]any{"tenant": map[string]any{"id": t.tenantID}},
		})
		if problem != "" {
			return sent{problem: problem, token: token}
		}
	}
	id, problem := s.worker.post(ctx, token, "/v3/conversations/"+url.PathEscape(conversation)+"/activities", activity)
	return sent{id: id, inbox: id, token: token, problem: problem}
}

// do sends a request as Novu's worker.
func (w *worker) do(req *http.Request) (int, []byte, http.Header, error) {
	req.Header.Set("User-Agent", "novu-worker")
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, resp.Header, err
}

// botToken is a token of the integration's app, from its own tenant. The worker
// keeps it. Where Microsoft refuses, Novu goes on without one.
func (w *worker) botToken(ctx context.Context, i integration) (token, problem string) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {i.credential("clientId")}, "client_secret": {i.credential("secretKey")},
		"scope": {microsoft.BotScope},
	}
	address := w.s.microsoft.LoginURL() + "/" + url.PathEscape(i.credential("tenantId")) + "/oauth2/v2.0/token"
	key := address + "\x00" + form.Encode()
	now := w.s.host.Clock.Now()
	if kept, has := w.tokens[key]; has && now.Before(kept.expires) {
		return kept.token, ""
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, body, _, err := w.do(req)
	if err != nil {
		return "", "MS Teams token request failed: " + err.Error()
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.AccessToken != "" {
		w.tokens[key] = keptToken{token: answer.AccessToken, expires: now.Add(time.Duration(answer.ExpiresIn) * time.Second)}
	}
	return answer.AccessToken, ""
}

// post posts to the connector and answers the id of what was made.
func (w *worker) post(ctx context.Context, token, path string, body any) (id, problem string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.s.microsoft.ConnectorURL()+path, bytes.NewReader(emulator.Encode(body)))
	if err != nil {
		return "", err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	status, answer, _, err := w.do(req)
	if err != nil {
		return "", "MS Teams API Error: " + err.Error()
	}
	var parsed struct {
		ID      string `json:"id"`
		Message string `json:"message"`
		Error   struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(answer, &parsed)
	if status/100 == 2 {
		return parsed.ID, ""
	}
	message := parsed.Error.Message
	if message == "" {
		message = parsed.Message
	}
	return "", w.s.botProblem(status, parsed.Error.Code, message)
}

// botProblem words a refusal of the connector's as Novu does.
func (s *Server) botProblem(status int, code, message string) string {
	notInstalled := code == "BotNotInConversationRoster" || s.is319() && strings.Contains(strings.ToLower(message), "not installed")
	switch {
	case notInstalled:
		return "MSTEAMS_BOT_NOT_INSTALLED: Bot is not installed in this team/channel or for this user"
	case status == http.StatusNotFound:
		return "MSTEAMS_CHANNEL_NOT_FOUND: Teams channel or user not found"
	case status == http.StatusUnauthorized:
		return "MSTEAMS_INVALID_CREDENTIALS: Invalid bot credentials or token"
	case status == http.StatusForbidden:
		return "MSTEAMS_INSUFFICIENT_PERMISSIONS: Insufficient permissions to send message"
	}
	return fmt.Sprintf("MS Teams API Error: %d - %s", status, message)
}

// sendToWebhook posts content that is JSON as it is, and other content as
// {"text": …}. Addresses of Workflows and of this server are reached here,
// those on loopback over the network, and no others: a test must not leave the
// machine, so no other name can be resolved.
func (s *Server) sendToWebhook(ctx context.Context, address, content string) sent {
	body := []byte(content)
	if !json.Valid(body) {
		body = emulator.Encode(map[string]string{"text": content})
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return s.webhookProblem("Invalid URL", "")
	}
	target := u.String()
	if workflows, isFlow := s.microsoft.Workflows(u); isFlow {
		target = workflows
	} else if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return s.webhookProblem(`Unable to resolve hostname "`+u.Hostname()+`".`,
			"novutest: "+emulator.RedactURL(address)+" is neither a Workflows webhook nor on loopback, so nothing was sent")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return s.webhookProblem("Invalid URL", "")
	}
	req.Header.Set("Content-Type", "application/json")
	status, _, header, err := s.worker.do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the error's own text would print the address
		}
		return s.webhookProblem(err.Error(), "")
	}
	if status/100 != 2 {
		if s.is319() {
			return s.webhookProblem(fmt.Sprintf("Request failed with status %d", status), "")
		}
		return s.webhookProblem(fmt.Sprintf("Request failed with status code %d", status), "")
	}
	id := fmt.Sprintf("webhook-%d", s.host.Clock.Now().UnixMilli())
	return sent{id: id, inbox: header.Get(microsoft.RunIDHeader)}
}

// webhookProblem words what went wrong: 3.19 calls every error a blocked address.
func (s *Server) webhookProblem(problem, truth string) sent {
	if s.is319() {
		problem = "Chat webhook URL blocked: " + problem
	}
	return sent{problem: problem, truth: truth}
}
