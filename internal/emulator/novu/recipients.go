package novu

import (
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// addressee is a subscriber that a trigger reaches.
type addressee struct {
	subscriber *subscriber
	given      map[string]any // as the trigger named it
	topics     []any          // through which it was reached
}

// recipients are the subscribers of a trigger. Those who do not exist yet are
// made; of a topic its members are taken, but for the actor.
func (s *Server) recipients(e event) []addressee {
	var found []addressee
	add := func(a addressee) {
		if !slices.ContainsFunc(found, func(other addressee) bool { return other.subscriber == a.subscriber }) {
			found = append(found, a)
		}
	}
	if e.broadcast {
		for _, id := range e.everybody {
			if r, has := s.subscribers.get(id); has {
				add(addressee{subscriber: r, given: map[string]any{"subscriberId": id}})
			}
		}
		return found
	}
	items, isList := e.to.([]any)
	if !isList {
		items = []any{e.to}
	}
	for _, item := range items {
		if key := topicOfRecipient(item); key != "" {
			for _, r := range s.topicMembers(key) {
				if r.Key != e.actor && !excluded(item, r.Key) {
					add(addressee{subscriber: r, given: map[string]any{"subscriberId": r.Key}, topics: s.topicReference(key)})
				}
			}
			continue
		}
		id, profile := recipient(item)
		if id == "" {
			s.host.Inbox.Fail(emulator.Failure{
				Origin: emulator.Origin{TransactionID: e.transactionID, WorkflowID: e.name},
				Reason: "novutest: no subscriber: " + emulator.Redact(string(emulator.Encode(item))),
			})
			continue
		}
		r, _ := s.upsert(id, profile, s.host.Clock.Now())
		given := map[string]any{"subscriberId": id}
		for name, v := range profile {
			given[name] = v
		}
		add(addressee{subscriber: r, given: given})
	}
	return found
}

func topicOfRecipient(item any) string {
	object, _ := item.(map[string]any)
	key, _ := object["topicKey"].(string)
	if typ, _ := object["type"].(string); !strings.EqualFold(typ, "Topic") {
		return ""
	}
	return key
}

func excluded(item any, subscriberID string) bool {
	object, _ := item.(map[string]any)
	list, _ := object["exclude"].([]any)
	return slices.Contains(list, any(subscriberID))
}

func (s *Server) topicReference(key string) []any {
	t, has := s.topics.get(key)
	if !has {
		return nil
	}
	return []any{map[string]any{"_topicId": t.ID, "topicKey": t.Key}}
}

// recipient is a subscriber's id and what of the profile stands beside it.
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
