package novu

// ChannelType is a channel that Novu delivers through.
type ChannelType string

// Novu's channels. Teams is a chat.
const (
	ChannelChat  ChannelType = "chat"
	ChannelEmail ChannelType = "email"
	ChannelSMS   ChannelType = "sms"
	ChannelPush  ChannelType = "push"
	ChannelInApp ChannelType = "in_app"
)

// ProviderID is a provider that Novu can deliver through. There are many more
// than those named here.
type ProviderID string

// Providers of the chat channel.
const (
	ProviderMSTeams ProviderID = "msteams"
	ProviderSlack   ProviderID = "slack"
)
