package setup

import "encoding/json"

const (
	armVersion   = "2021-04-01"
	botVersion   = "2022-09-15"
	botNamespace = "Microsoft.BotService"
)

type subscription struct {
	ID    string `json:"subscriptionId"`
	Name  string `json:"displayName"`
	State string `json:"state"`
}

type resourceProvider struct {
	RegistrationState string `json:"registrationState"`
}

type resourceGroupInfo struct {
	Name     string            `json:"name"`
	Location string            `json:"location"`
	Tags     map[string]string `json:"tags"`
}

// bot is an Azure Bot. Its properties are kept as they came, since an update
// has to send them all.
type bot struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Location   string            `json:"location"`
	Kind       string            `json:"kind,omitempty"`
	SKU        *sku              `json:"sku,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
	Properties map[string]any    `json:"properties"`
}

type sku struct {
	Name string `json:"name"`
}

func (b *bot) text(property string) string {
	s, _ := b.Properties[property].(string)
	return s
}

// botReadOnly are the properties that Azure answers and does not take.
var botReadOnly = []string{
	"endpointVersion", "configuredChannels", "enabledChannels", "cmekEncryptionStatus",
	"isDeveloperAppInsightsApiKeySet", "migrationToken", "privateEndpointConnections", "provisioningState",
}

type botChannel struct {
	Location   string            `json:"location"`
	Properties channelProperties `json:"properties"`
}

type channelProperties struct {
	ChannelName       string                     `json:"channelName"`
	ProvisioningState string                     `json:"provisioningState,omitempty"`
	Properties        map[string]json.RawMessage `json:"properties"`
}

func (c *botChannel) enabled() bool { return string(c.Properties.Properties["isEnabled"]) == "true" }
