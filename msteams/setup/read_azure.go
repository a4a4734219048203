package setup

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

func apiVersion(version string) url.Values { return url.Values{"api-version": {version}} }

func (r *run) azure() *door { return r.doors[azureDoor] }

// readSubscription takes the configured subscription, or the only enabled one.
func (r *run) readSubscription(ctx context.Context) {
	switch {
	case r.config.Azure == nil:
		return
	case !r.usable(azureDoor):
		r.subscription = found[string]{err: r.closed[azureDoor]}
		return
	case r.config.Azure.SubscriptionID != "":
		r.subscription = found[string]{value: &r.config.Azure.SubscriptionID, known: true}
		return
	}
	items, err := list[subscription](ctx, r.azure(), "list subscriptions", "/subscriptions", nil, apiVersion(armVersion))
	if err != nil {
		r.subscription = found[string]{err: err}
		return
	}
	var enabled, names []string
	for _, s := range *items {
		if strings.EqualFold(s.State, "Enabled") {
			enabled, names = append(enabled, s.ID), append(names, fmt.Sprintf("%s (%s)", s.ID, plain(s.Name)))
		}
	}
	if len(enabled) != 1 {
		message := "the identity sees no enabled subscription"
		if len(enabled) > 1 {
			message = "the identity sees several subscriptions: " + strings.Join(names, ", ")
		}
		r.subscription = found[string]{err: (&Error{Op: "choose subscription", Message: message}).is("set Azure.SubscriptionID")}
		return
	}
	r.subscription = found[string]{value: &enabled[0], known: true}
}

func (r *run) readProvider(ctx context.Context) {
	r.provider = found[resourceProvider]{err: r.subscription.err}
	if r.subscription.value == nil {
		return
	}
	const op = "read resource provider"
	provider, _, err := get[resourceProvider](ctx, r.azure(), op,
		"/subscriptions/{subscription}/providers/"+botNamespace, []string{*r.subscription.value}, apiVersion(armVersion))
	r.provider = answered(provider, mustHave(err, provider.RegistrationState != "", op, "state"))
}

const groupRoute = "/subscriptions/{subscription}/resourcegroups/{group}"

func (r *run) groupArgs() []string {
	return []string{*r.subscription.value, r.config.Azure.ResourceGroup}
}

func (r *run) readGroup(ctx context.Context) {
	r.group = found[resourceGroupInfo]{err: r.subscription.err}
	if r.subscription.value == nil {
		return
	}
	const op = "find resource group"
	group, _, err := get[resourceGroupInfo](ctx, r.azure(), op, groupRoute, r.groupArgs(), apiVersion(armVersion))
	r.group = answered(group, mustHave(err, group.Name != "", op, "resource group"))
}

const (
	botsRoute    = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + botNamespace + "/botServices"
	botRoute     = botsRoute + "/{bot}"
	channelRoute = botRoute + "/channels/MsTeamsChannel"
)

// botArgs name the bot: where it was found, else where it is to be.
func (r *run) botArgs() []string {
	if r.bot.value != nil {
		if args := botPath(r.bot.value.ID); args != nil {
			return args
		}
	}
	return append(r.groupArgs(), r.appID())
}

// botPath takes a resource id apart, nil where it is not a bot's.
func botPath(id string) []string {
	parts := strings.Split(strings.Trim(id, "/"), "/")
	if len(parts) != 8 || !strings.EqualFold(parts[0], "subscriptions") || !strings.EqualFold(parts[2], "resourceGroups") ||
		!strings.EqualFold(parts[5], botNamespace) || !strings.EqualFold(parts[6], "botServices") {
		return nil
	}
	return []string{parts[1], parts[3], parts[7]}
}

// readBot finds the bot by its name, which is the client id, and else any bot
// of the subscription with this application.
func (r *run) readBot(ctx context.Context) {
	r.bot = found[bot]{err: r.subscription.err}
	switch {
	case r.subscription.value == nil:
		return
	case r.appID() == "":
		r.bot.known = r.app.missing()
		return
	}
	const op = "find bot"
	one, _, err := get[bot](ctx, r.azure(), op, botRoute, append(r.groupArgs(), r.appID()), apiVersion(botVersion))
	if r.bot = answered(one, mustHave(err, one.ID != "" && one.Properties != nil, op, "bot")); !r.bot.missing() {
		return
	}
	all, err := list[bot](ctx, r.azure(), op, "/subscriptions/{subscription}/providers/"+botNamespace+"/botServices",
		[]string{*r.subscription.value}, apiVersion(botVersion))
	if isMissing(err) || hasCode(err, "MissingSubscriptionRegistration", "NoRegisteredProviderFound") {
		return // nothing can be there
	}
	if err != nil {
		r.bot = found[bot]{err: err}
		return
	}
	for i := range *all {
		if strings.EqualFold((*all)[i].text("msaAppId"), r.appID()) && botPath((*all)[i].ID) != nil {
			r.bot.value = &(*all)[i]
		}
	}
}

func (r *run) readChannel(ctx context.Context) {
	r.channel = found[botChannel]{known: r.bot.missing(), err: r.bot.err}
	if r.bot.value == nil {
		return
	}
	const op = "find Teams channel"
	channel, _, err := get[botChannel](ctx, r.azure(), op, channelRoute, r.botArgs(), apiVersion(botVersion))
	r.channel = answered(channel, mustHave(err, channel.Properties.Properties != nil, op, "channel"))
}
