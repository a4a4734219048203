package setup

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	portal          = "https://portal.azure.com/#view/HubsExtension/BrowseResource/resourceType/Microsoft.BotService%2FbotServices"
	createBotLink   = "https://portal.azure.com/#create/Microsoft.AzureBot"
	roleContributor = "Contributor on the resource group"
	roleOwner       = "Contributor on the subscription"

	teamsTerms = "applying accepts the terms of the Teams channel, which the portal shows"
)

// azureStep is what all steps of Azure have in common. It is complete where the
// door is closed or the subscription is not known.
func (r *run) azureStep(kind Kind, key, role string, err error) (step Step, complete bool) {
	step = Step{Kind: kind, Key: key, Role: role}
	switch {
	case err != nil:
		return unreadable(step, err), true
	case r.doors[azureDoor].open() && r.config.Azure != nil:
		return step, false
	}
	step.Action, step.Link, step.Reason = ActionAsk, createBotLink, "no identity is configured for Azure"
	if r.config.Azure == nil {
		step.Reason = "Config.Azure is not set"
	}
	step.Remedy = "make an Azure Bot: single tenant, existing app registration, with the Microsoft Teams channel"
	return step, true
}

func (r *run) stepProvider() Step {
	step, complete := r.azureStep(KindResourceProvider, botNamespace, roleOwner, r.provider.err)
	if complete {
		return step
	}
	step.Action = ActionKeep
	state := "NotRegistered"
	if r.provider.value != nil {
		state = r.provider.value.RegistrationState
	}
	if state != "Registered" {
		step.Action, step.Changes = ActionUpdate, []Change{{Field: "registrationState", Old: state, New: "Registered"}}
	}
	return step
}

func (r *run) writeProvider(ctx context.Context) error {
	_, err := r.azure().send(ctx, request{
		op: "register resource provider", kind: rest.IdempotentWrite, method: http.MethodPost,
		route: "/subscriptions/{subscription}/providers/" + botNamespace + "/register",
		args:  []string{*r.subscription.value}, query: apiVersion(armVersion),
	})
	if err != nil {
		return err
	}
	r.say("waiting until " + botNamespace + " is registered")
	return waitUntil(ctx, "wait for the resource provider", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readProvider(ctx)
		if r.provider.value == nil || r.provider.value.RegistrationState != "Registered" {
			return cmpErr(r.provider.err, again(nil))
		}
		return nil
	})
}

func (r *run) stepGroup() Step {
	key := r.config.UniqueName
	if r.config.Azure != nil {
		key = r.config.Azure.ResourceGroup
	}
	step, complete := r.azureStep(KindResourceGroup, key, roleOwner, r.group.err)
	switch {
	case complete:
	case r.group.missing():
		step.Action, step.Changes = ActionCreate, []Change{{Field: "location", New: r.config.Azure.Location}}
	default:
		step.Action = ActionKeep
	}
	return step
}

func (r *run) writeGroup(ctx context.Context) error {
	_, err := r.azure().send(ctx, request{
		op: "create resource group", kind: rest.IdempotentWrite, method: http.MethodPut, route: groupRoute,
		args: r.groupArgs(), query: apiVersion(armVersion),
		body: map[string]any{"location": r.config.Azure.Location, "tags": r.armTags()},
	})
	if err != nil {
		return err
	}
	return waitUntil(ctx, "wait for the resource group", 5*time.Minute, 1, func(ctx context.Context) error {
		r.readGroup(ctx)
		if r.group.value == nil {
			return cmpErr(r.group.err, again(nil))
		}
		return nil
	})
}

// armTags mark what Setup makes in Azure.
func (r *run) armTags() map[string]string {
	return map[string]string{"novu-setup": r.config.UniqueName}
}

func (r *run) stepBot() Step {
	step, complete := r.azureStep(KindBot, r.keyOr(r.appID()), roleContributor, r.bot.err)
	step.Needs = []Kind{KindApplication, KindResourceProvider, KindResourceGroup}
	switch {
	case complete:
		return step
	case r.appID() == "" && !r.app.missing(), !r.bot.known:
		return r.later(step)
	case r.endpoint.err != nil:
		return unreadable(step, r.endpoint.err)
	case r.bot.missing():
		step.Action = ActionCreate
		step.Changes = []Change{
			{Field: "displayName", New: r.config.App.Name}, {Field: "msaAppType", New: "SingleTenant"},
			{Field: "sku", New: "F0"}, {Field: "endpoint", New: withoutQuery(cmp.Or(r.messagingEndpoint(), "none"))},
		}
		return step
	}
	has := r.bot.value
	step.Key, step.Action = has.Name, ActionKeep
	if args := botPath(has.ID); args != nil && !strings.EqualFold(args[1], r.config.Azure.ResourceGroup) {
		step.Reason = "it is in the resource group " + args[1]
	}
	if id := has.text("msaAppId"); !strings.EqualFold(id, r.appID()) {
		step.Action, step.Link, step.Reason = ActionAsk, portal, "a bot with this name belongs to the application "+id
		step.Remedy = "delete that bot, whose application can't be changed"
		return step
	}
	if wanted := r.config.App.Name; has.text("displayName") != wanted && has.Tags["novu-setup"] != "" {
		step.Changes = append(step.Changes, Change{Field: "displayName", Old: has.text("displayName"), New: wanted})
	}
	if wanted := r.messagingEndpoint(); wanted != "" && has.text("endpoint") != wanted {
		step.Changes = append(step.Changes, Change{Field: "endpoint", Old: withoutQuery(has.text("endpoint")), New: withoutQuery(wanted)})
	}
	if len(step.Changes) > 0 {
		step.Action = ActionUpdate
	}
	return step
}

// messagingEndpoint is the configured one, "" where none is.
func (r *run) messagingEndpoint() string {
	if r.endpoint.value == nil {
		return ""
	}
	return *r.endpoint.value
}

// writeBot makes the bot, or changes what differs. A PUT replaces, so an
// existing bot gets a PATCH with all that it has.
func (r *run) writeBot(ctx context.Context) error {
	if r.wantsEndpoint() && r.endpoint.value == nil {
		return cmpErr(r.endpoint.err, again(nil))
	}
	req := request{op: "create bot", kind: rest.IdempotentWrite, method: http.MethodPut, route: botRoute, args: r.botArgs(), query: apiVersion(botVersion)}
	if r.bot.value == nil {
		req.body = bot{
			Location: "global", Kind: "azurebot", SKU: &sku{Name: "F0"}, Tags: r.armTags(),
			Properties: map[string]any{
				"displayName": r.config.App.Name, "endpoint": r.messagingEndpoint(),
				"msaAppType": "SingleTenant", "msaAppId": r.appID(), "msaAppTenantId": r.config.TenantID,
			},
		}
	} else {
		req.op, req.method, req.body = "update bot", http.MethodPatch, r.changedBot()
	}
	got, err := r.azure().send(ctx, req)
	if err != nil {
		return err
	}
	got.pause(ctx)
	r.say("waiting until the bot is provisioned")
	return waitUntil(ctx, "wait for the bot", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readBot(ctx)
		if r.bot.value == nil {
			return cmpErr(r.bot.err, again(nil))
		}
		return provisioned("create bot", r.bot.value.text("provisioningState"))
	})
}

func (r *run) changedBot() bot {
	has := *r.bot.value
	properties := maps.Clone(has.Properties)
	for _, name := range botReadOnly {
		delete(properties, name)
	}
	for name, value := range properties {
		if value == nil {
			delete(properties, name)
		}
	}
	if has.Tags["novu-setup"] != "" {
		properties["displayName"] = r.config.App.Name
	}
	if wanted := r.messagingEndpoint(); wanted != "" {
		properties["endpoint"] = wanted
	}
	return bot{Location: has.Location, Kind: has.Kind, SKU: has.SKU, Tags: has.Tags, Properties: properties}
}

// provisioned reads provisioningState, which may be absent.
func provisioned(op, state string) error {
	switch {
	case state == "" || strings.EqualFold(state, "Succeeded"):
		return nil
	case strings.EqualFold(state, "Failed"), strings.EqualFold(state, "Canceled"):
		return &Error{Op: op, Message: "Azure could not provision it: " + plain(state), Remedy: "look at the activity log of the resource group"}
	}
	return again(nil)
}

func (r *run) stepChannel() Step {
	step, complete := r.azureStep(KindTeamsChannel, "MsTeamsChannel", roleContributor, r.channel.err)
	step.Needs = []Kind{KindBot}
	switch {
	case complete:
		return step
	case !r.channel.known:
		return r.later(step)
	case r.channel.value != nil && r.channel.value.enabled():
		step.Action = ActionKeep
		return step
	}
	step.Action = ActionCreate
	if r.channel.value != nil {
		step.Action = ActionUpdate
	}
	step.Changes = []Change{{Field: "isEnabled", New: "true"}, {Field: "acceptedTerms", New: "true: " + teamsTerms}}
	return step
}

// writeChannel opens the Teams channel. One that is there and switched off gets
// a PATCH: a PUT could overwrite the webhook for calls.
func (r *run) writeChannel(ctx context.Context) error {
	deployment := "CommercialDeployment"
	if r.ms.Services().GCC {
		deployment = "GCCModerateDeployment"
	}
	properties := map[string]json.RawMessage{"enableCalling": json.RawMessage("false")}
	req := request{op: "create Teams channel", kind: rest.IdempotentWrite, method: http.MethodPut, route: channelRoute, args: r.botArgs(), query: apiVersion(botVersion)}
	if r.channel.value != nil {
		req.op, req.method = "enable Teams channel", http.MethodPatch
		properties = maps.Clone(r.channel.value.Properties.Properties)
		if properties == nil {
			properties = map[string]json.RawMessage{}
		}
	}
	properties["isEnabled"], properties["acceptedTerms"] = json.RawMessage("true"), json.RawMessage("true")
	// The specification's default makes the service fail.
	if at := string(properties["deploymentEnvironment"]); at == "" || at == `"FallbackDeploymentEnvironment"` {
		properties["deploymentEnvironment"] = json.RawMessage(fmt.Sprintf("%q", deployment))
	}
	req.body = botChannel{Location: "global", Properties: channelProperties{ChannelName: "MsTeamsChannel", Properties: properties}}
	got, err := r.azure().send(ctx, req)
	if err != nil {
		return err
	}
	got.pause(ctx)
	return waitUntil(ctx, "wait for the Teams channel", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readChannel(ctx)
		if r.channel.value == nil || !r.channel.value.enabled() {
			return cmpErr(r.channel.err, again(nil))
		}
		return provisioned("create Teams channel", r.channel.value.Properties.ProvisioningState)
	})
}

// othersInGroup reports whether the resource group holds more than the bot.
func (r *run) othersInGroup(ctx context.Context) (bool, error) {
	type resource struct {
		ID string `json:"id"`
	}
	items, err := list[resource](ctx, r.azure(), "list resources of the group", groupRoute+"/resources", r.groupArgs(), apiVersion(armVersion))
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(*items, func(one resource) bool {
		args := botPath(one.ID)
		return args == nil || !strings.EqualFold(args[2], r.appID())
	}), nil
}
