package novu

import (
	"encoding/json"
	"net/http"

	"github.com/novu-go/novu/internal/emulator"
)

// event is one trigger, checked and on its way to the queue.
type event struct {
	name          string
	to            any
	actor         string // subscriber id, or ""
	payload       map[string]any
	rawPayload    json.RawMessage // as it was written
	overrides     map[string]any
	transactionID string
	contextKeys   []string
	broadcast     bool
	everybody     []string // subscriber ids, of a broadcast: those who exist when it is accepted
}

// acknowledged is the answer to a trigger.
type acknowledged struct {
	Acknowledged     bool     `json:"acknowledged"`
	Status           string   `json:"status"`
	Error            []string `json:"error,omitempty"`
	TransactionID    string   `json:"transactionId,omitempty"`
	ActivityFeedLink string   `json:"activityFeedLink,omitempty"`
}

// eventProperties are the body of a trigger; to, which a broadcast has not, and
// how the payload is checked depend on the route.
func (s *Server) eventProperties(payload property, to ...property) []property {
	properties := []property{required("name", isString), payload, optional("overrides", isObject)}
	properties = append(properties, to...)
	properties = append(properties, optional("transactionId", isString))
	if s.is319() {
		properties = append(properties,
			optional("actor", objectUnlessText("actor")).objectOnly(createSubscriberProperties...),
			optional("tenant", objectUnlessText("tenant")), optional("bridgeUrl", isString), optional("agentId", isString))
	}
	return append(properties, optional("context", validContext))
}

// objectUnlessText is a nested property that may be an id instead.
func objectUnlessText(name string) rule {
	return func(v any) string {
		switch v.(type) {
		case string, map[string]any, []any:
			return ""
		}
		return "nested property " + name + " must be either object or array"
	}
}

const recipientsWanted = "to must be a non-empty subscriberId string, an object with a non-empty subscriberId, " +
	"a topic object with a non-empty topicKey, or a non-empty array of those"

// validRecipients is 3.19's check of to.
func validRecipients(v any) string {
	items, isList := v.([]any)
	if !isList {
		items = []any{v}
	}
	if len(items) == 0 {
		return recipientsWanted
	}
	for _, item := range items {
		switch item := item.(type) {
		case string:
			if item != "" {
				continue
			}
		case map[string]any:
			id, _ := item["subscriberId"].(string)
			topic, _ := item["topicKey"].(string)
			if id != "" || topic != "" {
				continue
			}
		}
		return recipientsWanted
	}
	return ""
}

func (s *Server) recipientsProperty() property {
	if s.is319() {
		return required("to", validRecipients)
	}
	return required("to")
}

func (s *Server) triggerEvent(c *call) *reply {
	if refused := c.invalid(s.eventProperties(optional("payload", isObject), s.recipientsProperty())...); refused != nil {
		return refused
	}
	if s.is319() && c.Text("bridgeUrl") != "" {
		return c.exception(http.StatusBadRequest, "The provided bridge URL is blocked by the outbound SSRF policy.",
			map[string]any{"code": "DNS_LOOKUP_FAILED"}) // there is no name server here
	}
	a, problem := s.accept(c, c.Object(), c.Raw, false)
	if problem != nil {
		return problem.reply
	}
	return created(a)
}

const mostEvents = 100

func (s *Server) triggerBulk(c *call) *reply {
	if s.is319() {
		if refused := c.invalid(always("events", arrayNotEmpty, isArray)); refused != nil {
			return refused
		}
		if refused := c.invalidCommand("ProcessBulkTriggerCommand", c.Object(), optional("events", arrayMaxSize(mostEvents))); refused != nil {
			return refused
		}
	} else if refused := c.invalid(always("events", arrayMaxSize(mostEvents), arrayNotEmpty, isArray)); refused != nil {
		return refused
	}
	events, _ := c.Object()["events"].([]any)
	var raw struct {
		Events []json.RawMessage `json:"events"`
	}
	_ = json.Unmarshal(c.Raw, &raw) // it was decoded before
	answers := make([]acknowledged, 0, len(events))
	for i, item := range events {
		body, _ := item.(map[string]any)
		answers = append(answers, s.acceptItem(c, body, raw.Events[i]))
	}
	return created(answers)
}

// acceptItem is one event of a bulk. What is wrong with it does not concern the
// others.
func (s *Server) acceptItem(c *call, body map[string]any, raw json.RawMessage) acknowledged {
	refused := func(message string) acknowledged {
		return acknowledged{Acknowledged: true, Status: "error", Error: []string{message}}
	}
	named := map[string]any{}
	for k, v := range body {
		named[k] = v
	}
	named["identifier"] = body["name"]
	if v := check(named, []property{
		s.recipientsProperty(), required("identifier", isString), required("payload"), optional("transactionId", isString), optional("context", validContext),
	}); len(v) > 0 {
		return refused(commandMessage("ParseEventRequestMulticastCommand", v))
	}
	a, problem := s.accept(c, body, raw, false)
	if problem != nil {
		return refused(problem.message)
	}
	return a
}

func (s *Server) triggerBroadcast(c *call) *reply {
	payload := required("payload", isObject)
	if s.is319() {
		payload = always("payload", isObject)
	}
	if refused := c.invalid(s.eventProperties(payload)...); refused != nil {
		return refused
	}
	a, problem := s.accept(c, c.Object(), c.Raw, true)
	if problem != nil {
		return problem.reply
	}
	return created(a)
}

// notAccepted is why an event goes no further: for a trigger and for one of a bulk.
type notAccepted struct {
	reply   *reply
	message string
}

// accept puts a trigger into the queue, or says why it goes no further.
func (s *Server) accept(c *call, body map[string]any, raw json.RawMessage, broadcast bool) (acknowledged, *notAccepted) {
	name, _ := body["name"].(string)
	w, has := s.workflows.get(name)
	if !has {
		const message = "workflow_not_found"
		return acknowledged{}, &notAccepted{reply: c.named(http.StatusUnprocessableEntity, message), message: message}
	}
	payload, _ := body["payload"].(map[string]any)
	if message, refused := c.invalidPayload(w, payload); refused != nil {
		return acknowledged{}, &notAccepted{reply: refused, message: message}
	}
	e := event{name: name, to: body["to"], payload: payload, rawPayload: rawProperty(raw, "payload"), broadcast: broadcast}
	e.overrides, _ = body["overrides"].(map[string]any)
	if broadcast {
		for _, r := range s.subscribers.rows {
			e.everybody = append(e.everybody, r.Key)
		}
	}
	if e.transactionID, _ = body["transactionId"].(string); e.transactionID == "" {
		e.transactionID = s.newTransactionID(c)
	}
	stopped := func(status string) (acknowledged, *notAccepted) {
		a := acknowledged{Acknowledged: true, Status: status}
		if s.is319() {
			a.TransactionID = e.transactionID
		}
		return a, nil
	}
	switch {
	case !w.active:
		return stopped("trigger_not_active")
	case len(w.steps) == 0 && !s.is319():
		return stopped("no_workflow_steps_defined")
	case !falsy(body["tenant"]) && !s.hasTenant(body["tenant"]):
		return stopped("no_tenant_found")
	}
	e.actor, _ = recipient(body["actor"])
	e.contextKeys = s.resolveContexts(body["context"], raw, c.Now, s.is319())
	now := stamp(c.Now)
	w.triggered = &now
	s.worker.add(e, c.Now)
	a := acknowledged{Acknowledged: true, Status: "processed", TransactionID: e.transactionID}
	if !s.is319() {
		a.ActivityFeedLink = s.host.URL + "/env/" + s.environmentID + "/activity/requests?selectedLogId=req_" + s.ids.Next(c.Now)
	}
	return a, nil
}

// rawProperty is a property of a body as it was written.
func rawProperty(body json.RawMessage, name string) json.RawMessage {
	var properties map[string]json.RawMessage
	_ = json.Unmarshal(body, &properties) // no object has no properties
	return properties[name]
}

func (s *Server) newTransactionID(c *call) string {
	return "txn_" + s.ids.Next(c.Now)[:8] + emulator.RandomID(12, emulator.Base36)
}

// cancelTrigger tells whether the transaction had anything to cancel: only what
// waits in a delay step can be.
func (s *Server) cancelTrigger(c *call) *reply {
	canceled := s.worker.cancel(c.Params["transactionId"])
	if canceled {
		s.cancelJobs(c.Params["transactionId"], c.Now)
	}
	return ok(canceled)
}
