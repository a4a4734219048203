package novu

import (
	"context"
	"fmt"

	"github.com/novu-go/novu/internal/emulator"
)

// deliver carries out a trigger, each step for every recipient, up to a delay
// step. It returns what comes after that.
func (s *Server) deliver(ctx context.Context, j job) *job {
	if j.from == 0 {
		s.mu.Lock()
		j.notifications = s.begin(j.event)
		s.mu.Unlock()
	} else {
		s.endDelay(j)
	}
	if len(j.notifications) == 0 {
		return nil
	}
	steps := j.notifications[0].steps
	for i := j.from; i < len(steps); i++ {
		switch steps[i].typ {
		case "chat":
			for _, n := range j.notifications {
				s.runChat(ctx, n, n.jobs[i])
			}
		case "delay":
			return s.beginDelay(j, i)
		default:
			s.skip(j.notifications, i)
		}
	}
	return nil
}

// beginDelay holds the rest of the steps back.
func (s *Server) beginDelay(j job, at int) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	delay := j.notifications[0].steps[at].delay()
	for _, n := range j.notifications {
		waiting := n.jobs[at]
		waiting.add(s, detailPending, stepQueued, "")
		waiting.add(s, detailPending, stepDelayed, fmt.Sprintf(`{"delay":%d}`, delay.Milliseconds()))
		waiting.status = jobDelayed
	}
	j.from, j.due = at+1, s.host.Clock.Now().Add(delay)
	return &j
}

func (s *Server) endDelay(j job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range j.notifications {
		n.jobs[j.from-1].status, n.jobs[j.from-1].updatedAt = jobCompleted, s.host.Clock.Now()
	}
}

// skip passes over a step that the emulator does not carry out.
func (s *Server) skip(notifications []*notification, at int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range notifications {
		n.jobs[at].add(s, detailPending, stepQueued, "")
		n.jobs[at].status = jobSkipped
	}
}

// runChat carries out a chat step for one subscriber, as Novu's worker does: what
// stops the whole step comes first, then each integration on its own.
func (s *Server) runChat(ctx context.Context, n *notification, j *stepJob) {
	step, send := s.prepareChat(n, j)
	if !send {
		return
	}
	delivered := false
	for _, group := range step.groups {
		delivered = step.sendGroup(ctx, group) || delivered
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j.status = jobCompleted
	if !delivered {
		j.add(s, detailFailed, allChannelsFailed, "")
		j.status = jobFailed
	}
	n.UpdatedAt = s.host.Clock.Now()
}

// chatStep is a chat step that has found out where it goes.
type chatStep struct {
	s       *Server
	n       *notification
	job     *stepJob
	content string
	groups  []targetGroup
}

// prepareChat reads all that the step needs, so that sending does not hold the
// lock. It ends the job where nothing is to be sent.
func (s *Server) prepareChat(n *notification, j *stepJob) (step *chatStep, send bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { n.UpdatedAt = s.host.Clock.Now() }()
	j.add(s, detailPending, stepQueued, "")
	end := func(status string, truth emulator.Failure) (*chatStep, bool) {
		j.status, j.updatedAt = status, s.host.Clock.Now()
		truth.Origin = n.origin(truth.EndpointIdentifier)
		s.host.Inbox.Fail(truth)
		return nil, false
	}
	content, err := s.renderBody(n, j.step)
	if err != nil || content == "" {
		j.add(s, detailFailed, bridgeFailed, string(emulator.Encode(map[string]any{"message": "Control values are invalid"})))
		return end(jobFailed, emulator.Failure{Reason: bridgeFailed})
	}
	if wanted := s.preferenceFor(n.subscriber, n.workflow); !wanted.Channels["chat"] {
		detail := filteredGlobally
		if on, has := n.subscriber.preferences.workflows[n.workflow.ID]["chat"]; has && !on {
			detail = filteredByPreference
		}
		j.add(s, detailSuccess, detail, string(emulator.Encode(wanted)))
		return end(jobCanceled, emulator.Failure{Reason: detail})
	}
	targets := s.targets(n)
	if len(targets) == 0 {
		detail := noChannel
		if s.is319() && len(n.contextKeys) > 0 {
			detail += " with the given context"
		}
		j.add(s, detailWarning, detail, "")
		return end(jobCanceled, emulator.Failure{Reason: detail})
	}
	for i := range targets {
		if truth, fails := s.resolve(&targets[i], n); fails {
			return end(jobFailed, truth)
		}
	}
	return &chatStep{s: s, n: n, job: j, content: content, groups: grouped(targets)}, true
}

// renderBody is what the step says.
func (s *Server) renderBody(n *notification, st step) (string, error) {
	subscriber := map[string]any{"subscriberId": n.subscriber.Key}
	for k, v := range n.subscriber.profile {
		subscriber[k] = v
	}
	contexts := map[string]any{}
	for _, key := range n.contextKeys {
		if r, has := s.contexts.get(key); has {
			contexts[r.typ] = map[string]any{"id": r.id, "data": r.data}
		}
	}
	scope := newScope()
	scope.set("payload", n.rawPayload)
	scope.set("subscriber", emulator.Encode(subscriber))
	scope.set("context", emulator.Encode(contexts))
	scope.set("workflow", emulator.Encode(map[string]any{
		"workflowId": n.workflow.Key, "name": n.workflow.name, "description": n.workflow.description,
	}))
	scope.set("env", emulator.Encode(map[string]any{"name": "Development", "type": "dev"}))
	return s.render(st.body(), scope)
}
