package novu

import (
	"net/http"
	"strings"
	"time"
)

// subscriberFields are the profile, in the order of the API's rules.
var subscriberFields = []property{
	optional(
		"firstName",
		isString,
	), optional("lastName", isString), optional("email", isEmail), optional("phone", isString),
	optional(
		"avatar",
		isString,
	), optional("timezone", isTimeZone), optional("locale", isLocale), optional("data", isObject),
}

var createSubscriberProperties = append([]property{
	required("subscriberId", notEmpty("SubscriberId is required"), isString),
}, subscriberFields...)

type subscriber struct {
	meta
	profile     map[string]any // the fields that were given
	channels    []channelCredentials
	preferences preferences
}

func (s *Server) showSubscriber(r *subscriber) any {
	shown := map[string]any{
		"_id": r.ID, "subscriberId": r.Key, "_environmentId": s.environmentID, "_organizationId": s.organizationID,
		"deleted": false, "createdAt": stamp(r.CreatedAt), "updatedAt": stamp(r.UpdatedAt), "__v": 0,
		"lastOnlineAt": nil, "isOnline": false, "channels": nonNil(r.channels),
	}
	for k, v := range r.profile {
		if k != "data" || v != nil {
			shown[k] = v
		}
	}
	return shown
}

func profileOf(body map[string]any) map[string]any {
	profile := map[string]any{}
	for _, p := range subscriberFields {
		if v, has := body[p.name]; has {
			profile[p.name] = v
		}
	}
	return profile
}

// upsert makes or changes a subscriber. It reports whether it made one.
func (s *Server) upsert(id string, profile map[string]any, now time.Time) (*subscriber, bool) {
	if existing, has := s.subscribers.get(id); has {
		existing.merge(profile, now)
		return existing, false
	}
	r := &subscriber{
		meta:        meta{ID: s.ids.Next(now), Key: id, CreatedAt: now, UpdatedAt: now},
		profile:     profile,
		preferences: preferences{global: map[string]bool{}, workflows: map[string]map[string]bool{}},
	}
	s.subscribers.add(r)
	return r, true
}

func (r *subscriber) merge(profile map[string]any, now time.Time) {
	for k, v := range profile {
		r.profile[k] = v
	}
	r.UpdatedAt = now
}

func (s *Server) createSubscriber(c *call) *reply {
	switch id, given := c.Object()["subscriberId"]; id := id.(type) {
	case string:
		c.Object()["subscriberId"] = strings.TrimSpace(id)
	default:
		if given {
			return c.internalError() // the server trims before it validates, and only strings can be trimmed
		}
	}
	if refused := c.invalid(createSubscriberProperties...); refused != nil {
		return refused
	}
	id := c.Text("subscriberId")
	existing, has := s.subscribers.get(id)
	if has && c.Query.Get("failIfExists") == "true" {
		return c.conflict(`Subscriber with id "` + id + `" already exists`)
	}
	profile := profileOf(c.Object())
	if has && profile["data"] == nil {
		delete(existing.profile, "data") // an upsert without data removes what was there
	}
	r, _ := s.upsert(id, profile, c.Now)
	return created(s.showSubscriber(r))
}

func (s *Server) getSubscriber(c *call) *reply {
	r, has := s.subscribers.get(c.Params["subscriberId"])
	if !has {
		return c.notFound("Subscriber: " + c.Params["subscriberId"] + " was not found")
	}
	return ok(s.showSubscriber(r))
}

func (s *Server) updateSubscriber(c *call) *reply {
	if refused := c.invalid(subscriberFields...); refused != nil {
		return refused
	}
	r, has := s.subscribers.get(c.Params["subscriberId"])
	if !has {
		return c.notFound("Subscriber " + c.Params["subscriberId"] + " was not found")
	}
	r.merge(profileOf(c.Object()), c.Now)
	return ok(s.showSubscriber(r))
}

func (s *Server) deleteSubscriber(c *call) *reply {
	id := c.Params["subscriberId"]
	if !s.subscribers.remove(id) {
		return c.exception(
			http.StatusNotFound,
			"Subscriber was not found",
			map[string]any{"externalSubscriberId": id},
		)
	}
	return ok(map[string]any{"acknowledged": true, "status": "deleted"})
}

func (s *Server) listSubscribers(c *call) *reply {
	c.cursorMayBeMalformed = s.is319()
	if refused := c.listQueryOfCommand("ListSubscribersCommand",
		optional("email", isString), optional("name", isString), optional("phone", isString), optional("subscriberId", isString),
	); refused != nil {
		return refused
	}
	match := func(r *subscriber) bool {
		field := func(name string) string { v, _ := r.profile[name].(string); return v }
		name := strings.TrimSpace(field("firstName") + " " + field("lastName"))
		return c.equals("email", field("email")) && c.equals("phone", field("phone")) &&
			c.equals("subscriberId", r.Key) &&
			(c.Query.Get("name") == "" || strings.Contains(strings.ToLower(name), strings.ToLower(c.Query.Get("name"))))
	}
	return listPage(c, &s.subscribers, match, func(r *subscriber) any { return s.showSubscriber(r) })
}

const bulkLimit = 500

func (s *Server) bulkCreateSubscribers(c *call) *reply {
	list := always("subscribers", arrayNotEmpty, isArray).list(createSubscriberProperties...)
	if refused := c.invalid(list); refused != nil {
		return refused
	}
	items, _ := c.Object()["subscribers"].([]any)
	if refused := c.invalidCommand("BulkCreateSubscribersCommand", c.Object(), optional("subscribers", arrayMaxSize(bulkLimit))); refused != nil {
		return refused
	}
	type reference struct {
		SubscriberID string `json:"subscriberId"`
	}
	updated, made := []reference{}, []reference{}
	for _, item := range items {
		body := item.(map[string]any)
		id := body["subscriberId"].(string)
		if _, isNew := s.upsert(id, profileOf(body), c.Now); isNew {
			made = append(made, reference{id})
		} else {
			updated = append(updated, reference{id})
		}
	}
	return created(map[string]any{"updated": updated, "created": made, "failed": []any{}})
}
