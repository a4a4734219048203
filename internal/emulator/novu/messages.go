package novu

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/novu-go/novu/internal/emulator"
)

// chatMessage is what Novu keeps of what it sent, or tried to.
type chatMessage struct {
	meta
	notification *notification
	job          *stepJob
	content      string
	provider     string
	status       string // sent or error
	errorText    string
	channelData  []channelData
}

// channelData is where a message went, as the message shows it.
type channelData struct {
	Identifier string          `json:"identifier"`
	Type       string          `json:"type"`
	Endpoint   json.RawMessage `json:"endpoint"`
	Token      *string         `json:"token,omitempty"` // the beginning of it; a webhook has none
}

const (
	messageOK    = "sent"
	messageError = "error"
	mostMessages = 1000
)

func (s *Server) showMessage(m *chatMessage) map[string]any {
	n := m.notification
	shown := map[string]any{
		"cta": map[string]any{"action": map[string]any{"buttons": []any{}}}, "_id": m.ID, "_templateId": n.workflow.ID, "_environmentId": s.environmentID,
		"_messageTemplateId": m.job.step.objectID, "_notificationId": n.ID, "_organizationId": s.organizationID, "_subscriberId": n.subscriber.ID,
		"_jobId": m.job.id, "stepId": m.job.step.id, "channel": "chat", "content": m.content, "providerId": m.provider, "deviceTokens": []any{},
		"seen": false, "read": false, "archived": false, "status": m.status, "transactionId": n.transactionID, "tags": n.workflow.tags,
		"severity": n.workflow.severity, "channelData": m.channelData, "contextKeys": nonNil(n.contextKeys), "createdAt": stamp(m.CreatedAt),
		"updatedAt": stamp(m.UpdatedAt), "__v": 0, "actorSubscriber": nil, "id": m.ID, "payload": nonNilObject(n.payload),
		"subscriber": s.showMessageSubscriber(n.subscriber),
	}
	if m.status == messageError {
		shown["errorId"], shown["errorText"] = "unexpected_chat_error", m.errorText
	}
	return shown
}

func (s *Server) showMessageSubscriber(r *subscriber) map[string]any {
	shown := map[string]any{
		"_id": r.ID, "_organizationId": s.organizationID, "_environmentId": s.environmentID, "subscriberId": r.Key, "deleted": false,
		"createdAt": stamp(r.CreatedAt), "updatedAt": stamp(r.UpdatedAt), "id": r.ID,
	}
	for _, name := range []string{"firstName", "lastName"} {
		if v := r.profile[name]; v != nil {
			shown[name] = v
		}
	}
	return shown
}

func (s *Server) listMessages(c *call) *reply {
	if refused := c.invalidValues(c.queryValues(), optional("page", isNumber), optional("limit", isNumber)); refused != nil {
		return refused
	}
	page, limit := 0, defaultPage
	if n, given := c.number("page"); given {
		page = int(n)
	}
	if n, given := c.number("limit"); given && n != 0 {
		limit = int(n)
	}
	switch {
	case limit > mostMessages:
		return c.badRequest("Limit can not be larger then 1000")
	case page < 0 || limit < 0:
		return c.internalError() // the database refuses to skip back
	}
	if id := c.Query.Get("subscriberId"); id != "" {
		if _, has := s.subscribers.get(id); !has {
			return c.notFound("Subscriber '" + id + "' was not found")
		}
	}
	data, matched := []any{}, 0
	for i := len(s.messages.rows) - 1; i >= 0; i-- { // newest first
		m := s.messages.rows[i]
		if !c.equals("subscriberId", m.notification.subscriber.Key) || !c.equals("channel", "chat") ||
			!c.among("transactionId", m.notification.transactionID) || !c.amongContexts(m.notification.contextKeys) {
			continue
		}
		if matched >= page*limit && len(data) < limit {
			data = append(data, s.showMessage(m))
		}
		matched++
	}
	return emulator.JSON(http.StatusOK, map[string]any{
		"page": page, "totalCount": matched, "hasMore": matched > (page+1)*limit, "pageSize": limit, "data": data,
	})
}

func (s *Server) deleteMessage(c *call) *reply {
	id := c.Params["messageId"]
	if refused := c.invalidCommand("RemoveMessageCommand", map[string]any{"messageId": id}, required("messageId", isMongoID)); refused != nil {
		return refused
	}
	if !s.messages.remove(id) {
		return c.notFound("Message with id " + id + " not found")
	}
	return ok(map[string]any{"acknowledged": true, "status": "deleted"})
}

func (s *Server) deleteMessagesOfTransaction(c *call) *reply {
	id := c.Params["transactionId"]
	var found []string
	for _, m := range s.messages.rows {
		if m.notification.transactionID == id && c.equals("channel", "chat") {
			found = append(found, m.ID)
		}
	}
	if len(found) == 0 {
		return c.notFound("Invalid transactionId or channel")
	}
	for _, id := range slices.Compact(found) {
		s.messages.remove(id)
	}
	return emulator.NoContent()
}
