package novu

import (
	"net/http"
	"slices"

	"github.com/novu-go/novu/internal/emulator"
)

// channelCredentials are credentials of a subscriber for an integration: the
// older way to reach somebody, beside channel endpoints.
type channelCredentials struct {
	Credentials   map[string]any `json:"credentials"`
	IntegrationID string         `json:"_integrationId"`
	ProviderID    string         `json:"providerId"`
}

// showV1 is a subscriber as /v1/subscribers shows one.
func (s *Server) showV1(r *subscriber) map[string]any {
	shown := s.listedV1(r)
	shown["id"] = r.ID
	return shown
}

func (s *Server) listedV1(r *subscriber) map[string]any {
	shown := map[string]any{
		"_id": r.ID, "_organizationId": s.organizationID, "_environmentId": s.environmentID, "subscriberId": r.Key,
		"channels": nonNil(r.channels), "isOnline": false, "deleted": false, "createdAt": stamp(r.CreatedAt),
		"updatedAt": stamp(r.UpdatedAt), "__v": 0,
	}
	for k, v := range r.profile {
		shown[k] = v
	}
	return shown
}

func (s *Server) subscriberV1(c *call) (*subscriber, *reply) {
	id := c.Params["subscriberId"]
	if r, has := s.subscribers.get(id); has {
		return r, nil
	}
	return nil, c.notFound("Subscriber not found for id " + id)
}

func (s *Server) getSubscriberV1(c *call) *reply {
	r, refused := s.subscriberV1(c)
	if refused != nil {
		return refused
	}
	return ok(s.showV1(r))
}

func (s *Server) createSubscriberV1(c *call) *reply {
	if refused := c.invalid(createSubscriberProperties...); refused != nil {
		return refused
	}
	r, _ := s.upsert(c.Text("subscriberId"), profileOf(c.Object()), c.Now)
	return created(s.showV1(r))
}

func (s *Server) updateSubscriberV1(c *call) *reply {
	if refused := c.invalid(subscriberFields...); refused != nil {
		return refused
	}
	r, refused := s.subscriberV1(c)
	if refused != nil {
		return refused
	}
	r.merge(profileOf(c.Object()), c.Now)
	return ok(s.showV1(r))
}

func (s *Server) deleteSubscriberV1(c *call) *reply {
	r, refused := s.subscriberV1(c)
	if refused != nil {
		return refused
	}
	s.subscribers.remove(r.Key)
	return ok(map[string]any{"acknowledged": true, "status": "deleted"})
}

// listSubscribersV1 lists by page numbers, in the order in which the records were
// last written.
func (s *Server) listSubscribersV1(c *call) *reply {
	page, limit, refused := c.pageOf(100)
	if refused != nil {
		return refused
	}
	rows := slices.Clone(s.subscribers.rows)
	slices.SortStableFunc(rows, func(a, b *subscriber) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	from := min(page*limit, len(rows))
	to := min(from+limit, len(rows))
	data := []any{}
	for _, r := range rows[from:to] {
		data = append(data, s.listedV1(r))
	}
	return emulator.JSON(http.StatusOK, map[string]any{"page": page, "hasMore": to < len(rows), "pageSize": limit, "data": data})
}

var credentialsProperties = []property{
	required("providerId", func(v any) string {
		channel := ""
		if id, isText := v.(string); isText {
			channel = channelOf(id)
		}
		if channel == "chat" || channel == "push" || channel == "tool" {
			return ""
		}
		return "%s must be a valid provider ID"
	}),
	optional("integrationIdentifier", isString), required("credentials", isObject),
}

// setCredentials is both the PUT and the PATCH of a subscriber's credentials. It
// goes to the newest active integration of the provider, unless one is named.
func (s *Server) setCredentials(c *call) *reply {
	if refused := c.invalid(credentialsProperties...); refused != nil {
		return refused
	}
	r, has := s.subscribers.get(c.Params["subscriberId"])
	if !has {
		return c.badRequest("SubscriberId: " + c.Params["subscriberId"] + " not found")
	}
	provider, identifier := c.Text("providerId"), c.Text("integrationIdentifier")
	var target *integration
	for _, i := range s.integrations {
		if s.ours(i) && i.Active && i.ProviderID == provider && (identifier == "" || i.Identifier == identifier) {
			target = i
		}
	}
	if target == nil {
		return c.badRequest("Subscribers environment (" + s.environmentID + ") do not have active " + provider + " integration.")
	}
	given, _ := c.Object()["credentials"].(map[string]any)
	kept := map[string]any{}
	for _, name := range []string{"webhookUrl", "channel", "deviceTokens"} {
		if v := given[name]; v != nil {
			kept[name] = v
		}
	}
	r.UpdatedAt = c.Now
	for i := range r.channels {
		if existing := &r.channels[i]; existing.IntegrationID == target.ID {
			for name, v := range kept {
				existing.Credentials[name] = v
			}
			return ok(s.showV1(r))
		}
	}
	r.channels = append(r.channels, channelCredentials{Credentials: kept, IntegrationID: target.ID, ProviderID: provider})
	return ok(s.showV1(r))
}

func (s *Server) deleteCredentials(c *call) *reply {
	r, refused := s.subscriberV1(c)
	if refused != nil {
		return refused
	}
	r.channels = slices.DeleteFunc(r.channels, func(channel channelCredentials) bool { return channel.ProviderID == c.Params["providerId"] })
	r.UpdatedAt = c.Now
	return emulator.NoContent()
}
