package microsoft

import (
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

type (
	call  = emulator.Call
	reply = emulator.Reply
)

// Where Microsoft's hosts are on the listener.
const (
	loginRoot     = "/_login"
	graphRoot     = "/_graph/v1.0"
	connectorRoot = "/_connector/{region}/v3"
	workflowsRoot = "/_workflows"
)

// addRoutes is Microsoft's route table. What is not in it says so.
func (s *Server) addRoutes() {
	// login.microsoftonline.com
	s.route("GET", loginRoot+"/{tenant}/v2.0/adminconsent", s.adminConsentPage)
	s.route("GET", loginRoot+"/{tenant}/oauth2/v2.0/authorize", s.signInPage)
	s.route("POST", loginRoot+"/{tenant}/oauth2/v2.0/token", s.token)
	s.route("POST", loginRoot+"/{tenant}/oauth2/v2.0/devicecode", s.startDeviceCode)
	s.route("GET", loginRoot+"/{tenant}/oauth2/deviceauth", s.deviceCodePage)
	s.route("GET", loginRoot+"/{tenant}/v2.0/.well-known/openid-configuration", s.openIDConfiguration)
	s.route("GET", loginRoot+"/{tenant}/discovery/instance", s.instanceDiscovery)

	// graph.microsoft.com: directory
	s.route("GET", graphRoot+"/teams", s.listTeams)
	s.route("GET", graphRoot+"/teams/{team}", s.getTeam)
	s.route("GET", graphRoot+"/teams/{team}/channels", s.listChannels)
	s.route("GET", graphRoot+"/teams/{team}/allChannels", s.listChannels)
	s.route("GET", graphRoot+"/teams/{team}/primaryChannel", s.primaryChannel)
	s.route("GET", graphRoot+"/users/{user}", s.getUser)
	s.host.Router.Add("POST", graphRoot+"/$batch", s.batch) // its items take the lock one by one

	// graph.microsoft.com: Teams apps
	s.route("GET", graphRoot+"/appCatalogs/teamsApps", s.listCatalog)
	s.route("GET", graphRoot+"/teams/{team}/installedApps", s.listInstalled)
	s.route("POST", graphRoot+"/teams/{team}/installedApps", s.installApp)
	s.route("DELETE", graphRoot+"/teams/{team}/installedApps/{app}", s.uninstallApp)
	s.route("GET", graphRoot+"/users/{user}/teamwork/installedApps", s.listInstalled)
	s.route("POST", graphRoot+"/users/{user}/teamwork/installedApps", s.installApp)
	s.route("DELETE", graphRoot+"/users/{user}/teamwork/installedApps/{app}", s.uninstallApp)

	s.addCatalogRoutes()
	s.addDirectoryRoutes()
	s.addAzureRoutes()
	s.addBotFrameworkRoutes()

	// smba.trafficmanager.net
	s.route("POST", connectorRoot+"/conversations", s.createConversation)
	s.route("POST", connectorRoot+"/conversations/{conversation}/activities", s.postActivity)
	s.route("POST", connectorRoot+"/conversations/{conversation}/activities/{activity}", s.postActivity) // a reply
	s.route("PUT", connectorRoot+"/conversations/{conversation}/activities/{activity}", s.updateActivity)
	s.route("DELETE", connectorRoot+"/conversations/{conversation}/activities/{activity}", s.deleteActivity)
	s.route("GET", connectorRoot+"/conversations/{conversation}/members", s.listMembers)
	s.route("GET", connectorRoot+"/conversations/{conversation}/pagedmembers", s.pagedMembers)
	s.route("GET", connectorRoot+"/conversations/{conversation}/members/{member}", s.getMember)
	s.route("GET", connectorRoot+"/teams/{conversation}", s.getTeamDetails)
	s.route("GET", connectorRoot+"/teams/{conversation}/conversations", s.teamConversations)

	// *.logic.azure.com
	s.route("POST", workflowsRoot+"/{rest...}", s.postWebhook)

	s.route("*", loginRoot+"/{rest...}", s.missing)
	s.route("*", "/_graph/{rest...}", s.missing)
	s.route("*", "/_connector/{rest...}", s.missing)
	s.route("*", workflowsRoot+"/{rest...}", s.missing)
}

func (s *Server) route(method, pattern string, handle func(*call) *reply) {
	s.host.Router.Add(method, pattern, s.locked(handle))
}

// locked runs one handler at a time.
func (s *Server) locked(handle func(*call) *reply) emulator.Serve {
	return func(c *call, fault *emulator.Fault) *reply {
		if len(c.Raw) > 0 && strings.Contains(c.Header.Get("Content-Type"), "json") {
			_ = emulator.Decode(c.Raw, &c.Body) // handlers look at Raw where it matters
		}
		fault.Wait(s.host.Context())
		s.mu.Lock()
		defer s.mu.Unlock()
		c.Now = s.host.Clock.Now()
		return handle(c)
	}
}

func (s *Server) missing(c *call) *reply {
	return failure(http.StatusBadRequest, "NotImplemented", "novutest does not implement "+c.Method+" "+c.Path)
}

// failure is an error as the connector, Workflows and Graph write it.
func failure(status int, code, message string) *reply {
	return emulator.JSON(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
