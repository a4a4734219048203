package microsoft

import (
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	azureRoot      = "/_arm"
	botNamespace   = "Microsoft.BotService"
	inSubscription = azureRoot + "/subscriptions/{subscription}"
	inGroup        = inSubscription + "/resourcegroups/{group}"
	botsPattern    = inGroup + "/providers/" + botNamespace + "/botServices"
	// azureDelay is how long Azure takes to register a provider, and to provision a bot.
	azureDelay = 150 * time.Millisecond
)

// SubscriptionID is the one subscription that operators see.
const SubscriptionID = "4f3c1f7e-90ab-4c1d-8d57-2a6b9e0c7d11"

// azure is what Azure Resource Manager remembers.
type azure struct {
	registered map[string]time.Time // when the provider is registered, by subscription
	groups     map[string]object    // by path
	bots       map[string]*azureBot // by path
}

// ResourceManagerURL stands for https://management.azure.com.
func (s *Server) ResourceManagerURL() string { return s.host.URL + azureRoot }

func (s *Server) addAzureRoutes() {
	add := func(method, pattern string, handle func(*call) *reply) {
		s.route(method, pattern, func(c *call) *reply {
			if refused := s.authorizeAzure(c); refused != nil {
				return refused
			}
			if c.Query.Get("api-version") == "" {
				return azureError(http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
			}
			return handle(c)
		})
	}
	add("GET", azureRoot+"/subscriptions", s.listSubscriptions)
	add("GET", inSubscription+"/providers/{namespace}", s.getProvider)
	add("POST", inSubscription+"/providers/{namespace}/register", s.registerProvider)
	add("GET", inSubscription+"/providers/"+botNamespace+"/botServices", s.listBots)
	add("POST", azureRoot+"/providers/"+botNamespace+"/checkNameAvailability", s.checkBotName)
	add("GET", inGroup, s.getGroup)
	add("PUT", inGroup, s.putGroup)
	add("DELETE", inGroup, s.deleteGroup)
	add("GET", inGroup+"/resources", s.listResources)
	add("GET", botsPattern, s.listBots)
	add("GET", botsPattern+"/{bot}", s.getBot)
	add("PUT", botsPattern+"/{bot}", s.putBot)
	add("PATCH", botsPattern+"/{bot}", s.patchBot)
	add("DELETE", botsPattern+"/{bot}", s.deleteBot)
	add("GET", botsPattern+"/{bot}/channels", s.listBotChannels)
	add("GET", botsPattern+"/{bot}/channels/{channel}", s.getBotChannel)
	add("PUT", botsPattern+"/{bot}/channels/{channel}", s.putBotChannel)
	add("PATCH", botsPattern+"/{bot}/channels/{channel}", s.putBotChannel)
	add("DELETE", botsPattern+"/{bot}/channels/{channel}", s.deleteBotChannel)
	s.route("*", azureRoot+"/{rest...}", s.missing)
}

func (s *Server) listSubscriptions(*call) *reply {
	return emulator.JSON(http.StatusOK, object{
		"value": []any{object{
			"id": "/subscriptions/" + SubscriptionID, "subscriptionId": SubscriptionID, "displayName": "Emulated", "state": "Enabled",
			"tenantId": s.config.TenantID,
		}},
		"count": object{"type": "Total", "value": 1},
	})
}

func (s *Server) provider(c *call) object {
	at, asked := s.azure.registered[c.Params["subscription"]+"/"+strings.ToLower(c.Params["namespace"])]
	state := "NotRegistered"
	switch {
	case asked && !c.Now.Before(at):
		state = "Registered"
	case asked:
		state = "Registering"
	}
	return object{
		"id": "/subscriptions/" + c.Params["subscription"] + "/providers/" + c.Params["namespace"], "namespace": c.Params["namespace"],
		"registrationState": state, "registrationPolicy": "RegistrationRequired",
		"resourceTypes": []any{object{
			"resourceType": "botServices", "locations": []any{"Global"}, "apiVersions": []any{"2022-09-15"},
			"locationMappings": []any{object{"location": "Global", "type": "EdgeZone", "extendedLocations": []any{}}},
			"capabilities":     "SupportsTags, SupportsLocation",
		}},
	}
}

func (s *Server) getProvider(c *call) *reply { return emulator.JSON(http.StatusOK, s.provider(c)) }

func (s *Server) registerProvider(c *call) *reply {
	key := c.Params["subscription"] + "/" + strings.ToLower(c.Params["namespace"])
	if _, asked := s.azure.registered[key]; !asked {
		s.azure.registered[key] = c.Now.Add(azureDelay)
	}
	return emulator.JSON(http.StatusOK, s.provider(c))
}

func groupKey(c *call) string {
	return strings.ToLower(c.Params["subscription"] + "/" + c.Params["group"])
}

func noGroup(c *call) *reply {
	return azureError(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '"+c.Params["group"]+"' could not be found.")
}

func (s *Server) getGroup(c *call) *reply {
	group := s.azure.groups[groupKey(c)]
	if group == nil {
		return noGroup(c)
	}
	return emulator.JSON(http.StatusOK, group)
}

func (s *Server) putGroup(c *call) *reply {
	body, has := bodyObject(c), s.azure.groups[groupKey(c)]
	status := http.StatusOK
	switch {
	case body.text("location") == "":
		return azureError(http.StatusBadRequest, "LocationRequired", "The location property is required for this definition.")
	case has == nil:
		status = http.StatusCreated
	case has.text("location") != body.text("location"):
		return azureError(http.StatusConflict, "InvalidResourceGroupLocation", "The resource group already exists in location '"+has.text("location")+"'.")
	}
	group := object{
		"id": "/subscriptions/" + c.Params["subscription"] + "/resourceGroups/" + c.Params["group"], "name": c.Params["group"],
		"type": "Microsoft.Resources/resourceGroups", "location": body["location"], "properties": object{"provisioningState": "Succeeded"},
	}
	if tags, hasTags := body["tags"]; hasTags {
		group["tags"] = tags
	}
	s.azure.groups[groupKey(c)] = group.clone()
	return emulator.JSON(status, group)
}

func (s *Server) deleteGroup(c *call) *reply {
	if s.azure.groups[groupKey(c)] == nil {
		return noGroup(c)
	}
	delete(s.azure.groups, groupKey(c))
	for path := range s.azure.bots {
		if strings.HasPrefix(path, groupKey(c)+"/") {
			delete(s.azure.bots, path)
		}
	}
	return (&reply{Status: http.StatusAccepted}).With("Location", s.ResourceManagerURL()+"/subscriptions/"+c.Params["subscription"]+"/operationresults/done").
		With("Retry-After", "1")
}

func (s *Server) listResources(c *call) *reply {
	if s.azure.groups[groupKey(c)] == nil {
		return noGroup(c)
	}
	values := []any{}
	for path, b := range s.azure.bots {
		if strings.HasPrefix(path, groupKey(c)+"/") {
			values = append(values, object{"id": b.resource["id"], "name": b.resource["name"], "type": b.resource["type"]})
		}
	}
	return emulator.JSON(http.StatusOK, object{"value": values})
}
