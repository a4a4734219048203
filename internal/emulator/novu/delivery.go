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

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// delivery is one chat step for one subscriber.
type delivery struct {
	s            *Server
	event        event
	subscriberID string
	content      string
	endpoints    []endpoint
	connections  map[string]connection
	integrations map[string]integration
}

// deliver carries out a trigger, each chat step for every recipient, up to a
// delay step. What comes behind that is the answer.
func (s *Server) deliver(ctx context.Context, j job) *job {
	planned, rest := s.plan(j)
	for _, d := range planned {
		d.run(ctx)
	}
	return rest
}

// plan reads the state once, so that the deliveries that follow do not hold its
// lock.
func (s *Server) plan(j job) (planned []*delivery, rest *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, has := s.workflows.get(j.name)
	if !has {
		return nil, nil
	}
	recipients := s.recipients(j)
	for i := j.from; i < len(w.steps); i++ {
		switch st := w.steps[i]; st.typ {
		case "chat":
			for _, r := range recipients {
				planned = append(planned, s.planStep(j.event, r, st))
			}
		case "delay":
			j.from, j.due = i+1, s.host.Clock.Now().Add(st.delay())
			return planned, &j
		}
	}
	return planned, nil
}

func (s *Server) planStep(e event, r *subscriber, st step) *delivery {
	d := &delivery{
		s:            s,
		event:        e,
		subscriberID: r.Key,
		connections:  map[string]connection{},
		integrations: map[string]integration{},
	}
	subscriberScope := map[string]any{"subscriberId": r.Key}
	for k, v := range r.profile {
		subscriberScope[k] = v
	}
	d.content = render(
		st.body(),
		map[string]any{"payload": e.payload, "subscriber": subscriberScope, "context": s.contextScope(e.contextKeys)},
	)
	for _, ep := range s.endpoints.rows {
		if ep.subscriberID == r.Key && equalKeys(ep.contextKeys, e.contextKeys) {
			d.endpoints = append(d.endpoints, *ep)
			if c, has := s.connections.get(ep.connection); has {
				d.connections[ep.connection] = *c
			}
			if i := s.integrationByIdentifier(ep.integration); i != nil {
				d.integrations[ep.integration] = *i
			}
		}
	}
	return d
}

func (s *Server) contextScope(keys []string) map[string]any {
	scope := map[string]any{}
	for _, key := range keys {
		if r, has := s.contexts.get(key); has {
			scope[r.typ] = map[string]any{"id": r.id, "data": r.data}
		}
	}
	return scope
}

// recipients are the subscribers of a trigger. Those who do not exist yet are
// made; topics do not exist here.
func (s *Server) recipients(e job) []*subscriber {
	if e.broadcast {
		return append([]*subscriber(nil), s.subscribers.rows...)
	}
	items, isList := e.to.([]any)
	if !isList {
		items = []any{e.to}
	}
	var found []*subscriber
	seen := map[string]bool{}
	for _, item := range items {
		id, profile := recipient(item)
		if id == "" {
			if e.from == 0 {
				s.host.Inbox.Fail(emulator.Failure{
					Origin: emulator.Origin{TransactionID: e.transactionID, WorkflowID: e.name},
					Reason: "novutest: no subscriber: " + emulator.Redact(string(emulator.Encode(item))),
				})
			}
			continue
		}
		if !seen[id] {
			seen[id] = true
			r, _ := s.upsert(id, profile, s.host.Clock.Now())
			found = append(found, r)
		}
	}
	return found
}

func recipient(item any) (string, map[string]any) {
	switch item := item.(type) {
	case string:
		return item, map[string]any{}
	case map[string]any:
		id, _ := item["subscriberId"].(string)
		return id, profileOf(item)
	}
	return "", nil
}

// run follows Novu's worker: what stops the whole step comes first, then each
// endpoint on its own.
func (d *delivery) run(ctx context.Context) {
	if len(d.endpoints) == 0 {
		d.failed("", noChannel)
		return
	}
	for _, ep := range d.endpoints {
		if teams(ep) && ep.connection == "" {
			d.failed("", "novutest: endpoint "+ep.Key+" has no connectionIdentifier, which fails the whole step")
			return
		}
	}
	for _, ep := range d.endpoints {
		if c, has := d.connections[ep.connection]; teams(ep) &&
			(!has || !equalKeys(c.contextKeys, d.event.contextKeys)) {
			d.failed("", "") // the job fails and nothing says why
			return
		}
	}
	for _, ep := range d.endpoints {
		if reason := d.send(ctx, ep); reason != "" {
			d.failed(ep.Key, reason)
		}
	}
}

func teams(ep endpoint) bool { return ep.typ == msTeamsChannel || ep.typ == msTeamsUser }

func (d *delivery) failed(endpoint, reason string) {
	d.s.host.Inbox.Fail(emulator.Failure{Reason: reason, Origin: emulator.Origin{
		TransactionID: d.event.transactionID, WorkflowID: d.event.name, SubscriberID: d.subscriberID, EndpointIdentifier: endpoint,
	}})
}

// send delivers to one endpoint and answers why it could not.
func (d *delivery) send(ctx context.Context, ep endpoint) string {
	i, has := d.integrations[ep.integration]
	if !has || !i.Active {
		return "Subscriber does not have an active integration"
	}
	var id, reason string
	switch ep.typ {
	case msTeamsChannel:
		id, reason = d.sendAsBot(ctx, ep, i, ep.value("channelId"))
	case msTeamsUser:
		id, reason = d.sendAsBot(ctx, ep, i, "")
	case webhookType:
		id, reason = d.sendToWebhook(ctx, ep.value("url"))
	default:
		return "novutest: delivery to " + ep.typ + " is not implemented"
	}
	if id != "" {
		d.s.host.Inbox.Attribute(id, emulator.Origin{
			TransactionID: d.event.transactionID, WorkflowID: d.event.name, SubscriberID: d.subscriberID, EndpointIdentifier: ep.Key,
		})
	}
	return reason
}

// sendAsBot makes the requests that Novu's worker makes of Microsoft: a token,
// a conversation with the person unless it is a channel, an activity.
func (d *delivery) sendAsBot(
	ctx context.Context,
	ep endpoint,
	i integration,
	conversation string,
) (id, reason string) {
	token, reason := d.s.workerToken(ctx, i)
	if reason != "" {
		return "", reason
	}
	tenant, _ := d.connections[ep.connection].workspace["id"].(string)
	activity := map[string]any{"type": "message", "text": d.content}
	if conversation != "" {
		activity["channelData"] = map[string]any{
			"tenant": map[string]any{
				"id": tenant,
			}, "team": map[string]any{"id": ep.value("teamId")}, "channel": map[string]any{"id": conversation},
		}
	} else {
		conversation, reason = d.s.workerPost(ctx, token, "/v3/conversations", map[string]any{
			"isGroup": false, "bot": map[string]any{"id": i.credential("clientId")},
			"members": []any{map[string]any{"id": ep.value("userId")}}, "channelData": map[string]any{"tenant": map[string]any{"id": tenant}},
		})
		if reason != "" {
			return "", reason
		}
	}
	return d.s.workerPost(ctx, token, "/v3/conversations/"+url.PathEscape(conversation)+"/activities", activity)
}

// workerDo sends a request as Novu's worker.
func (s *Server) workerDo(req *http.Request) (int, []byte, http.Header, error) {
	req.Header.Set("User-Agent", "novu-worker")
	resp, err := s.worker.client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, resp.Header, err
}

func (s *Server) workerToken(ctx context.Context, i integration) (token, reason string) {
	form := url.Values{
		"grant_type": {
			"client_credentials",
		}, "client_id": {i.credential("clientId")}, "client_secret": {i.credential("secretKey")},
		"scope": {microsoft.BotScope},
	}
	req, err := http.NewRequestWithContext(
		ctx,
		http.MethodPost,
		s.microsoft.LoginURL()+"/"+url.PathEscape(i.credential("tenantId"))+"/oauth2/v2.0/token",
		strings.NewReader(form.Encode()),
	)
	if err != nil {
		return "", err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, _, err := s.workerDo(req)
	if err != nil {
		return "", "MS Teams token request failed: " + err.Error()
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &answer)
	if answer.AccessToken == "" {
		return "", fmt.Sprintf(
			"MSTEAMS_INVALID_CREDENTIALS: token request answered %d: %s",
			status,
			answer.Description,
		)
	}
	return answer.AccessToken, ""
}

// workerPost posts to the connector and answers the id of what was made.
func (s *Server) workerPost(ctx context.Context, token, path string, body any) (id, reason string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.microsoft.ConnectorURL()+path, bytes.NewReader(emulator.Encode(body)))
	if err != nil {
		return "", err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	status, answer, _, err := s.workerDo(req)
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
	return "", botReason(status, parsed.Error.Code, message)
}

// botReason words a refusal of the connector's as Novu does.
func botReason(status int, code, message string) string {
	switch {
	case code == "BotNotInConversationRoster" || strings.Contains(strings.ToLower(message), "not installed"):
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
// machine.
func (d *delivery) sendToWebhook(ctx context.Context, address string) (id, reason string) {
	body := []byte(d.content)
	if !json.Valid(body) {
		body = emulator.Encode(map[string]string{"text": d.content})
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", "Invalid URL"
	}
	target := u.String()
	if workflows, isFlow := d.s.microsoft.Workflows(u); isFlow {
		target = workflows
	} else if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", "novutest: " + emulator.RedactURL(address) + " is neither a Workflows webhook nor on loopback, so nothing was sent"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return "", "Invalid URL"
	}
	req.Header.Set("Content-Type", "application/json")
	status, _, header, err := d.s.workerDo(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the error's own text would print the address
		}
		return "", err.Error()
	}
	if status/100 != 2 {
		return "", fmt.Sprintf("Request failed with status code %d", status)
	}
	return header.Get(microsoft.RunIDHeader), ""
}
