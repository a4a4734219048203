package novu

import (
	"net/http"
	"slices"

	"github.com/novu-go/novu/internal/emulator"
)

// subscription is a subscriber's membership of a topic.
type subscription struct {
	meta
	subscriberID string
}

// subscriptionError is why a subscriber of a list could not be subscribed, or
// unsubscribed.
type subscriptionError struct {
	SubscriberID string `json:"subscriberId"`
	Code         string `json:"code"`
	Message      string `json:"message"`
}

// wanted is one subscription of a body.
type wantedSubscription struct{ identifier, subscriberID string }

// wantedSubscriptions are what the body asks for: ids, or objects.
func (c *call) wantedSubscriptions() ([]wantedSubscription, *reply) {
	if refused := c.invalid(
		optional("subscriberIds", atLeastOne, eachString, isArray),
		optional("subscriptions").list(optional("identifier", isString), required("subscriberId", isString)),
		optional("context", validContext),
	); refused != nil {
		return nil, refused
	}
	var wanted []wantedSubscription
	for _, name := range []string{"subscriberIds", "subscriptions"} {
		items, _ := c.Object()[name].([]any)
		for _, item := range items {
			switch item := item.(type) {
			case string:
				wanted = append(wanted, wantedSubscription{subscriberID: item})
			case map[string]any:
				identifier, _ := item["identifier"].(string)
				id, _ := item["subscriberId"].(string)
				wanted = append(wanted, wantedSubscription{identifier: identifier, subscriberID: id})
			}
		}
	}
	return wanted, nil
}

func atLeastOne(v any) string {
	if items, isList := v.([]any); isList && len(items) == 0 {
		return "At least one subscriber identifier is required"
	}
	return ""
}

func atLeastOneSubscription(v any) string {
	if items, _ := v.([]any); len(items) == 0 {
		return "At least one subscription is required"
	}
	return ""
}

func (s *Server) subscribe(c *call) *reply {
	wanted, refused := c.wantedSubscriptions()
	if refused != nil {
		return refused
	}
	if len(wanted) == 0 {
		return c.invalidCommand("CreateSubscriptionsCommand", map[string]any{"subscriptions": []any{}}, always("subscriptions", atLeastOneSubscription))
	}
	t, has := s.topics.get(c.Params["topicKey"])
	if !has {
		t = s.newTopic(c, c.Params["topicKey"])
	}
	return s.eachSubscriber(t, wanted, http.StatusCreated, func(w wantedSubscription) (map[string]any, bool) {
		identifier := w.identifier
		if identifier == "" {
			identifier = "tk_" + t.Key + ":si_" + w.subscriberID
		}
		if existing, has := t.subscriptions.get(identifier); has {
			return s.showSubscription(t, existing), true
		}
		made := &subscription{
			meta:         meta{ID: s.ids.Next(c.Now), Key: identifier, CreatedAt: c.Now, UpdatedAt: c.Now},
			subscriberID: w.subscriberID,
		}
		t.subscriptions.add(made)
		shown := s.showSubscription(t, made)
		shown["createdAt"], shown["updatedAt"] = "", "" // of one that was just made
		return shown, true
	})
}

func (s *Server) unsubscribe(c *call) *reply {
	wanted, refused := c.wantedSubscriptions()
	if refused != nil {
		return refused
	}
	if len(wanted) == 0 {
		return c.invalidCommand("DeleteTopicSubscriptionsCommand", map[string]any{"subscriptions": []any{}}, always("subscriptions", atLeastOneSubscription))
	}
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	return s.eachSubscriber(t, wanted, http.StatusOK, func(w wantedSubscription) (map[string]any, bool) {
		found, has := t.subscriptions.find(func(sub *subscription) bool {
			return (w.subscriberID == "" || sub.subscriberID == w.subscriberID) && (w.identifier == "" || sub.Key == w.identifier)
		})
		if !has {
			return nil, false
		}
		shown := s.showSubscription(t, found)
		t.subscriptions.remove(found.Key)
		return shown, true
	})
}

// eachSubscriber answers what became of each: those who are unknown are errors
// beside the others.
func (s *Server) eachSubscriber(
	t *topic, wanted []wantedSubscription, status int, do func(wantedSubscription) (map[string]any, bool),
) *reply {
	data, failed := []any{}, []subscriptionError{}
	for _, w := range wanted {
		_, known := s.subscribers.get(w.subscriberID)
		if !known {
			failed = append(failed, subscriptionError{
				SubscriberID: w.subscriberID, Code: "SUBSCRIBER_NOT_FOUND", Message: "Subscriber with ID '" + w.subscriberID + "' could not be found.",
			})
			continue
		}
		shown, done := do(w)
		if !done {
			failed = append(failed, subscriptionError{
				SubscriberID: w.subscriberID, Code: "SUBSCRIPTION_NOT_FOUND",
				Message: "Subscription for subscriber with ID '" + w.subscriberID + "' and topic '" + t.Key + "' could not be found.",
			})
			continue
		}
		data = append(data, shown)
	}
	answer := map[string]any{
		"data": data, "meta": map[string]any{"totalCount": len(wanted), "successful": len(data), "failed": len(failed)},
	}
	if len(failed) > 0 {
		answer["errors"] = failed
	}
	return emulator.JSON(status, answer)
}

// showSubscription is a subscription in an answer to a change.
func (s *Server) showSubscription(t *topic, sub *subscription) map[string]any {
	topic := map[string]any{"_id": t.ID, "key": t.Key}
	if t.named {
		topic["name"] = t.name
	}
	person := s.briefSubscriber(sub.subscriberID)
	if r, has := s.subscribers.get(sub.subscriberID); has {
		person["createdAt"], person["updatedAt"] = stamp(r.CreatedAt), stamp(r.UpdatedAt)
	}
	return map[string]any{
		"_id": sub.ID, "identifier": sub.Key, "topic": topic, "subscriber": person,
		"createdAt": stamp(sub.CreatedAt), "updatedAt": stamp(sub.UpdatedAt),
	}
}

// briefSubscriber is who somebody is, as other records show it.
func (s *Server) briefSubscriber(id string) map[string]any {
	shown := map[string]any{"subscriberId": id}
	r, has := s.subscribers.get(id)
	if !has {
		return shown
	}
	shown["_id"] = r.ID
	for _, name := range []string{"firstName", "lastName", "email", "phone", "avatar"} {
		if v := r.profile[name]; v != nil {
			shown[name] = v
		}
	}
	return shown
}

func (s *Server) listTopicSubscriptions(c *call) *reply {
	if refused := c.listQuery("ListTopicSubscriptionsCommand", optional("subscriberId", isString)); refused != nil {
		return refused
	}
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	match := func(sub *subscription) bool { return c.equals("subscriberId", sub.subscriberID) }
	return listPage(c, &t.subscriptions, match, func(sub *subscription) any { return s.showListedSubscription(t, sub) })
}

func (s *Server) showListedSubscription(t *topic, sub *subscription) any {
	return map[string]any{
		"_id": sub.ID, "identifier": sub.Key, "topic": showTopic(t), "createdAt": stamp(sub.CreatedAt), "subscriber": s.briefSubscriber(sub.subscriberID),
	}
}

// getTopicSubscription answers nothing for one that is not there.
func (s *Server) getTopicSubscription(c *call) *reply {
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	sub, has := t.subscriptions.get(c.Params["identifier"])
	if !has {
		return emulator.NoContent()
	}
	return ok(map[string]any{"id": sub.ID, "identifier": sub.Key})
}

// listSubscriptions lists the topics that a subscriber is in.
func (s *Server) listSubscriptions(c *call) *reply {
	if refused := c.listQuery("ListSubscriberSubscriptionsCommand", optional("key", isString)); refused != nil {
		return refused
	}
	id := c.Params["subscriberId"]
	if _, has := s.subscribers.get(id); !has {
		return c.notFound("Subscriber: " + id + " was not found")
	}
	var mine table[*subscription]
	topics := map[*subscription]*topic{}
	for _, t := range s.topics.rows {
		for _, sub := range t.subscriptions.rows {
			if sub.subscriberID == id && c.equals("key", t.Key) {
				mine.rows = append(mine.rows, sub)
				topics[sub] = t
			}
		}
	}
	slices.SortStableFunc(mine.rows, func(a, b *subscription) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return listPage(c, &mine, func(*subscription) bool { return true }, func(sub *subscription) any {
		return s.showListedSubscription(topics[sub], sub)
	})
}
