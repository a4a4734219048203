package novutest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const graphRoot = "/_graph/v1.0"

func graphRoutes() []*route {
	return []*route{
		{method: "GET", pattern: graphRoot + "/teams", handle: (*Server).listTeams},
		{method: "GET", pattern: graphRoot + "/teams/{team}", handle: (*Server).getTeam},
		{method: "GET", pattern: graphRoot + "/teams/{team}/channels", handle: (*Server).listChannels},
		{method: "GET", pattern: graphRoot + "/teams/{team}/allChannels", handle: (*Server).listChannels},
		{method: "GET", pattern: graphRoot + "/teams/{team}/primaryChannel", handle: (*Server).primaryChannel},
		{method: "GET", pattern: graphRoot + "/users/{user}", handle: (*Server).getUser},
		{method: "POST", pattern: graphRoot + "/$batch", handle: (*Server).graphBatch},
		{method: "GET", pattern: graphRoot + "/appCatalogs/teamsApps", handle: (*Server).listCatalog},
		{method: "GET", pattern: graphRoot + "/teams/{team}/installedApps", handle: (*Server).listInstalled},
		{method: "POST", pattern: graphRoot + "/teams/{team}/installedApps", handle: (*Server).installApp},
		{method: "DELETE", pattern: graphRoot + "/teams/{team}/installedApps/{app}", handle: (*Server).uninstallApp},
		{method: "GET", pattern: graphRoot + "/users/{user}/teamwork/installedApps", handle: (*Server).listInstalled},
		{method: "POST", pattern: graphRoot + "/users/{user}/teamwork/installedApps", handle: (*Server).installApp},
		{method: "DELETE", pattern: graphRoot + "/users/{user}/teamwork/installedApps/{app}", handle: (*Server).uninstallApp},
	}
}

// graph checks Graph's token, and that it has one of the roles. The tenant is
// that of the token.
func (s *Server) graph(c *call, oneOf ...string) (*tenant, *reply) {
	given, isBearer := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	t, known := s.state.microsoft.tokens[given]
	switch {
	case !isBearer || !known || t.scope == botScope || !strings.HasSuffix(t.scope, "/.default"):
		return nil, c.graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty or of another audience.")
	case c.now.After(t.expires):
		return nil, c.graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	}
	for _, role := range t.roles {
		for _, wanted := range oneOf {
			if role == wanted {
				found, _ := s.state.microsoft.tenant(t.tenantID)
				return found, nil
			}
		}
	}
	return nil, c.graphError(http.StatusForbidden, "Forbidden", fmt.Sprintf(
		"Missing role permissions on the request. API requires one of '%s'. Roles on the request '%s'.",
		strings.Join(oneOf, ", "), strings.Join(t.roles, ", ")))
}

func (c *call) graphError(status int, code, message string) *reply {
	return jsonReply(status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date": c.now.Format("2006-01-02T15:04:05"), "request-id": randomUUID(), "client-request-id": randomUUID(),
		},
	}})
}

// GraphFault is an error of Graph's. Requests inside a batch have it one by one,
// where Route is narrowed to theirs, such as
// /_graph/v1.0/teams/{team}/channels.
func GraphFault(status int, code, message string) Fault {
	f := microsoftFault(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
	f.Route = "/_graph/*"
	return f
}

func microsoftFault(status int, body any) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {jsonType}}, Body: string(encode(body))}
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

func (c *call) unknownFilter() *reply {
	return c.graphError(http.StatusNotImplemented, "NotImplemented", "novutest does not implement the filter "+c.query.Get("$filter"))
}

func (s *Server) listTeams(c *call) *reply {
	t, refused := s.graph(c, "Team.ReadBasic.All")
	if refused != nil {
		return refused
	}
	fits, understood := nameFilter(c.query.Get("$filter"))
	if !understood {
		return c.unknownFilter()
	}
	var found []any
	for i := range t.Teams {
		if fits(t.Teams[i].Name) {
			found = append(found, wireTeam(&t.Teams[i]))
		}
	}
	return s.graphList(c, found)
}

// graphList is the page of a list that the request asks for.
func (s *Server) graphList(c *call, items []any) *reply {
	size, from := graphPage, 0
	if top := c.query.Get("$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 || n > 999 {
			return c.graphError(http.StatusBadRequest, "BadRequest", "Invalid value for $top.")
		}
		size = n
	}
	if skip := c.query.Get("$skiptoken"); skip != "" {
		n, err := strconv.Atoi(skip)
		if err != nil || n < 0 || n > len(items) {
			return c.graphError(http.StatusBadRequest, "BadRequest", "Skip token is malformed.")
		}
		from = n
	}
	to := min(from+size, len(items))
	page := map[string]any{"@odata.context": s.GraphURL() + "/v1.0/$metadata", "value": nonNil(items[from:to])}
	if to < len(items) {
		next := url.Values{}
		for name, values := range c.query {
			next[name] = values
		}
		next.Set("$skiptoken", strconv.Itoa(to))
		page["@odata.nextLink"] = s.url + c.path + "?" + next.Encode()
	}
	return jsonReply(http.StatusOK, page)
}

func wireTeam(t *Team) map[string]any {
	return map[string]any{"id": t.ID, "displayName": t.Name, "description": t.Description}
}

// teamOf finds the team of the path.
func (s *Server) teamOf(c *call, oneOf ...string) (*tenant, *Team, *reply) {
	t, refused := s.graph(c, oneOf...)
	if refused != nil {
		return nil, nil, refused
	}
	id := c.params["team"]
	team := t.team(id)
	if team == nil || strings.HasPrefix(id, "19:") {
		return nil, nil, c.graphError(http.StatusNotFound, "NotFound", "No team found with Group Id "+id)
	}
	return t, team, nil
}

func (s *Server) getTeam(c *call) *reply {
	_, team, refused := s.teamOf(c, "Team.ReadBasic.All")
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, wireTeam(team))
}

func (s *Server) listChannels(c *call) *reply {
	t, team, refused := s.teamOf(c, "Channel.ReadBasic.All")
	if refused != nil {
		return refused
	}
	var channels []any
	for i := range team.Channels {
		channel := c.wireChannel(&team.Channels[i])
		if strings.HasSuffix(c.path, "/allChannels") {
			channel["tenantId"] = t.ID
			channel["@odata.id"] = s.GraphURL() + "/v1.0/tenants/" + t.ID + "/teams/" + team.ID + "/channels/" + team.Channels[i].ID
		}
		channels = append(channels, channel)
	}
	return s.graphList(c, channels)
}

func (s *Server) primaryChannel(c *call) *reply {
	_, team, refused := s.teamOf(c, "Channel.ReadBasic.All")
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, c.wireChannel(&team.Channels[0]))
}

// wireChannel hides a newer membership type from whom does not ask for it.
func (c *call) wireChannel(channel *Channel) map[string]any {
	membership := channel.Membership
	if membership != standardChannel && membership != "private" &&
		!strings.Contains(c.header.Get("Prefer"), "include-unknown-enum-members") {
		membership = "unknownFutureValue"
	}
	return map[string]any{"id": channel.ID, "displayName": channel.Name, "description": nil, "membershipType": membership}
}

func (s *Server) getUser(c *call) *reply {
	t, refused := s.graph(c, "User.ReadBasic.All", "User.Read.All", "Directory.Read.All")
	if refused != nil {
		return refused
	}
	u := t.user(c.params["user"])
	if u == nil || strings.HasPrefix(c.params["user"], "29:") {
		return c.graphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+c.params["user"]+"' does not exist.")
	}
	return jsonReply(http.StatusOK, map[string]any{"id": u.ID, "displayName": u.Name, "userPrincipalName": u.UPN, "mail": u.UPN})
}

type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

const batchLimit = 20

// graphBatch carries out requests in one. The last is answered first: the order
// means nothing.
func (s *Server) graphBatch(c *call) *reply {
	var body struct {
		Requests []batchRequest `json:"requests"`
	}
	bad := func(message string) *reply { return c.graphError(http.StatusBadRequest, "BadRequest", message) }
	if json.Unmarshal(c.raw, &body) != nil || len(body.Requests) == 0 {
		return bad("Invalid batch payload format.")
	}
	if len(body.Requests) > batchLimit {
		return bad("Number of batch request steps exceeds the maximum value of 20.")
	}
	seen := map[string]bool{}
	responses := make([]any, len(body.Requests))
	for i, r := range body.Requests {
		if r.ID == "" || seen[r.ID] || !strings.HasPrefix(r.URL, "/") {
			return bad("Batch request ids must be unique and urls relative.")
		}
		seen[r.ID] = true
		responses[len(responses)-1-i] = s.batchItem(c, r)
	}
	return jsonReply(http.StatusOK, map[string]any{"responses": responses})
}

func (s *Server) batchItem(c *call, r batchRequest) map[string]any {
	path, query, _ := strings.Cut(r.URL, "?")
	item := &call{
		s: s, now: c.now, method: r.Method, uri: graphRoot + r.URL, path: graphRoot + path,
		query: parseQuery(query), header: http.Header{"Authorization": c.header["Authorization"]},
	}
	for name, value := range r.Headers {
		item.header.Set(name, value)
	}
	route, params := s.router.match(item.method, item.path)
	item.params = params
	var out *reply
	switch fault := s.faults.take(item.method, route.pattern, item.path); {
	case fault != nil && fault.Status != 0:
		out = fault.reply()
	case r.Method != http.MethodGet || route.handle == nil:
		out = microsoftMissing(s, item)
	default:
		out = route.handle(s, item)
	}
	answer := map[string]any{"id": r.ID, "status": out.status}
	headers := map[string]string{}
	for name := range out.header {
		headers[name] = out.header.Get(name)
	}
	answer["headers"] = headers
	if json.Valid(out.body) {
		answer["body"] = json.RawMessage(out.body)
	} else if len(out.body) > 0 {
		answer["body"] = out.body // in base64
	}
	return answer
}

// nonNil makes JSON's [] of no list.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
