package msteams

import (
	"net/url"
	"strings"
)

// Cloud is one of Microsoft's national clouds. A tenant lives in exactly one.
type Cloud string

// Microsoft's clouds; the default is CloudPublic. No service URL is known for
// proactive messages in CloudChina: set Endpoints.Connector or [WithServiceURL].
const (
	CloudPublic  Cloud = "public"
	CloudGCC     Cloud = "gcc"
	CloudGCCHigh Cloud = "gcc-high"
	CloudDoD     Cloud = "dod"
	CloudChina   Cloud = "china"
)

// Endpoints are the roots of Microsoft's services. An empty field keeps the
// cloud's own. Each is absolute and https; plain http is accepted for loopback.
type Endpoints struct {
	Login     string // https://login.microsoftonline.com
	BotLogin  string // where the bot token comes from; empty: as Login
	Graph     string // https://graph.microsoft.com, without /v1.0
	Connector string // the service URL, https://smba.trafficmanager.net/teams

	ResourceManager string // https://management.azure.com, for package setup
}

// or fills the empty fields of e from d.
func (e Endpoints) or(d Endpoints) Endpoints {
	if e.BotLogin == "" {
		e.BotLogin = e.Login
	}
	for _, f := range []struct {
		own      *string
		fallback string
	}{{&e.Login, d.Login}, {&e.BotLogin, d.BotLogin}, {&e.Graph, d.Graph}, {&e.Connector, d.Connector}, {&e.ResourceManager, d.ResourceManager}} {
		if *f.own == "" {
			*f.own = f.fallback
		}
	}
	return e
}

// cloudData is what differs between clouds.
type cloudData struct {
	Endpoints
	botScope string
	hosts    []string // that may be sent the bot token
}

// graphScope names the resource, whichever host stands in for it.
func (d *cloudData) graphScope() string { return d.Graph + "/.default" }

const (
	publicLogin = "https://login.microsoftonline.com"
	usLogin     = "https://login.microsoftonline.us"
	publicBot   = "https://api.botframework.com/.default"
	usBot       = "https://api.botframework.us/.default"

	publicConnector = "smba.trafficmanager.net"
	gccConnector    = "smba.infra.gcc.teams.microsoft.com"
	highConnector   = "smba.infra.gov.teams.microsoft.us"
	dodConnector    = "smba.infra.dod.teams.microsoft.us"
)

const (
	publicManagement = "https://management.azure.com"
	usManagement     = "https://management.usgovcloudapi.net"
)

var clouds = map[Cloud]cloudData{
	CloudPublic: {
		Endpoints: Endpoints{
			Login: publicLogin, BotLogin: publicLogin, Graph: "https://graph.microsoft.com",
			Connector: "https://" + publicConnector + "/teams", ResourceManager: publicManagement,
		},
		botScope: publicBot, hosts: []string{publicConnector, gccConnector},
	},
	CloudGCC: {
		Endpoints: Endpoints{
			Login: publicLogin, BotLogin: publicLogin, Graph: "https://graph.microsoft.com",
			Connector: "https://" + gccConnector + "/teams", ResourceManager: publicManagement,
		},
		botScope: publicBot, hosts: []string{publicConnector, gccConnector},
	},
	CloudGCCHigh: {
		Endpoints: Endpoints{
			Login: usLogin, BotLogin: usLogin, Graph: "https://graph.microsoft.us",
			Connector: "https://" + highConnector + "/teams", ResourceManager: usManagement,
		},
		botScope: usBot, hosts: []string{highConnector},
	},
	CloudDoD: {
		Endpoints: Endpoints{
			Login: usLogin, BotLogin: usLogin, Graph: "https://dod-graph.microsoft.us",
			Connector: "https://" + dodConnector + "/teams", ResourceManager: usManagement,
		},
		botScope: usBot, hosts: []string{dodConnector},
	},
	CloudChina: {
		Endpoints: Endpoints{
			Login: "https://login.chinacloudapi.cn", BotLogin: "https://login.partner.microsoftonline.cn",
			Graph: "https://microsoftgraph.chinacloudapi.cn", ResourceManager: "https://management.chinacloudapi.cn",
		},
		botScope: "https://api.botframework.azure.cn/.default",
	},
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
