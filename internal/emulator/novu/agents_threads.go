package novu

import "time"

// duplicateAge is how long an activity's id is remembered.
const duplicateAge = 10 * time.Minute

// thread is what is known of a thread in Teams before there is a conversation: whether the agent follows it, and
// whether a message is being handed over.
type thread struct{ followed, busy bool }

// threadKey names a thread of an agent on an integration.
type threadKey struct{ agentID, integrationID, threadID string }

// seenKey names an activity that came in for an agent on an integration.
type seenKey struct{ agentID, integrationID, activityID string }

// seenBefore tells whether a message's activity came in before, whatever conversation it came from. The caller holds
// the lock.
func (s *Server) seenBefore(in *incoming, now time.Time) bool {
	key := seenKey{agentID: in.agent.id, integrationID: in.integration.ID, activityID: in.activity.ID}
	if until, has := s.seen[key]; has && now.Before(until) {
		return true
	}
	s.seen[key] = now.Add(duplicateAge)
	return false
}

// admit decides about a message before it is handed over. It occupies the thread, or says what becomes of the
// message instead.
func (s *Server) admit(in *incoming) (outcome, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, a := s.host.Clock.Now(), in.activity
	if a.fromBot(in.integration.credential("clientId")) {
		return OutcomeNotHeard, "a bot wrote it"
	}
	if s.seenBefore(in, now) {
		return OutcomeDuplicate, "an activity with this id came in less than " + duplicateAge.String() + " ago"
	}
	key := in.threadKey()
	t := s.threads[key]
	if t == nil {
		t = &thread{}
		s.threads[key] = t
	}
	switch {
	case t.busy:
		return OutcomeDropped, "another message of this thread was being handed over, and Novu drops what comes meanwhile"
	case !a.isDirect() && !t.followed && !a.mentions(in.integration.credential("clientId")):
		return OutcomeNotHeard, "it does not mention the bot, and the agent does not follow this thread yet"
	}
	t.busy, t.followed = true, true
	return "", ""
}

// release lets the next message of the thread in.
func (s *Server) release(in *incoming) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.threads[in.threadKey()].busy = false
}
