package msteams

import (
	"net/url"

	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/internal/services"
)

// Services returns how the client reaches Microsoft's services, for this module's package setup:
// the type is internal. It sends nothing.
func (c *Client) Services() services.Microsoft {
	return services.Microsoft{
		Graph: c.service(c.graph), GraphScope: c.cloud.GraphScope,
		ResourceManager: c.service(c.resourceManager), ResourceManagerScope: c.cloud.ResourceManager + "/.default",
		Login: c.login.String(), CatalogUpload: c.cloud.Graph != clouds[CloudChina].Graph,
		GCC: c.cloud.Connector == "https://"+gccConnector+"/teams",
	}
}

func (c *Client) service(base *url.URL) *rest.Client {
	secret := c.secret()
	service := *c.rest
	service.Base = base
	service.Scrub = func(text string) string { return redact.Scrub(text, secret) }
	return &service
}
