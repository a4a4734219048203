package novu

// preferences are what a subscriber wants to get: by channel, and for a workflow
// by channel.
type preferences struct {
	global    map[string]bool
	workflows map[string]map[string]bool // by the workflow's internal id
}

type preferenceOverride struct {
	Channel string `json:"channel"`
	Source  string `json:"source"`
}

// preference is what holds for a subscriber, as the worker and the API write it.
type preference struct {
	Enabled   bool                 `json:"enabled"`
	Channels  map[string]bool      `json:"channels"`
	Overrides []preferenceOverride `json:"overrides"`
}

// channelsOf are the channels of the steps of a workflow, in the channels' order.
func (s *Server) channelsOf(w *workflow) []string {
	var channels []string
	for _, channel := range s.channels() {
		for _, st := range w.steps {
			if st.typ == channel {
				channels = append(channels, channel)
				break
			}
		}
	}
	return channels
}

// preferenceFor is what a subscriber wants of a workflow.
func (s *Server) preferenceFor(r *subscriber, w *workflow) preference {
	p := preference{Enabled: true, Channels: map[string]bool{}, Overrides: []preferenceOverride{}}
	for _, channel := range s.channelsOf(w) {
		p.Channels[channel] = true
		if wanted, has := r.preferences.global[channel]; has {
			p.Channels[channel] = wanted
		}
		if wanted, has := r.preferences.workflows[w.ID][channel]; has {
			p.Channels[channel] = wanted
		}
		p.Overrides = append(p.Overrides, preferenceOverride{Channel: channel, Source: "subscriber"})
	}
	return p
}

// globalPreference is what a subscriber wants of the channels that workflows use.
func (s *Server) globalPreference(r *subscriber) map[string]any {
	channels := map[string]bool{}
	for _, w := range s.workflows.rows {
		for _, channel := range s.channelsOf(w) {
			wanted, has := r.preferences.global[channel]
			channels[channel] = wanted || !has
		}
	}
	return map[string]any{"enabled": true, "channels": channels}
}

func (s *Server) showPreferences(r *subscriber) any {
	workflows := []any{}
	for _, w := range s.workflows.rows {
		if !w.active {
			continue
		}
		p := s.preferenceFor(r, w)
		workflows = append(workflows, map[string]any{
			"enabled": p.Enabled, "channels": p.Channels, "overrides": p.Overrides, "workflow": map[string]any{
				"slug": s.workflowSlug(w), "identifier": w.Key, "name": w.name, "updatedAt": stamp(w.UpdatedAt),
			},
		})
	}
	return map[string]any{"global": s.globalPreference(r), "workflows": workflows}
}

func (s *Server) subscriberOfPreferences(c *call) (*subscriber, *reply) {
	id := c.Params["subscriberId"]
	if r, has := s.subscribers.get(id); has {
		return r, nil
	}
	return nil, c.notFound("Subscriber with id: " + id + " not found")
}

func (s *Server) getPreferences(c *call) *reply {
	r, refused := s.subscriberOfPreferences(c)
	if refused != nil {
		return refused
	}
	return ok(s.showPreferences(r))
}

func (s *Server) getGlobalPreferences(c *call) *reply {
	r, refused := s.subscriberOfPreferences(c)
	if refused != nil {
		return refused
	}
	return ok(s.globalPreference(r))
}

func (s *Server) patchPreferences(c *call) *reply {
	if refused := c.invalid(optional("workflowId", isString), optional("channels", isObject)); refused != nil {
		return refused
	}
	channels, _ := c.Object()["channels"].(map[string]any)
	var rules []property
	for _, channel := range s.channels() {
		rules = append(rules, optional(channel, isBoolean))
	}
	if refused := c.invalidCommand("UpdatePreferencesCommand", channels, rules...); refused != nil {
		return refused
	}
	r, refused := s.subscriberOfPreferences(c)
	if refused != nil {
		return refused
	}
	wanted := r.preferences.global
	if id := c.Text("workflowId"); id != "" {
		w, refused := s.findWorkflow(c, id)
		if refused != nil {
			return refused
		}
		if r.preferences.workflows[w.ID] == nil {
			r.preferences.workflows[w.ID] = map[string]bool{}
		}
		wanted = r.preferences.workflows[w.ID]
	}
	for _, channel := range s.channels() {
		if on, given := channels[channel].(bool); given {
			wanted[channel] = on
		}
	}
	return ok(s.showPreferences(r))
}
