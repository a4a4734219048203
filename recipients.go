package novu

import (
	"encoding/json"
	"fmt"
)

// Recipients is whom a trigger notifies. Make it with [ToSubscriber], [ToTopic] or
// [ToSubscriberProfile], and join several with append.
type Recipients []Recipient

// Recipient is one subscriber or one topic.
type Recipient struct {
	subscriber SubscriberProfile
	topic      string
}

// ToSubscriber notifies the subscribers with these ids. The server creates those that it does not
// know.
func ToSubscriber(ids ...string) Recipients {
	to := make(Recipients, len(ids))
	for i, id := range ids {
		to[i].subscriber.SubscriberID = id
	}
	return to
}

// ToSubscriberProfile notifies these subscribers and stores what is set of their profiles.
func ToSubscriberProfile(profiles ...SubscriberProfile) Recipients {
	to := make(Recipients, len(profiles))
	for i, profile := range profiles {
		to[i].subscriber = profile
	}
	return to
}

// ToTopic notifies the subscribers of the topics with these keys. A topic that does not exist is no
// error to the server.
func ToTopic(keys ...string) Recipients {
	to := make(Recipients, len(keys))
	for i, key := range keys {
		to[i].topic = key
	}
	return to
}

// MarshalJSON writes the recipient as the API takes it.
func (r Recipient) MarshalJSON() ([]byte, error) {
	if r.topic != "" {
		return json.Marshal(map[string]string{"type": "Topic", "topicKey": r.topic})
	}
	return json.Marshal(r.subscriber)
}

// MarshalJSON writes one recipient as itself and several as an array.
func (to Recipients) MarshalJSON() ([]byte, error) {
	if len(to) == 1 {
		return json.Marshal(to[0])
	}
	return json.Marshal([]Recipient(to))
}

func (c *checks) recipients(to Recipients) *checks {
	if len(to) == 0 {
		c.add("To", "must name a recipient; use ToSubscriber or ToTopic")
	}
	for i, r := range to {
		if r.topic == "" {
			c.id(fmt.Sprintf("To[%d]", i), r.subscriber.SubscriberID)
		}
	}
	return c
}
