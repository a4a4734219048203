package novu

import (
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

var channels = []string{"in_app", "email", "sms", "chat", "push"}

// integration is stored as the API shows it.
type integration struct {
	ID             string         `json:"_id"`
	EnvironmentID  string         `json:"_environmentId"`
	OrganizationID string         `json:"_organizationId"`
	ProviderID     string         `json:"providerId"`
	Channel        string         `json:"channel"`
	Credentials    map[string]any `json:"credentials,omitzero"`
	Active         bool           `json:"active"`
	Name           string         `json:"name"`
	Identifier     string         `json:"identifier"`
	Priority       int            `json:"priority"`
	Primary        bool           `json:"primary"`
	Conditions     []any          `json:"conditions"`
	Deleted        bool           `json:"deleted"`
	CreatedAt      stamp          `json:"createdAt"`
	UpdatedAt      stamp          `json:"updatedAt"`
	Version        int            `json:"__v"`
	Virtual        string         `json:"id,omitzero"` // only in answers about one integration
}

func (s *Server) newInbox(environment string, now time.Time) *integration {
	return &integration{
		ID: s.ids.Next(now), EnvironmentID: environment, OrganizationID: s.organizationID,
		ProviderID: "novu", Channel: "in_app", Active: true, Name: "Novu Inbox",
		Identifier: "novu-inbox-" + emulator.RandomID(
			9,
			emulator.Alphanumeric,
		), Conditions: []any{}, CreatedAt: stamp(now), UpdatedAt: stamp(now),
	}
}

// single is the integration as answers about one show it, many as lists do;
// encrypted is how it is stored.
func (i *integration) single() integration {
	shown := i.many()
	shown.Virtual = i.ID
	return shown
}

func (i *integration) many() integration {
	shown := *i
	if shown.Credentials == nil {
		shown.Credentials = map[string]any{}
	}
	return shown
}

func (i *integration) encrypted() integration {
	shown := *i
	if len(i.Credentials) == 0 {
		shown.Credentials = nil
		return shown
	}
	shown.Credentials = map[string]any{}
	for k, v := range i.Credentials {
		if slices.Contains(encryptedCredentials, k) {
			v = "nvsk." + emulator.RandomHex(16) + ":" + emulator.RandomHex(16)
		}
		shown.Credentials[k] = v
	}
	return shown
}

func (i *integration) credential(name string) string {
	v, _ := i.Credentials[name].(string)
	return v
}

func (s *Server) listIntegrations(_ *call) *reply {
	return ok(s.integrationsOf(func(*integration) bool { return true }, (*integration).many))
}

func (s *Server) listActiveIntegrations(_ *call) *reply {
	return ok(s.integrationsOf(func(i *integration) bool { return i.Active }, (*integration).many))
}

func (s *Server) integrationsOf(match func(*integration) bool, show func(*integration) integration) []integration {
	shown := []integration{}
	for _, i := range s.integrations {
		if match(i) {
			shown = append(shown, show(i))
		}
	}
	return shown
}

func (s *Server) createIntegration(c *call) *reply {
	if refused := c.invalid(
		optional("name", isString), optional("identifier", isString), optional("_environmentId", isMongoID),
		required("providerId", isString), required("channel", isIn(channels...)),
		optional("credentials").object(credentialProperties...),
		optional("active", isBoolean), optional("check", isBoolean), optional("conditions", isArray), optional("configurations", isObject),
	); refused != nil {
		return refused
	}
	identifier := c.Text("identifier")
	if identifier != "" && s.integrationByIdentifier(identifier) != nil {
		return c.conflict("Integration with identifier already exists")
	}
	body := c.Object()
	name, named := body["name"].(string)
	if !named {
		name = displayName(c.Text("providerId"))
	}
	if _, given := body["identifier"].(string); !given {
		identifier = slugify(name) + "-" + emulator.RandomID(9, emulator.Alphanumeric)
	}
	i := &integration{
		ID: s.ids.Next(c.Now), EnvironmentID: s.environmentID, OrganizationID: s.organizationID,
		ProviderID: c.Text("providerId"), Channel: c.Text("channel"), Name: name, Identifier: identifier,
		Conditions: []any{}, CreatedAt: stamp(c.Now), UpdatedAt: stamp(c.Now),
	}
	if conditions, given := body["conditions"].([]any); given {
		i.Conditions = conditions
	}
	if credentials := knownCredentials(body["credentials"]); len(credentials) > 0 {
		i.Credentials = credentials
	}
	if active, _ := body["active"].(bool); active {
		s.activate(i)
	}
	s.integrations = append(s.integrations, i)
	return created(i.single())
}

// activate turns an integration on; of the email and SMS ones the first becomes
// the primary.
func (s *Server) activate(i *integration) {
	i.Active = true
	if i.Channel != "email" && i.Channel != "sms" {
		return
	}
	var highest *integration
	for _, other := range s.integrations {
		if other != i && other.Channel == i.Channel && other.Active &&
			(highest == nil || other.Priority > highest.Priority) {
			highest = other
		}
	}
	switch {
	case highest == nil:
		i.Priority, i.Primary = 1, true
	case highest.Primary:
		i.Priority = highest.Priority
		highest.Priority++
	default:
		i.Priority, i.Primary = highest.Priority+1, true
	}
}

func (s *Server) integrationByIdentifier(identifier string) *integration {
	for _, i := range s.integrations {
		if i.Identifier == identifier && i.EnvironmentID == s.environmentID {
			return i
		}
	}
	return nil
}

// integrationByID finds the integration of the path, or the answer that it
// cannot be found.
func (s *Server) integrationByID(c *call, missing string) (*integration, *reply) {
	id := c.Params["integrationId"]
	if !hex24.MatchString(id) {
		return nil, c.internalError()
	}
	for _, i := range s.integrations {
		if strings.EqualFold(i.ID, id) {
			return i, nil
		}
	}
	return nil, c.notFound(strings.ReplaceAll(missing, "%s", id))
}

func (s *Server) updateIntegration(c *call) *reply {
	if refused := c.invalid(
		optional("name", isString), optional("identifier", isString), optional("_environmentId", isMongoID),
		optional("active", isBoolean), optional("credentials").object(credentialProperties...),
		optional("check", isBoolean), optional("conditions", isArray), optional("configurations", isObject),
	); refused != nil {
		return refused
	}
	i, refused := s.integrationByID(c, "Entity with id %s not found")
	if refused != nil {
		return refused
	}
	body := c.Object()
	if identifier := c.Text("identifier"); identifier != "" {
		if other := s.integrationByIdentifier(identifier); other != nil && other != i {
			return c.conflict("Integration with identifier already exists")
		}
	}
	changes := 0
	for _, name := range []string{"name", "identifier", "credentials", "active", "conditions"} {
		if body[name] != nil {
			changes++
		}
	}
	if changes == 0 {
		return c.badRequest("No properties found for update")
	}
	s.change(i, body)
	i.UpdatedAt = stamp(c.Now)
	return ok(i.single())
}

func (s *Server) change(i *integration, body map[string]any) {
	if name, given := body["name"].(string); given {
		i.Name = name
	}
	if identifier, given := body["identifier"].(string); given {
		i.Identifier = identifier
	}
	if body["credentials"] != nil {
		i.Credentials = knownCredentials(body["credentials"])
	}
	if conditions, given := body["conditions"].([]any); given {
		i.Conditions = conditions
	}
	switch active, given := body["active"].(bool); {
	case given && active && !i.Active:
		s.activate(i)
	case given && !active:
		i.Active, i.Primary, i.Priority = false, false, 0
	}
}

func (s *Server) setPrimary(c *call) *reply {
	id := c.Params["integrationId"]
	if refused := c.invalidCommand("SetIntegrationAsPrimaryCommand", map[string]any{"integrationId": id}, required("integrationId", isMongoID)); refused != nil {
		return refused
	}
	i, refused := s.integrationByID(c, "Integration with id %s not found")
	if refused != nil {
		return refused
	}
	if i.Channel != "email" && i.Channel != "sms" {
		return c.badRequest("Channel " + i.Channel + " does not support primary")
	}
	if !i.Primary {
		for _, other := range s.integrations {
			if other.Channel == i.Channel {
				other.Primary = false
			}
		}
		i.Active = true
		s.activate(i)
		i.Primary, i.Conditions, i.UpdatedAt = true, []any{}, stamp(c.Now)
	}
	shown := i.encrypted()
	shown.Virtual = i.ID
	return created(shown)
}

func (s *Server) deleteIntegration(c *call) *reply {
	i, refused := s.integrationByID(c, "Entity with id %s not found")
	if refused != nil {
		return refused
	}
	s.integrations = slices.DeleteFunc(
		s.integrations,
		func(other *integration) bool { return other == i },
	)
	remaining := func(i *integration) bool { return i.EnvironmentID == s.environmentID }
	return ok(s.integrationsOf(remaining, (*integration).encrypted))
}
