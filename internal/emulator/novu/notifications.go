package novu

import (
	"slices"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// notification is what a trigger led to for one subscriber. The worker changes
// it under the server's lock.
type notification struct {
	meta
	event
	workflow   *workflow
	steps      []step // as they were when it was triggered
	subscriber *subscriber
	recipient  map[string]any // as the trigger named the subscriber
	topics     []any
	triggerID  string // of the job that began it
	queuedID   string // of that job's detail
	jobs       []*stepJob
}

// Statuses of jobs.
const (
	jobPending   = "pending"
	jobDelayed   = "delayed"
	jobCompleted = "completed"
	jobFailed    = "failed"
	jobCanceled  = "canceled"
	jobSkipped   = "skipped"
)

// stepJob is one step of a notification.
type stepJob struct {
	id        string
	step      step
	parentID  string // of the step before
	provider  string // "" where there is no active integration
	status    string
	details   []executionDetail
	updatedAt time.Time
}

// executionDetail is one line of what Novu tells of a job.
type executionDetail struct {
	id, status, detail, raw string
	messageID               string
	at                      time.Time
}

// Statuses and texts of execution details.
const (
	detailPending = "Pending"
	detailSuccess = "Success"
	detailWarning = "Warning"
	detailFailed  = "Failed"

	stepQueued           = "Step queued"
	stepDelayed          = "Step delayed"
	messageCreated       = "Message created"
	messageSent          = "Message sent"
	noChannel            = "Subscriber does not have a configured channel"
	noActiveIntegration  = "Subscriber does not have an active integration"
	providerError        = "Unexpected provider error"
	allChannelsFailed    = "All chat channels failed to send the message"
	bridgeFailed         = "Bridge execution failed"
	filteredGlobally     = "Step filtered by subscriber global preferences"
	filteredByPreference = "Step filtered by subscriber workflow preferences"
)

func (j *stepJob) add(s *Server, status, detail, raw string) *executionDetail {
	now := s.host.Clock.Now()
	j.details = append(j.details, executionDetail{id: s.ids.Next(now), status: status, detail: detail, raw: raw, at: now})
	j.updatedAt = now
	return &j.details[len(j.details)-1]
}

// begin makes the notifications of a trigger, one for each recipient. The caller
// holds the lock.
func (s *Server) begin(e event) []*notification {
	w, has := s.workflows.get(e.name)
	if !has {
		return nil
	}
	var begun []*notification
	for _, to := range s.recipients(e) {
		now := s.host.Clock.Now()
		n := &notification{
			meta: meta{ID: s.ids.Next(now), CreatedAt: now, UpdatedAt: now}, event: e, workflow: w, steps: w.steps, subscriber: to.subscriber,
			recipient: to.given, topics: nonNil(to.topics), triggerID: s.ids.Next(now), queuedID: s.ids.Next(now),
		}
		n.Key = n.ID
		parent := ""
		for _, st := range w.steps {
			n.jobs = append(n.jobs, &stepJob{
				id: s.ids.Next(now), step: st, parentID: parent, provider: s.providerOfStep(st.typ), status: jobPending, updatedAt: now,
			})
			parent = st.objectID
		}
		s.notifications.add(n)
		begun = append(begun, n)
	}
	return begun
}

// cancelJobs cancels what a transaction still had to do.
func (s *Server) cancelJobs(transactionID string, now time.Time) {
	for _, n := range s.notifications.rows {
		if n.transactionID != transactionID {
			continue
		}
		for _, j := range n.jobs {
			if j.status == jobPending || j.status == jobDelayed {
				j.status, j.updatedAt = jobCanceled, now
			}
		}
	}
}

func (n *notification) origin(endpoint string) emulator.Origin {
	return emulator.Origin{
		TransactionID: n.transactionID, WorkflowID: n.name, SubscriberID: n.subscriber.Key, EndpointIdentifier: endpoint,
	}
}

func (s *Server) showNotification(n *notification) map[string]any {
	jobs, channels := []any{}, []string{}
	for _, j := range n.jobs {
		jobs = append(jobs, s.showJob(n, j))
		if !slices.Contains(channels, j.step.typ) {
			channels = append(channels, j.step.typ)
		}
	}
	return map[string]any{
		"_id": n.ID, "_environmentId": s.environmentID, "_organizationId": s.organizationID, "_subscriberId": n.subscriber.ID,
		"_templateId": n.workflow.ID, "topics": n.topics, "channels": channels, "createdAt": stamp(n.CreatedAt), "updatedAt": stamp(n.UpdatedAt),
		"jobs": jobs, "tags": n.workflow.tags, "transactionId": n.transactionID, "payload": nonNilObject(n.payload), "to": n.recipient,
		"subscriber": n.showSubscriber(), "severity": n.workflow.severity, "critical": false, "contextKeys": nonNil(n.contextKeys),
		"template": map[string]any{
			"_id": n.workflow.ID, "name": n.workflow.name, "origin": "novu-cloud", "triggers": []any{map[string]any{
				"_id": n.workflow.triggerID, "type": "event", "identifier": n.workflow.Key, "variables": []any{}, "reservedVariables": []any{},
				"subscriberVariables": []any{}, "id": n.workflow.triggerID,
			}},
		},
	}
}

func (n *notification) showSubscriber() map[string]any {
	shown := map[string]any{"_id": n.subscriber.ID, "subscriberId": n.subscriber.Key}
	for _, name := range []string{"email", "firstName", "lastName", "phone"} {
		if v, has := n.subscriber.profile[name]; has {
			shown[name] = v
		}
	}
	return shown
}

func (s *Server) showJob(n *notification, j *stepJob) map[string]any {
	details := []any{}
	for _, d := range j.details {
		shown := map[string]any{
			"_id": d.id, "detail": d.detail, "isRetry": false, "isTest": false, "source": "Internal", "status": d.status, "createdAt": stamp(d.at),
		}
		if j.provider != "" {
			shown["providerId"] = j.provider
		}
		if d.raw != "" {
			shown["raw"] = d.raw
		}
		details = append(details, shown)
	}
	shown := map[string]any{
		"_id": j.id, "type": j.step.typ, "executionDetails": details, "payload": nonNilObject(n.payload), "status": j.status,
		"updatedAt": stamp(j.updatedAt), "step": s.showJobStep(j),
	}
	if j.provider != "" {
		shown["providerId"] = j.provider
	}
	if len(n.overrides) > 0 {
		shown["overrides"] = n.overrides
	}
	return shown
}

func (s *Server) showJobStep(j *stepJob) map[string]any {
	metadata := map[string]any{"timed": map[string]any{"weekDays": []any{}, "monthDays": []any{}}}
	if j.step.typ == "delay" {
		for _, name := range []string{"amount", "unit", "type"} {
			if v, has := j.step.controls[name]; has {
				metadata[name] = v
			}
		}
	}
	shown := map[string]any{
		"_id": j.step.objectID, "active": true, "metadata": metadata, "_templateId": j.step.objectID, "name": j.step.name, "_parentId": nullable(j.parentID),
		"filters": []any{}, "variants": []any{}, "template": map[string]any{
			"type": j.step.typ, "content": "", "variables": []any{}, "_feedId": nil, "_layoutId": nil, "name": j.step.name, "_creatorId": s.userID,
		},
	}
	if len(j.step.issues) > 0 {
		shown["issues"] = showIssues(j.step.issues)
	}
	return shown
}
