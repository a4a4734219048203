package msteams

import "github.com/novu-go/novu/internal/services"

// Services returns how the client reaches Microsoft's services, for this
// module's package setup: the type is internal. It sends nothing.
func (c *Client) Services() services.Microsoft {
	return services.Microsoft{
		Graph: c.graph, GraphScope: c.cloud.graphScope(),
		ResourceManager: c.resourceManager, ResourceManagerScope: c.cloud.ResourceManager + "/.default",
		Login: c.login.Base.String(), CatalogUpload: c.cloud.Graph != clouds[CloudChina].Graph,
		GCC: c.cloud.Connector == "https://"+gccConnector+"/teams",
	}
}
