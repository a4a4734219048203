package microsoft

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// graph checks Graph's token, and that it has one of the roles. The tenant is
// that of the token.
func (s *Server) authorizeGraph(c *call, oneOf ...string) (*tenant, *reply) {
	t, refused := s.graphToken(c)
	if refused != nil {
		return nil, refused
	}
	for _, role := range t.roles {
		for _, wanted := range oneOf {
			if role == wanted {
				found, _ := s.tenant(t.tenantID)
				return found, nil
			}
		}
	}
	return nil, graphError(c, http.StatusForbidden, "Forbidden", fmt.Sprintf(
		"Missing role permissions on the request. API requires one of '%s'. Roles on the request '%s'.",
		strings.Join(oneOf, ", "), strings.Join(t.roles, ", ")))
}

func graphError(c *call, status int, code, message string) *reply {
	return emulator.JSON(status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date": c.Now.Format("2006-01-02T15:04:05"), "request-id": emulator.RandomUUID(), "client-request-id": emulator.RandomUUID(),
		},
	}})
}

const graphPage = 100

var (
	byName   = regexp.MustCompile(`^displayName eq '((?:[^']|'')*)'$`)
	byPrefix = regexp.MustCompile(`(?i)^startswith\(displayName, ?'((?:[^']|'')*)'\)$`)
)

func unquote(literal string) string { return strings.ReplaceAll(literal, "''", "'") }

// nameFilter understands the filters on a display name.
func nameFilter(filter string) (fits func(string) bool, understood bool) {
	if filter == "" {
		return func(string) bool { return true }, true
	}
	if m := byName.FindStringSubmatch(filter); m != nil {
		return func(name string) bool { return strings.EqualFold(name, unquote(m[1])) }, true
	}
	if m := byPrefix.FindStringSubmatch(filter); m != nil {
		prefix := strings.ToLower(unquote(m[1]))
		return func(name string) bool { return strings.HasPrefix(strings.ToLower(name), prefix) }, true
	}
	return nil, false
}

func unknownFilter(c *call) *reply {
	return graphError(c, http.StatusBadRequest, "BadRequest", "Invalid filter clause: novutest does not implement "+c.Query.Get("$filter"))
}

func (s *Server) listTeams(c *call) *reply {
	t, refused := s.authorizeGraph(c, "Team.ReadBasic.All")
	if refused != nil {
		return refused
	}
	fits, understood := nameFilter(c.Query.Get("$filter"))
	if !understood {
		return unknownFilter(c)
	}
	var found []any
	for i := range t.Teams {
		if fits(t.Teams[i].Name) {
			found = append(found, wireTeam(&t.Teams[i]))
		}
	}
	return s.selected(c, "team", found)
}

// graphList is the page of a list that the request asks for.
func (s *Server) graphList(c *call, items []any) *reply {
	size, from := graphPage, 0
	if top := c.Query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 || n > 999 {
			return graphError(c, http.StatusBadRequest, "BadRequest", "Invalid value for $top.")
		}
		size = n
	}
	if skip := c.Query.Get("$skiptoken"); skip != "" {
		n, err := strconv.Atoi(skip)
		if err != nil || n < 0 || n > len(items) {
			return graphError(c, http.StatusBadRequest, "BadRequest", "Skip token is malformed.")
		}
		from = n
	}
	to := min(from+size, len(items))
	page := map[string]any{"@odata.context": s.GraphURL() + "/v1.0/$metadata", "value": nonNil(items[from:to])}
	if to < len(items) {
		next := url.Values{}
		for name, values := range c.Query {
			next[name] = values
		}
		next.Set("$skiptoken", strconv.Itoa(to))
		page["@odata.nextLink"] = c.Origin() + c.Path + "?" + next.Encode()
	}
	return emulator.JSON(http.StatusOK, page)
}

func wireTeam(t *Team) map[string]any {
	return map[string]any{"id": t.ID, "displayName": t.Name, "description": t.Description}
}

// teamOf finds the team of the path.
func (s *Server) teamOf(c *call, oneOf ...string) (*tenant, *Team, *reply) {
	t, refused := s.authorizeGraph(c, oneOf...)
	if refused != nil {
		return nil, nil, refused
	}
	id := c.Params["team"]
	team := t.team(id)
	if team == nil || strings.HasPrefix(id, "19:") {
		return nil, nil, graphError(c, http.StatusNotFound, "NotFound", "No team found with Group Id "+id)
	}
	return t, team, nil
}

func (s *Server) getTeam(c *call) *reply {
	_, team, refused := s.teamOf(c, "Team.ReadBasic.All")
	if refused != nil {
		return refused
	}
	return selectedOne(c, "team", wireTeam(team))
}

func (s *Server) listChannels(c *call) *reply {
	t, team, refused := s.teamOf(c, "Channel.ReadBasic.All")
	if refused != nil {
		return refused
	}
	var channels []any
	for i := range team.Channels {
		channel := wireChannel(c, &team.Channels[i])
		if strings.HasSuffix(c.Path, "/allChannels") {
			channel["tenantId"] = t.ID
			channel["@odata.id"] = s.GraphURL() + "/v1.0/tenants/" + t.ID + "/teams/" + team.ID + "/channels/" + team.Channels[i].ID
		}
		channels = append(channels, channel)
	}
	if c.Query.Get("$filter") != "" {
		return unknownFilter(c)
	}
	return s.selected(c, "channel", channels)
}

func (s *Server) primaryChannel(c *call) *reply {
	_, team, refused := s.teamOf(c, "Channel.ReadBasic.All")
	if refused != nil {
		return refused
	}
	return selectedOne(c, "channel", wireChannel(c, &team.Channels[0]))
}

// wireChannel hides a newer membership type from whom does not ask for it.
func wireChannel(c *call, channel *Channel) map[string]any {
	membership := channel.Membership
	if membership != StandardChannel && membership != "private" &&
		!strings.Contains(c.Header.Get("Prefer"), "include-unknown-enum-members") {
		membership = "unknownFutureValue"
	}
	return map[string]any{"id": channel.ID, "displayName": channel.Name, "description": nil, "membershipType": membership}
}

func (s *Server) getUser(c *call) *reply {
	t, refused := s.authorizeGraph(c, "User.ReadBasic.All", "User.Read.All", "Directory.Read.All")
	if refused != nil {
		return refused
	}
	u := t.user(c.Params["user"])
	if u == nil || strings.HasPrefix(c.Params["user"], "29:") {
		return graphError(c, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+c.Params["user"]+"' does not exist.")
	}
	return selectedOne(c, "user", map[string]any{"id": u.ID, "displayName": u.Name, "userPrincipalName": u.UPN, "mail": u.UPN})
}

// nonNil makes JSON's [] of no list.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
