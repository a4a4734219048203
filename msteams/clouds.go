package msteams

import (
	"cmp"
	"net/url"
	"strings"
)

// Cloud is one of Microsoft's national clouds. A tenant lives in exactly one.
type Cloud string

// Microsoft's clouds. The default is CloudPublic. No service URL is known for proactive messages in
// CloudChina: set Endpoints.Connector or [WithServiceURL].
const (
	CloudPublic  Cloud = "public"
	CloudGCC     Cloud = "gcc"
	CloudGCCHigh Cloud = "gcc-high"
	CloudDoD     Cloud = "dod"
	CloudChina   Cloud = "china"
)

// Endpoints are the roots of Microsoft's services, and what tokens for them are asked for. An empty
// field keeps the cloud's own. Each root is absolute and https; plain http is accepted for
// loopback. A cloud that [WithCloud] does not know is given whole, scopes included.
type Endpoints struct {
	Login     string // https://login.microsoftonline.com
	BotLogin  string // where the bot token comes from; empty: as Login
	Graph     string // https://graph.microsoft.com, without /v1.0
	Connector string // the service URL, https://smba.trafficmanager.net/teams

	GraphScope string // https://graph.microsoft.com/.default
	BotScope   string // https://api.botframework.com/.default

	ResourceManager string // https://management.azure.com, for package setup
}

// or fills the empty fields of e from d.
func (e Endpoints) or(d Endpoints) Endpoints {
	return Endpoints{
		Login:      cmp.Or(e.Login, d.Login),
		BotLogin:   cmp.Or(e.BotLogin, e.Login, d.BotLogin),
		Graph:      cmp.Or(e.Graph, d.Graph),
		Connector:  cmp.Or(e.Connector, d.Connector),
		GraphScope: cmp.Or(e.GraphScope, d.GraphScope),
		BotScope:   cmp.Or(e.BotScope, d.BotScope),

		ResourceManager: cmp.Or(e.ResourceManager, d.ResourceManager),
	}
}

// cloudData is what differs between clouds.
type cloudData struct {
	Endpoints
	hosts     []string // that may be sent the bot token
	botTenant string   // issues the bot tokens of multi-tenant bots
}

const (
	publicLogin = "https://login.microsoftonline.com"
	usLogin     = "https://login.microsoftonline.us"
	publicGraph = "https://graph.microsoft.com"
	publicBot   = "https://api.botframework.com/.default"
	usBot       = "https://api.botframework.us/.default"
	usBotTenant = "MicrosoftServices.onmicrosoft.us"

	publicConnector = "smba.trafficmanager.net"
	gccConnector    = "smba.infra.gcc.teams.microsoft.com"
	highConnector   = "smba.infra.gov.teams.microsoft.us"
	dodConnector    = "smba.infra.dod.teams.microsoft.us"
)

const (
	publicManagement = "https://management.azure.com"
	usManagement     = "https://management.usgovcloudapi.net"
)

// graphResource names Graph, whichever host stands in for it.
func (d *cloudData) graphResource() string { return strings.TrimSuffix(d.GraphScope, "/.default") }

// scope names all that was granted for a resource.
func scope(resource string) string { return resource + "/.default" }

var clouds = map[Cloud]cloudData{
	CloudPublic: {
		Endpoints: Endpoints{
			Login: publicLogin, BotLogin: publicLogin, Graph: publicGraph, Connector: "https://" + publicConnector + "/teams",
			GraphScope: scope(publicGraph), BotScope: publicBot, ResourceManager: publicManagement,
		},
		hosts: []string{publicConnector, gccConnector}, botTenant: BotFrameworkTenant,
	},
	CloudGCC: {
		Endpoints: Endpoints{
			Login: publicLogin, BotLogin: publicLogin, Graph: publicGraph, Connector: "https://" + gccConnector + "/teams",
			GraphScope: scope(publicGraph), BotScope: publicBot, ResourceManager: publicManagement,
		},
		hosts: []string{publicConnector, gccConnector}, botTenant: BotFrameworkTenant,
	},
	CloudGCCHigh: {
		Endpoints: Endpoints{
			Login: usLogin, BotLogin: usLogin, Graph: "https://graph.microsoft.us", Connector: "https://" + highConnector + "/teams",
			GraphScope: scope("https://graph.microsoft.us"), BotScope: usBot, ResourceManager: usManagement,
		},
		hosts: []string{highConnector}, botTenant: usBotTenant,
	},
	CloudDoD: {
		Endpoints: Endpoints{
			Login: usLogin, BotLogin: usLogin, Graph: "https://dod-graph.microsoft.us", Connector: "https://" + dodConnector + "/teams",
			GraphScope: scope("https://dod-graph.microsoft.us"), BotScope: usBot, ResourceManager: usManagement,
		},
		hosts: []string{dodConnector}, botTenant: usBotTenant,
	},
	CloudChina: {
		Endpoints: Endpoints{
			Login: "https://login.chinacloudapi.cn", BotLogin: "https://login.partner.microsoftonline.cn",
			Graph:      "https://microsoftgraph.chinacloudapi.cn",
			GraphScope: scope("https://microsoftgraph.chinacloudapi.cn"), BotScope: "https://api.botframework.azure.cn/.default",
			ResourceManager: "https://management.chinacloudapi.cn",
		},
		botTenant: "microsoftservices.partner.onmschina.cn",
	},
}

// isBotFramework reports whether tenant issues the bot tokens of multi-tenant bots in any cloud.
func isBotFramework(tenant string) bool {
	for _, cloud := range clouds {
		if strings.EqualFold(tenant, cloud.botTenant) {
			return true
		}
	}
	return false
}

// origin is what a credential is bound to: scheme, host and port.
func origin(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// hostList is where the bot token may go.
type hostList struct {
	insecure bool
	origins  map[string]bool
}

func newHostList(hosts []string, cfg *config) *hostList {
	l := &hostList{insecure: cfg.Insecure, origins: map[string]bool{}}
	for _, host := range append(hosts[:len(hosts):len(hosts)], cfg.connectorHosts...) {
		l.origins[origin(&url.URL{Scheme: "https", Host: host})] = true
	}
	return l
}

// allow adds the origin of a configured URL, nil where that was none.
func (l *hostList) allow(u *url.URL) {
	if u != nil {
		l.origins[origin(u)] = true
	}
}

func (l *hostList) allowed(u *url.URL) bool { return l.origins[origin(u)] }
