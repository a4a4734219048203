package novu

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	mostNotifications = 50
	defaultPage       = 10
)

// among tells whether a query parameter that may be repeated names the value, or
// is not there.
func (c *call) among(name, value string) bool {
	return len(c.Query[name]) == 0 || slices.Contains(c.Query[name], value)
}

// amongContexts tells whether the query's contextKeys are these; an empty one
// asks for none.
func (c *call) amongContexts(keys []string) bool { return c.contextFilter()(keys) }

func (s *Server) listNotifications(c *call) *reply {
	values := c.queryValues()
	if refused := c.invalidValues(values,
		optional("page", atLeast(0), isInteger), optional("limit", atMost(mostNotifications), atLeast(1), isInteger),
		optional("severity", func(v any) string { return isIn("high", "medium", "low", "none")(v) }),
	); refused != nil {
		if severity := c.Query.Get("severity"); severity != "" && isIn("high", "medium", "low", "none")(severity) != "" {
			// The server's own rule words nothing.
			return c.unprocessable("Validation Error", map[string]any{"general": map[string]any{"messages": []string{""}, "value": "No Value Recorded"}})
		}
		return refused
	}
	after, before, refused := c.dateRange()
	if refused != nil {
		return refused
	}
	page, limit := 0, defaultPage
	if n, given := c.number("page"); given {
		page = int(n)
	}
	if n, given := c.number("limit"); given {
		limit = int(n)
	}
	matching := []*notification{}
	for i := len(s.notifications.rows) - 1; i >= 0; i-- { // newest first
		if n := s.notifications.rows[i]; c.wantsNotification(n) && !n.CreatedAt.Before(after) && !n.CreatedAt.After(before) {
			matching = append(matching, n)
		}
	}
	from := min(page*limit, len(matching))
	to := min(from+limit, len(matching))
	data := []any{}
	for _, n := range matching[from:to] {
		data = append(data, s.showNotification(n))
	}
	return emulator.JSON(http.StatusOK, map[string]any{"page": page, "hasMore": to < len(matching), "pageSize": limit, "data": data})
}

// wantsNotification tells whether a notification passes the query's filters.
func (c *call) wantsNotification(n *notification) bool {
	email, _ := n.subscriber.profile["email"].(string)
	inChannel := len(c.Query["channels"]) == 0 || slices.ContainsFunc(n.jobs, func(j *stepJob) bool { return c.among("channels", j.step.typ) })
	ofTopic := len(c.Query["topicKey"]) == 0 || slices.ContainsFunc(n.topics, func(t any) bool {
		object, _ := t.(map[string]any)
		return c.among("topicKey", printed(object["topicKey"]))
	})
	return inChannel && ofTopic && c.among("transactionId", n.transactionID) && c.among("subscriberIds", n.subscriber.Key) &&
		c.among("templates", n.workflow.ID) && c.among("emails", email) && c.among("severity", n.workflow.severity) && c.amongContexts(n.contextKeys)
}

// dateRange reads after and before, which default to everything until now.
func (c *call) dateRange() (after, before time.Time, refused *reply) {
	before = c.Now
	for name, into := range map[string]*time.Time{"after": &after, "before": &before} {
		text := c.Query.Get(name)
		if text == "" {
			continue
		}
		t, err := parseDate(text)
		if err != nil {
			return after, before, c.plain(http.StatusBadRequest, fmt.Sprintf(
				"Invalid date format for parameter '%s': %s. Please provide a valid ISO 8601 date string.", name, text))
		}
		*into = t
	}
	if after.After(before) {
		return after, before, c.plain(http.StatusBadRequest, "Invalid date range: start date (after) must be earlier than end date (before)")
	}
	return after, before, nil
}

func parseDate(text string) (t time.Time, err error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err = time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return t, err
}

func (s *Server) getNotification(c *call) *reply {
	id := c.Params["notificationId"]
	if refused := c.invalidCommand("GetActivityCommand", map[string]any{"notificationId": id}, required("notificationId", isMongoID)); refused != nil {
		return refused
	}
	n, has := s.notifications.get(id)
	if !has {
		return c.bare(http.StatusNotFound, "Notification not found")
	}
	return ok(s.showNotification(n))
}

// listExecutionDetails lists what became of a notification, its beginning
// included.
func (s *Server) listExecutionDetails(c *call) *reply {
	if refused := c.invalidValues(c.queryValues(), always("notificationId", isString), always("subscriberId", isString)); refused != nil {
		return refused
	}
	n, has := s.notifications.get(c.Query.Get("notificationId"))
	if !has || n.subscriber.Key != c.Query.Get("subscriberId") {
		return ok([]any{})
	}
	shown := []any{s.showExecutionDetail(n, n.triggerID, "trigger", "", executionDetail{
		id: n.queuedID, status: detailPending, detail: stepQueued, at: n.CreatedAt,
	})}
	for _, j := range n.jobs {
		for _, d := range j.details {
			shown = append(shown, s.showExecutionDetail(n, j.id, j.step.typ, j.provider, d))
		}
	}
	return ok(shown)
}

func (s *Server) showExecutionDetail(n *notification, jobID, channel, provider string, d executionDetail) any {
	shown := map[string]any{
		"_id": d.id, "_jobId": jobID, "_environmentId": s.environmentID, "_organizationId": s.organizationID, "_notificationId": n.ID,
		"_notificationTemplateId": n.workflow.ID, "_subscriberId": n.subscriber.ID, "transactionId": n.transactionID, "channel": channel,
		"detail": d.detail, "source": "Internal", "status": d.status, "isTest": false, "isRetry": false, "createdAt": stamp(d.at),
		"updatedAt": stamp(d.at), "__v": 0,
	}
	for name, value := range map[string]string{"providerId": provider, "raw": d.raw, "_messageId": d.messageID} {
		if value != "" {
			shown[name] = value
		}
	}
	return shown
}
