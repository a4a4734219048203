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
	payload       map[string]any
	transactionID string
	contextKeys   []string
	broadcast     bool
}

// acknowledged is the answer to a trigger.
type acknowledged struct {
	Acknowledged     bool     `json:"acknowledged"`
	Status           string   `json:"status"`
	Error            []string `json:"error,omitempty"`
	TransactionID    string   `json:"transactionId,omitempty"`
	ActivityFeedLink string   `json:"activityFeedLink,omitempty"`
}

var eventProperties = []property{
	required("name", isString), optional("payload", isObject), optional("overrides", isObject), required("to"),
	optional("transactionId", isString), optional("context", validContext),
}

func (s *Server) triggerEvent(c *call) *reply {
	if refused := c.invalid(eventProperties...); refused != nil {
		return refused
	}
	a, problem := s.accept(c, c.Object(), c.Raw, false)
	if problem != "" {
		return c.named(http.StatusUnprocessableEntity, problem)
	}
	return created(a)
}

const mostEvents = 100

func (s *Server) triggerBulk(c *call) *reply {
	if refused := c.invalid(always("events", arrayMaxSize(mostEvents), arrayNotEmpty, isArray)); refused != nil {
		return refused
	}
	events, _ := c.Object()["events"].([]any)
	answers := make([]acknowledged, 0, len(events))
	for _, item := range events {
		body, _ := item.(map[string]any)
		answers = append(answers, s.acceptItem(c, body))
	}
	return created(answers)
}

// acceptItem is one event of a bulk. What is wrong with it does not concern the
// others.
func (s *Server) acceptItem(c *call, body map[string]any) acknowledged {
	refused := func(message string) acknowledged {
		return acknowledged{Acknowledged: true, Status: "error", Error: []string{message}}
	}
	named := map[string]any{}
	for k, v := range body {
		named[k] = v
	}
	named["identifier"] = body["name"]
	if v := check(named, []property{
		required("to"), required("identifier", isString), required("payload"), optional("transactionId", isString), optional("context", validContext),
	}); len(v) > 0 {
		return refused(commandMessage("ParseEventRequestMulticastCommand", v))
	}
	a, problem := s.accept(c, body, emulator.Encode(body), false)
	if problem != "" {
		return refused(problem)
	}
	return a
}

func (s *Server) triggerBroadcast(c *call) *reply {
	if refused := c.invalid(
		required("name", isString), required("payload", isObject), optional("overrides", isObject), optional("transactionId", isString), optional("context", validContext),
	); refused != nil {
		return refused
	}
	a, problem := s.accept(c, c.Object(), c.Raw, true)
	if problem != "" {
		return c.named(http.StatusUnprocessableEntity, problem)
	}
	return created(a)
}

// accept puts a trigger into the queue, or says why it goes no further.
func (s *Server) accept(c *call, body map[string]any, raw json.RawMessage, broadcast bool) (acknowledged, string) {
	name, _ := body["name"].(string)
	w, has := s.workflows.get(name)
	if !has {
		return acknowledged{}, "workflow_not_found"
	}
	switch {
	case !w.active:
		return acknowledged{Acknowledged: true, Status: "trigger_not_active"}, ""
	case len(w.steps) == 0:
		return acknowledged{Acknowledged: true, Status: "no_workflow_steps_defined"}, ""
	case !falsy(body["tenant"]): // tenants, unlike contexts, cannot be made here
		return acknowledged{Acknowledged: true, Status: "no_tenant_found"}, ""
	}
	payload, _ := body["payload"].(map[string]any)
	e := event{
		name:        name,
		to:          body["to"],
		payload:     payload,
		broadcast:   broadcast,
		contextKeys: s.resolveContexts(body["context"], raw, c.Now),
	}
	if e.transactionID, _ = body["transactionId"].(string); e.transactionID == "" {
		e.transactionID = "txn_" + s.ids.Next(c.Now)
	}
	now := stamp(c.Now)
	w.triggered = &now
	s.worker.add(e, c.Now)
	return acknowledged{
		Acknowledged: true, Status: "processed", TransactionID: e.transactionID,
		ActivityFeedLink: s.host.URL + "/env/" + s.environmentID + "/activity/requests?selectedLogId=req_" + s.ids.Next(
			c.Now,
		),
	}, ""
}

// cancelTrigger tells whether the transaction had anything to cancel: only what
// waits in a delay step can be.
func (s *Server) cancelTrigger(c *call) *reply { return ok(s.worker.cancel(c.Params["transactionId"])) }
