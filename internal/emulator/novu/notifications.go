package novu

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// becameOf is what a trigger led to for one subscriber.
type becameOf struct {
	transactionID, subscriberID, workflowID string
	details                                 []executionDetail
	sent, failed                            int
	noChannel                               bool
	at                                      time.Time
}

type executionDetail struct {
	ID        string `json:"_id"`
	Status    string `json:"status"`
	Detail    string `json:"detail"`
	Raw       string `json:"raw,omitempty"`
	Provider  string `json:"providerId"`
	CreatedAt stamp  `json:"createdAt"`
}

// outcomes gathers what landed and what did not, by trigger and subscriber,
// newest first. What is still in the queue has none.
func (s *Server) outcomes() []*becameOf {
	byKey := map[string]*becameOf{}
	var all []*becameOf
	of := func(transactionID, subscriberID, workflowID string, at time.Time) *becameOf {
		key := transactionID + "\x00" + subscriberID
		if byKey[key] == nil {
			byKey[key] = &becameOf{transactionID: transactionID, subscriberID: subscriberID, workflowID: workflowID, at: at}
			all = append(all, byKey[key])
		}
		return byKey[key]
	}
	for _, m := range s.host.Inbox.Messages() {
		if m.TransactionID != "" {
			o := of(m.TransactionID, m.SubscriberID, m.WorkflowID, m.At)
			o.sent++
			o.add("Success", "Message sent", "", m.At)
		}
	}
	for _, f := range s.host.Inbox.Failures() {
		if f.TransactionID != "" {
			o := of(f.TransactionID, f.SubscriberID, f.WorkflowID, f.At)
			o.failed++
			o.noChannel = o.noChannel || f.Reason == noChannel
			o.add("Failed", failureDetail(f.Reason), f.Reason, f.At)
		}
	}
	slices.SortStableFunc(all, func(a, b *becameOf) int { return b.at.Compare(a.at) })
	return all
}

const noChannel = "Subscriber does not have a configured channel"

func failureDetail(reason string) string {
	if reason == noChannel {
		return noChannel
	}
	return "Unexpected provider error"
}

func (o *becameOf) add(status, detail, raw string, at time.Time) {
	o.details = append(o.details, executionDetail{
		madeID(o.transactionID, o.subscriberID, strconv.Itoa(len(o.details))), status, detail, raw, "msteams", stamp(at),
	})
}

// madeID is an internal id that is the same whenever it is asked for.
func madeID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}

func (o *becameOf) id() string { return madeID(o.transactionID, o.subscriberID) }

func (o *becameOf) jobStatus() string {
	switch {
	case o.noChannel:
		return "canceled"
	case o.failed > 0:
		return "failed"
	}
	return "completed"
}

func (s *Server) shownNotification(o *becameOf) map[string]any {
	return map[string]any{
		"_id": o.id(), "_environmentId": s.environmentID, "_organizationId": s.organizationID,
		"transactionId": o.transactionID, "channels": []string{"chat"}, "createdAt": stamp(o.at), "updatedAt": stamp(o.at),
		"subscriber": map[string]any{"subscriberId": o.subscriberID},
		"template":   map[string]any{"name": o.workflowID},
		"jobs": []any{map[string]any{
			"_id": madeID(o.id(), "job"), "type": "chat", "status": o.jobStatus(), "providerId": "msteams",
			"executionDetails": o.details, "updatedAt": stamp(o.at),
		}},
	}
}

func (s *Server) listNotifications(c *call) *reply {
	if !c.knowsOnly("transactionId", "subscriberIds", "channels", "page", "limit") {
		return c.notImplemented()
	}
	return c.numbered(s.outcomes(), func(o *becameOf) bool {
		return c.among("transactionId", o.transactionID) && c.among("subscriberIds", o.subscriberID) && c.among("channels", "chat")
	}, s.shownNotification)
}

func (s *Server) getNotification(c *call) *reply {
	for _, o := range s.outcomes() {
		if o.id() == c.Params["notificationId"] {
			return ok(s.shownNotification(o))
		}
	}
	return c.notFound("Notification with id " + c.Params["notificationId"] + " not found")
}

func (s *Server) listMessages(c *call) *reply {
	if !c.knowsOnly("transactionId", "subscriberId", "channel", "page", "limit") {
		return c.notImplemented()
	}
	return c.numbered(s.outcomes(), func(o *becameOf) bool {
		return !o.noChannel && c.among("transactionId", o.transactionID) && c.among("subscriberId", o.subscriberID) && c.among("channel", "chat")
	}, func(o *becameOf) map[string]any {
		shown := map[string]any{
			"_id": madeID(o.id(), "message"), "_notificationId": o.id(), "transactionId": o.transactionID, "channel": "chat",
			"providerId": "msteams", "status": "sent", "createdAt": stamp(o.at), "updatedAt": stamp(o.at),
		}
		if o.failed > 0 {
			shown["status"] = "error"
			for _, d := range o.details {
				if d.Status == "Failed" {
					shown["errorId"], shown["errorText"] = "unexpected_chat_error", d.Raw
				}
			}
		}
		return shown
	})
}

// knowsOnly tells whether the query has no filter that is not implemented: it
// would be answered with too much.
func (c *call) knowsOnly(names ...string) bool {
	for name := range c.Query {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

func (c *call) among(name, value string) bool {
	return len(c.Query[name]) == 0 || slices.Contains(c.Query[name], value)
}

// numbered answers a page of a list that goes by page numbers.
func (c *call) numbered(all []*becameOf, match func(*becameOf) bool, show func(*becameOf) map[string]any) *reply {
	page, limit := c.number("page", 0), c.number("limit", 10)
	if page < 0 || limit < 1 || limit > 50 {
		return c.invalidPage()
	}
	data, matched := []map[string]any{}, 0
	for _, o := range all {
		if !match(o) {
			continue
		}
		if matched >= page*limit && len(data) < limit {
			data = append(data, show(o))
		}
		matched++
	}
	return emulator.JSON(http.StatusOK, map[string]any{
		"page": page, "pageSize": limit, "totalCount": matched, "hasMore": matched > (page+1)*limit, "data": data,
	})
}

func (c *call) invalidPage() *reply {
	return c.unprocessable("Validation Error", map[string]any{"general": map[string]any{
		"messages": []string{"limit must not be greater than 50"}, "value": "No Value Recorded",
	}})
}

func (c *call) number(name string, otherwise int) int {
	if !c.Query.Has(name) {
		return otherwise
	}
	n, err := strconv.Atoi(c.Query.Get(name))
	if err != nil {
		return -1
	}
	return n
}
