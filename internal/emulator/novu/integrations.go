package novu

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// integration is a stored integration.
type integration struct {
	ID            string
	EnvironmentID string
	ProviderID    string
	Channel       string
	Kind          string // delivery or agent
	Credentials   map[string]any
	Active        bool
	Name          string
	Identifier    string
	Priority      int
	Primary       bool
	Conditions    []any
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

const kindDelivery = "delivery"

// newInbox is the in-app integration that every environment has.
func (s *Server) newInbox(environment string, now time.Time) *integration {
	i := &integration{
		ID: s.ids.Next(now), EnvironmentID: environment, ProviderID: "novu", Channel: "in_app", Kind: kindDelivery, Active: true,
		Name: "Novu In-App", Conditions: []any{}, CreatedAt: now, UpdatedAt: now,
	}
	if !s.is319() {
		i.Name = "Novu Inbox"
	}
	i.Identifier = slugify(i.Name) + "-" + emulator.RandomID(9, emulator.Alphanumeric)
	return i
}

// channels are the channels of this version.
func (s *Server) channels() []string {
	all := []string{"in_app", "email", "sms", "chat", "push", "tool"}
	if !s.is319() {
		all = all[:5]
	}
	return all
}

// showIntegration is an integration without its credentials, as 3.19 answers an
// API key.
func (s *Server) showIntegration(i *integration) map[string]any {
	shown := map[string]any{
		"_id": i.ID, "_environmentId": i.EnvironmentID, "_organizationId": s.organizationID, "providerId": i.ProviderID,
		"channel": i.Channel, "active": i.Active, "name": i.Name, "identifier": i.Identifier, "priority": i.Priority,
		"primary": i.Primary, "conditions": i.Conditions, "deleted": false, "createdAt": stamp(i.CreatedAt),
		"updatedAt": stamp(i.UpdatedAt), "__v": 0,
	}
	if s.is319() {
		shown["kind"], shown["_parentId"] = i.Kind, nil
	}
	return shown
}

// showOne is an integration in an answer about one.
func (s *Server) showOne(i *integration) map[string]any {
	shown := s.showIntegration(i)
	shown["id"] = i.ID
	if !s.is319() {
		shown["credentials"] = nonNilObject(i.Credentials)
	}
	return shown
}

// showListed is an integration in a list. 3.19 withholds what the credentials are.
func (s *Server) showListed(i *integration) map[string]any {
	shown := s.showIntegration(i)
	shown["credentials"] = map[string]any{}
	if !s.is319() {
		shown["credentials"] = nonNilObject(i.Credentials)
	}
	return shown
}

// showStored is an integration as it is stored: some credentials are encrypted.
func (s *Server) showStored(i *integration) map[string]any {
	shown := s.showIntegration(i)
	if len(i.Credentials) == 0 {
		return shown
	}
	stored := map[string]any{}
	for k, v := range i.Credentials {
		if slices.Contains(encryptedCredentials, k) {
			v = "nvsk." + emulator.RandomHex(16) + ":" + emulator.RandomHex(16)
		}
		stored[k] = v
	}
	shown["credentials"] = stored
	return shown
}

func nonNilObject(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func (i *integration) credential(name string) string {
	v, _ := i.Credentials[name].(string)
	return v
}

func (s *Server) listIntegrations(_ *call) *reply {
	return ok(s.integrationsOf(func(*integration) bool { return true }, s.showListed))
}

func (s *Server) listActiveIntegrations(_ *call) *reply {
	return ok(s.integrationsOf(func(i *integration) bool { return i.Active }, s.showListed))
}

// integrationsOf shows the integrations that match. 3.15 lists those of every
// environment of the organization.
func (s *Server) integrationsOf(match func(*integration) bool, show func(*integration) map[string]any) []map[string]any {
	shown := []map[string]any{}
	for _, i := range s.integrations {
		if match(i) && (!s.is319() || s.ours(i)) {
			shown = append(shown, show(i))
		}
	}
	return shown
}

func (s *Server) ours(i *integration) bool { return i.EnvironmentID == s.environmentID }

// integrationProperties is the body of a create or an update.
func (s *Server) integrationProperties(create bool) []property {
	channel := required("channel", isIn(s.channels()...))
	if s.is319() {
		channel = optional("channel", isIn(s.channels()...))
	}
	properties := []property{optional("name", isString), optional("identifier", isString), optional("_environmentId", isMongoID)}
	if create {
		properties = append(properties, required("providerId", isString), channel)
		if s.is319() {
			properties = append(properties, optional("kind", isIn(kindDelivery, "agent")))
		}
		properties = append(properties, optional("credentials").object(credentialProperties...), optional("active", isBoolean))
	} else {
		properties = append(properties, optional("active", isBoolean), optional("credentials").object(credentialProperties...))
	}
	return append(properties, optional("check", isBoolean), optional("conditions", isArray), optional("configurations", isObject))
}

// otherEnvironment refuses a body that names another environment than the key's.
func (s *Server) otherEnvironment(c *call) *reply {
	if id := c.Text("_environmentId"); s.is319() && id != "" && id != s.environmentID {
		return c.named(http.StatusForbidden, "This authentication scheme is scoped to a single environment and cannot target a different "+
			"`_environmentId`. Use credentials from the target environment, or authenticate with a session token.")
	}
	return nil
}

func (s *Server) createIntegration(c *call) *reply {
	if refused := c.invalid(s.integrationProperties(true)...); refused != nil {
		return refused
	}
	if refused := s.otherEnvironment(c); refused != nil {
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
		ID: s.ids.Next(c.Now), EnvironmentID: s.environmentID, ProviderID: c.Text("providerId"), Channel: c.Text("channel"),
		Kind: c.Text("kind"), Name: name, Identifier: identifier, Conditions: []any{}, CreatedAt: c.Now, UpdatedAt: c.Now,
	}
	if i.Kind == "" {
		i.Kind = kindDelivery
	}
	if i.Channel == "" {
		i.Channel = channelOf(i.ProviderID)
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
	return created(s.showOne(i))
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
		if i.Identifier == identifier && s.ours(i) {
			return i
		}
	}
	return nil
}

// integrationByID finds the integration of the path, or the answer that it
// can't be found. 3.19 checks the id in the named command; 3.15 fails on it.
func (s *Server) integrationByID(c *call, command, missing string) (*integration, *reply) {
	id := c.Params["integrationId"]
	if s.is319() {
		if refused := c.invalidCommand(command, map[string]any{"integrationId": id}, required("integrationId", isMongoID)); refused != nil {
			return nil, refused
		}
	}
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
	if refused := c.invalid(s.integrationProperties(false)...); refused != nil {
		return refused
	}
	if refused := s.otherEnvironment(c); refused != nil {
		return refused
	}
	i, refused := s.integrationByID(c, "UpdateIntegrationCommand", "Entity with id %s not found")
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
	i.UpdatedAt = c.Now
	return ok(s.showOne(i))
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
	const command = "SetIntegrationAsPrimaryCommand"
	if refused := c.invalidCommand(command, map[string]any{"integrationId": id}, required("integrationId", isMongoID)); refused != nil {
		return refused
	}
	i, refused := s.integrationByID(c, command, "Integration with id %s not found")
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
		i.Primary, i.Conditions, i.UpdatedAt = true, []any{}, c.Now
	}
	if s.is319() {
		return created(s.showOne(i))
	}
	shown := s.showStored(i)
	shown["id"] = i.ID
	return created(shown)
}

func (s *Server) deleteIntegration(c *call) *reply {
	i, refused := s.integrationByID(c, "RemoveIntegrationCommand", "Entity with id %s not found")
	if refused != nil {
		return refused
	}
	s.integrations = slices.DeleteFunc(s.integrations, func(other *integration) bool { return other == i })
	for _, l := range slices.Clone(s.links.rows) {
		if l.integrationID == i.ID {
			s.links.remove(l.Key)
		}
	}
	return ok(s.integrationsOf(s.ours, s.showStored))
}
