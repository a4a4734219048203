package novu

import (
	"regexp"
	"slices"
	"strings"
)

// topic is a group of subscribers that a trigger can name.
type topic struct {
	meta
	name          string
	named         bool
	subscriptions table[*subscription]
}

var topicKey = regexp.MustCompile(`^[a-zA-Z0-9_\-:.@]+$`)

func showTopic(t *topic) any {
	shown := map[string]any{"_id": t.ID, "key": t.Key, "createdAt": stamp(t.CreatedAt), "updatedAt": stamp(t.UpdatedAt)}
	if t.named {
		shown["name"] = t.name
	}
	return shown
}

func (s *Server) newTopic(c *call, key string) *topic {
	t := &topic{meta: meta{ID: s.ids.Next(c.Now), Key: key, CreatedAt: c.Now, UpdatedAt: c.Now}}
	s.topics.add(t)
	return t
}

// createTopic makes a topic, or renames the one that is there. Its answer holds
// the name from before.
func (s *Server) createTopic(c *call) *reply {
	if refused := c.invalid(always("key", minLength(1), notBlank, isString), optional("name", isString)); refused != nil {
		return refused
	}
	key := c.Text("key")
	if !topicKey.MatchString(key) {
		return c.badRequest("Invalid topic key: \"" + key + "\". Topic keys must contain only alphanumeric characters (a-z, A-Z, 0-9), " +
			"hyphens (-), underscores (_), colons (:), or be a valid email address.")
	}
	t, has := s.topics.get(key)
	if has && c.Query.Get("failIfExists") == "true" {
		return c.conflict(`Topic with key "` + key + `" already exists`)
	}
	if !has {
		t = s.newTopic(c, key)
	}
	name, given := c.Object()["name"].(string)
	if given && !has {
		t.name, t.named = name, true
	}
	answer := created(showTopic(t))
	if given && has {
		t.name, t.named, t.UpdatedAt = name, true, c.Now
	}
	return answer
}

func (s *Server) topicOf(c *call) (*topic, *reply) {
	key := c.Params["topicKey"]
	if t, has := s.topics.get(key); has {
		return t, nil
	}
	return nil, c.notFound("Topic with key " + key + " not found")
}

func (s *Server) getTopic(c *call) *reply {
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	return ok(showTopic(t))
}

func (s *Server) patchTopic(c *call) *reply {
	if refused := c.invalid(always("name", notBlank, isString)); refused != nil {
		return refused
	}
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	t.name, t.named, t.UpdatedAt = c.Text("name"), true, c.Now
	return ok(showTopic(t))
}

func (s *Server) deleteTopic(c *call) *reply {
	t, refused := s.topicOf(c)
	if refused != nil {
		return refused
	}
	s.topics.remove(t.Key)
	return ok(map[string]any{"acknowledged": true})
}

func (s *Server) listTopics(c *call) *reply {
	if refused := c.listQuery("ListTopicsCommand", optional("key", isString), optional("name", isString)); refused != nil {
		return refused
	}
	contains := func(field, query string) bool {
		return strings.Contains(strings.ToLower(field), strings.ToLower(c.Query.Get(query)))
	}
	return listPage(c, &s.topics, func(t *topic) bool { return contains(t.Key, "key") && contains(t.name, "name") }, showTopic)
}

// topicMembers are the subscribers of a topic.
func (s *Server) topicMembers(key string) []*subscriber {
	t, has := s.topics.get(key)
	if !has {
		return nil
	}
	var members []*subscriber
	for _, sub := range t.subscriptions.rows {
		if r, has := s.subscribers.get(sub.subscriberID); has && !slices.Contains(members, r) {
			members = append(members, r)
		}
	}
	return members
}
