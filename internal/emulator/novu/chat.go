package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/novu-go/novu/internal/emulator"
)

// sent is what came of sending to one target.
type sent struct {
	id      string // Microsoft's, or one that Novu makes
	inbox   string // the id under which it landed
	token   string // that was sent with it
	problem string // in Novu's words, "" for none
	truth   string // where the emulator knows better
}

// sendGroup sends to the targets of one integration and tells whether any of
// them was reached.
func (step *chatStep) sendGroup(ctx context.Context, group targetGroup) (delivered bool) {
	s, n := step.s, step.n
	i, message := step.openMessage(group)
	if message == nil {
		s.host.Inbox.Fail(emulator.Failure{Origin: n.origin(group.targets[0].identifier), Reason: noActiveIntegration})
		return false
	}
	for _, t := range group.targets {
		result := step.send(ctx, t, i)
		step.record(message, t, i, result)
		if result.problem == "" {
			delivered = true
			s.host.Inbox.Attribute(result.inbox, n.origin(t.identifier))
			continue
		}
		reason := result.problem
		if result.truth != "" {
			reason = result.truth
		}
		s.host.Inbox.Fail(emulator.Failure{Origin: n.origin(t.identifier), Reason: reason})
	}
	return delivered
}

// openMessage notes that a provider was selected and the message made. It
// returns none where the integration is not active.
func (step *chatStep) openMessage(group targetGroup) (integration, *chatMessage) {
	s, j := step.s, step.job
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.integrationByIdentifier(group.integration)
	if i == nil || !i.Active {
		j.add(s, detailFailed, noActiveIntegration, "Integration with integrationIdentifier: "+group.integration+" is either deleted or not active")
		return integration{}, nil
	}
	now := s.host.Clock.Now()
	m := &chatMessage{
		meta: meta{ID: s.ids.Next(now), CreatedAt: now, UpdatedAt: now}, notification: step.n, job: j, content: step.content,
		provider: i.ProviderID, status: messageOK, channelData: []channelData{},
	}
	m.Key = m.ID
	s.messages.add(m)
	selected := struct {
		ProviderID    string `json:"providerId"`
		Identifier    string `json:"identifier"`
		Name          string `json:"name"`
		EnvironmentID string `json:"_environmentId"`
		ID            string `json:"_id"`
	}{ProviderID: i.ProviderID, Identifier: i.Identifier, Name: i.Name, EnvironmentID: i.EnvironmentID, ID: i.ID}
	j.add(s, detailPending, displayName(i.ProviderID)+" provider was selected", string(emulator.Encode(selected)))
	j.add(s, detailPending, messageCreated, step.content).messageID = m.ID
	return *i, m
}

func (step *chatStep) send(ctx context.Context, t target, i integration) sent {
	switch {
	case t.typ == webhookType:
		return step.s.sendToWebhook(ctx, t.value("url"), step.content)
	case i.ProviderID != "msteams":
		reason := "novutest: delivery to " + t.typ + " is not implemented"
		return sent{problem: reason}
	case !t.onTeams():
		return sent{problem: "Invalid channel data type for MsTeams provider"}
	}
	return step.s.sendAsBot(ctx, t, i, step.content)
}

// record writes down what came of one target.
func (step *chatStep) record(m *chatMessage, t target, i integration, result sent) {
	s := step.s
	s.mu.Lock()
	defer s.mu.Unlock()
	data := channelData{Identifier: t.identifier, Type: t.typ, Endpoint: t.raw}
	if t.typ != webhookType {
		beginning := tokenBeginning(result.token)
		data.Token = &beginning
	}
	m.channelData = append(m.channelData, data)
	now := s.host.Clock.Now()
	if result.problem != "" {
		m.status, m.errorText, m.UpdatedAt = messageError, result.problem, now
		raw := fmt.Sprintf(`{"channelData":%s,"message":%s}`, t.describe(i, result.token), emulator.Encode(result.problem))
		step.job.add(s, detailFailed, providerError, raw).messageID = m.ID
		return
	}
	raw := fmt.Sprintf(`{"id":%s,"date":%s,"channelData":%s}`, emulator.Encode(result.id), emulator.Encode(stamp(now)), t.describe(i, result.token))
	step.job.add(s, detailSuccess, messageSent, raw).messageID = m.ID
}

// tokenBeginning is all that Novu shows of a token.
func tokenBeginning(token string) string {
	if token == "" {
		return ""
	}
	return token[:min(8, len(token))] + "..."
}

// describe is a target as execution details show it. The order of the keys is
// Novu's.
func (t target) describe(i integration, token string) []byte {
	var b bytes.Buffer
	field := func(name string, value json.RawMessage) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `%q:%s`, name, value)
	}
	identifier, typ := emulator.Encode(t.identifier), emulator.Encode(t.typ)
	if t.credentials {
		field("identifier", identifier)
		field("type", typ)
	} else {
		field("type", typ)
		field("identifier", identifier)
	}
	field("endpoint", t.raw)
	if t.onTeams() {
		field("subscriberTenantId", emulator.Encode(t.tenantID))
	}
	if t.typ != webhookType {
		field("token", emulator.Encode(tokenBeginning(token)))
	}
	if t.typ == msTeamsUser {
		field("clientId", emulator.Encode(i.credential("clientId")))
	}
	return []byte("{" + b.String() + "}")
}
