package microsoft

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// azureBot is a bot resource with its channels.
type azureBot struct {
	resource object
	channels map[string]object // by name in lower case
	ready    time.Time
}

func (b *azureBot) teamsChannelOpen() bool {
	channel := b.channels["msteamschannel"]
	outer, _ := channel["properties"].(map[string]any)
	inner, _ := outer["properties"].(map[string]any)
	return inner["isEnabled"] == true
}

func botKey(c *call) string { return groupKey(c) + "/" + strings.ToLower(c.Params["bot"]) }

func noBot(c *call) *reply {
	return azureError(http.StatusNotFound, "ResourceNotFound", "The Resource '"+botNamespace+"/botServices/"+c.Params["bot"]+
		"' under resource group '"+c.Params["group"]+"' was not found.")
}

// properties of the resource, never nil.
func properties(resource object) object {
	p, _ := resource["properties"].(map[string]any)
	if p == nil {
		return object{}
	}
	return p
}

func (s *Server) wireBot(c *call, b *azureBot) object {
	answer := b.resource.clone()
	p := properties(answer)
	names := []any{"webchat"}
	for name := range b.channels {
		names = append(names, name)
	}
	p["configuredChannels"], p["enabledChannels"], p["endpointVersion"] = names, names, "3.0"
	delete(p, "developerAppInsightsApiKey")
	delete(p, "luisKey")
	state := "Succeeded"
	if c.Now.Before(b.ready) {
		state = "Creating"
	}
	p["provisioningState"] = state
	return answer
}

func (s *Server) listBots(c *call) *reply {
	prefix := strings.ToLower(c.Params["subscription"]) + "/"
	if c.Params["group"] != "" {
		prefix = groupKey(c) + "/"
	}
	values := []any{}
	for path, b := range s.azure.bots {
		if strings.HasPrefix(path, prefix) {
			values = append(values, s.wireBot(c, b))
		}
	}
	return emulator.JSON(http.StatusOK, object{"value": values})
}

func (s *Server) getBot(c *call) *reply {
	b := s.azure.bots[botKey(c)]
	switch {
	case s.azure.groups[groupKey(c)] == nil:
		return noGroup(c)
	case b == nil:
		return noBot(c)
	}
	return emulator.JSON(http.StatusOK, s.wireBot(c, b))
}

// refuseBot is why a bot can't be made, in the order in which Azure looks.
func (s *Server) refuseBot(c *call, p object) *reply {
	at, asked := s.azure.registered[c.Params["subscription"]+"/"+strings.ToLower(botNamespace)]
	invalid := func(message string) *reply {
		return azureError(http.StatusBadRequest, "InvalidBotData", "Bot is not valid. Errors: "+message)
	}
	switch {
	case s.azure.groups[groupKey(c)] == nil:
		return noGroup(c)
	case !asked || c.Now.Before(at):
		return azureError(http.StatusConflict, "MissingSubscriptionRegistration", "The subscription is not registered to use namespace '"+botNamespace+"'.")
	case p.text("displayName") == "", p.text("msaAppId") == "":
		return invalid("displayName and msaAppId are required.. ")
	}
	if _, has := p["endpoint"]; !has {
		return invalid("endpoint is required.. ")
	}
	if kind := p.text("msaAppType"); kind == "" || kind == "MultiTenant" {
		return azureError(http.StatusBadRequest, "InvalidBotCreationData", "Multitenant bot creation is deprecated. Please use SingleTenant or UserAssignedMSI instead.")
	}
	for path, other := range s.azure.bots {
		switch {
		case path == botKey(c):
		case strings.EqualFold(other.resource.text("name"), c.Params["bot"]):
			return invalid("The bot name is already registered to another bot application.")
		case strings.EqualFold(properties(other.resource).text("msaAppId"), p.text("msaAppId")):
			return invalid("MsaAppId: MsaAppId is already in use.. ")
		}
	}
	return nil
}

func (s *Server) putBot(c *call) *reply {
	body := bodyObject(c)
	if refused := s.refuseBot(c, properties(body)); refused != nil {
		return refused
	}
	b := s.azure.bots[botKey(c)]
	status := http.StatusOK
	if b == nil {
		status = http.StatusCreated
		b = &azureBot{channels: map[string]object{}, ready: c.Now.Add(azureDelay)}
		s.azure.bots[botKey(c)] = b
	} else if had := properties(b.resource).text("msaAppId"); !strings.EqualFold(had, properties(body).text("msaAppId")) {
		return azureError(http.StatusBadRequest, "InvalidBotData", "Bot is not valid. Errors: MsaAppId can't be changed.. ")
	}
	body["id"] = "/subscriptions/" + c.Params["subscription"] + "/resourceGroups/" + c.Params["group"] + "/providers/" + botNamespace + "/botServices/" + c.Params["bot"]
	body["name"], body["type"] = c.Params["bot"], botNamespace+"/botServices"
	b.resource = body.clone()
	return emulator.JSON(status, s.wireBot(c, b))
}

func (s *Server) patchBot(c *call) *reply {
	b := s.azure.bots[botKey(c)]
	if b == nil {
		return noBot(c)
	}
	body := bodyObject(c)
	if id := properties(body).text("msaAppId"); id != "" && !strings.EqualFold(id, properties(b.resource).text("msaAppId")) {
		return azureError(http.StatusBadRequest, "InvalidBotData", "Bot is not valid. Errors: MsaAppId can't be changed.. ")
	}
	for _, fixed := range []string{"id", "name", "type"} {
		delete(body, fixed)
	}
	merge(b.resource, body)
	return emulator.JSON(http.StatusOK, s.wireBot(c, b))
}

func (s *Server) deleteBot(c *call) *reply {
	if s.azure.bots[botKey(c)] == nil {
		return emulator.NoContent()
	}
	delete(s.azure.bots, botKey(c))
	return &reply{Status: http.StatusOK}
}

func (s *Server) checkBotName(c *call) *reply {
	name := bodyObject(c).text("name")
	for _, b := range s.azure.bots {
		if strings.EqualFold(b.resource.text("name"), name) {
			return emulator.JSON(http.StatusOK, object{"valid": false, "message": "The bot name is already registered.", "absCode": "NameTaken"})
		}
	}
	return emulator.JSON(http.StatusOK, object{"valid": true, "message": "", "absCode": nil})
}

var channelNames = []string{
	"alexachannel", "facebookchannel", "emailchannel", "kikchannel", "telegramchannel", "slackchannel", "msteamschannel", "skypechannel",
	"webchatchannel", "directlinechannel", "smschannel", "linechannel", "directlinespeechchannel", "outlookchannel", "omnichannel",
	"telephonychannel", "acschatchannel", "searchassistant", "m365extensions",
}

// channelOf finds the bot and the channel of the path.
func (s *Server) channelOf(c *call) (*azureBot, string, *reply) {
	b, name := s.azure.bots[botKey(c)], strings.ToLower(c.Params["channel"])
	switch {
	case b == nil:
		return nil, "", noBot(c)
	case !slices.Contains(channelNames, name):
		return nil, "", azureError(http.StatusBadRequest, "InvalidChannelName", "The channel '"+c.Params["channel"]+"' is not known.")
	}
	return b, name, nil
}

func (s *Server) listBotChannels(c *call) *reply {
	b := s.azure.bots[botKey(c)]
	if b == nil {
		return noBot(c)
	}
	values := []any{}
	for _, channel := range b.channels {
		values = append(values, channel)
	}
	return emulator.JSON(http.StatusOK, object{"value": values})
}

func (s *Server) getBotChannel(c *call) *reply {
	b, name, refused := s.channelOf(c)
	if refused != nil {
		return refused
	}
	if b.channels[name] == nil {
		return azureError(http.StatusNotFound, "ResourceNotFound", "The channel '"+c.Params["channel"]+"' was not found.")
	}
	return emulator.JSON(http.StatusOK, b.channels[name])
}

func (s *Server) putBotChannel(c *call) *reply {
	b, name, refused := s.channelOf(c)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	inner := properties(properties(body))
	if name == "msteamschannel" {
		if at := inner.text("deploymentEnvironment"); at == "" || at == "FallbackDeploymentEnvironment" {
			return azureError(http.StatusInternalServerError, "UnknownError",
				`An unexpected error occurred. Exception: 'Newtonsoft.Json.JsonSerializationException: Error converting value "FallbackDeploymentEnvironment" to type `+
					`'Microsoft.Bot.Internal.Schema.FirstPartyChannelDeploymentEnvironment'. Path 'properties.deploymentEnvironment'.`)
		}
		if inner["acceptedTerms"] != true {
			return azureError(http.StatusBadRequest, "InvalidChannelData", "The terms of the channel have to be accepted.")
		}
	}
	status := http.StatusCreated
	if b.channels[name] != nil {
		status = http.StatusOK
	}
	b.channels[name] = body.clone()
	return emulator.JSON(status, body)
}

func (s *Server) deleteBotChannel(c *call) *reply {
	b, name, refused := s.channelOf(c)
	switch {
	case b == nil:
		return emulator.NoContent()
	case refused != nil:
		return refused
	case b.channels[name] == nil:
		return emulator.NoContent()
	}
	delete(b.channels, name)
	return &reply{Status: http.StatusOK}
}
