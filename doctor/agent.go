package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/novu-go/novu"
)

// agent is a bot that people write to.
type agent struct {
	*subject
	x *examination

	found *novu.Agent             // set by CheckAgent
	links []novu.AgentIntegration // with integrations for Teams, set by CheckAgentLinks
}

func examineAgent(ctx context.Context, x *examination) {
	a := &agent{x: x, subject: &subject{
		rank: rankAgent, title: subjectTitle("Agent", x.question.AgentIdentifier), uses: []*subject{x.server.subject},
	}}
	x.add(ctx, a.subject,
		link{name: CheckAgent, needs: []Check{CheckKey}, run: a.checkExists, then: a.examineBridge},
		link{name: CheckAgentActive, needs: []Check{CheckAgent}, run: a.checkActive},
		link{name: CheckAgentAccess, needs: []Check{CheckAgent}, run: a.checkAccess},
		link{name: CheckAgentTyping, needs: []Check{CheckAgent}, run: a.checkTyping},
		link{
			name: CheckAgentLinks, needs: []Check{CheckAgent}, after: []Check{CheckIntegrations, CheckAgentActive},
			run: a.checkLinks, then: a.examineWhatIsLinked,
		},
	)
}

func (a *agent) checkExists(ctx context.Context, _ findings) Finding {
	found, err := a.x.doctor.novu.Agents.Get(ctx, a.x.question.AgentIdentifier)
	switch {
	case errors.Is(err, novu.ErrRouteNotFound):
		return broken("the server knows no agents: it is too old", "Update the Novu server to 3.19 or newer.")
	case errors.Is(err, novu.ErrNotFound):
		return a.explainMissing(ctx)
	case err != nil:
		return a.x.inconclusive(ctx, err)
	}
	a.found = found
	return ok("it is %q", found.Name).with("_id", found.ID).with("runtime", found.Runtime)
}

// explainMissing names the agents that there are. The internal id is part of the webhook's address, and
// is easily taken for the identifier.
func (a *agent) explainMissing(ctx context.Context) Finding {
	f := broken("the environment has no such agent",
		"Check the identifier, and that the secret key belongs to the agent's environment. Agents.Ensure makes the agent.")
	page, err := a.x.doctor.novu.Agents.List(ctx, novu.ListAgentsParams{Limit: 100})
	if err != nil {
		return f // the others would only have helped
	}
	for _, other := range page.Data {
		if other.ID == a.x.question.AgentIdentifier {
			f.Message += "; this is the internal id of " + other.Identifier
		}
	}
	return f.with("agents", list(page.Data, func(one novu.Agent) string { return one.Identifier }))
}

func (a *agent) checkActive(context.Context, findings) Finding {
	if a.found.Active {
		return ok("it is active")
	}
	return broken("it is not active, so Novu drops every message without a word",
		"Switch it on: Agents.Update with Active, or Novu dashboard > Agents > "+a.found.Name+".")
}

func (a *agent) restricted() bool { return a.found.Behavior.SubscriberAccess == novu.AccessRestricted }

// checkAccess only tells. Whether somebody in particular may write is for CheckLinked.
func (a *agent) checkAccess(context.Context, findings) Finding {
	if a.restricted() {
		return ok("it is restricted: Novu itself answers people whom it does not recognize, and the bridge gets none of their messages")
	}
	return ok("it is open to everybody; people whom Novu does not recognize arrive without a subscriber")
}

// checkTyping warns of what makes Novu lose messages that people write in quick succession.
func (a *agent) checkTyping(context.Context, findings) Finding {
	if shown := a.found.Behavior.AcknowledgeOnReceived; shown != nil && !*shown {
		return ok("Novu shows no \"typing\" before it hands a message over")
	}
	return warning("before Novu hands a message over, it shows \"typing\", and drops what the person writes in the meantime",
		"Switch that off: Agents.Update with Behavior.AcknowledgeOnReceived false. The bridge can show it with Turn.Typing. "+
			"Fewer messages are dropped then; what is written while Novu hands one over is always dropped.")
}

func (a *agent) checkLinks(ctx context.Context, _ findings) Finding {
	all, err := a.x.doctor.novu.Agents.Integrations(ctx, a.found.Identifier)
	if err != nil {
		return a.x.inconclusive(ctx, err)
	}
	asked := a.x.question.IntegrationIdentifier
	for _, l := range all {
		if l.Integration.ProviderID == novu.ProviderMSTeams && (asked == "" || l.Integration.Identifier == asked) {
			a.links = append(a.links, l)
		}
	}
	names := list(all, func(l novu.AgentIntegration) string { return l.Integration.Identifier })
	switch {
	case len(a.links) > 0:
		return ok("it is linked with %s for Microsoft Teams", count(len(a.links), "integration", "integrations"))
	case a.x.server.isProduction():
		return warning("it is linked with no such integration. In a production environment the first message from Teams makes the link, so none has come yet",
			"Write to the bot in Teams. If nothing comes, compare its messaging endpoint: Client.AgentWebhookURL.").with("linked", names)
	}
	return broken("it is linked with no integration for Microsoft Teams"+ofName(asked),
		"Link it: Agents.LinkIntegration, or Agents.Ensure with IntegrationIdentifier. Where a link was removed, Novu drops every message.").
		with("linked", names)
}

func ofName(identifier string) string {
	if identifier == "" {
		return ""
	}
	return " of the name " + identifier
}

// isProduction tells whether agents can't be linked by hand.
func (s *server) isProduction() bool {
	return s.environment != nil && strings.EqualFold(s.environment.Name, "Production")
}

// examineWhatIsLinked examines the integrations, and who writes through them. Their checks read what is
// known of the agent by now, and do not wait for checks of its subject: it may not have all of them yet.
func (a *agent) examineWhatIsLinked(ctx context.Context) {
	if a.found == nil {
		return
	}
	for _, identifier := range a.integrations() {
		i := newIntegration(a.x, identifier)
		i.needed, i.bot, i.agent = true, true, a
		i.examine(ctx)
	}
	examineWriter(ctx, a)
}

// integrations are those that the agent is linked with, or else the one that the question names.
func (a *agent) integrations() []string {
	var identifiers []string
	for _, l := range a.links {
		identifiers = append(identifiers, l.Integration.Identifier)
	}
	if asked := a.x.question.IntegrationIdentifier; len(identifiers) == 0 && asked != "" {
		return []string{asked}
	}
	return identifiers
}

// link is the link with an integration, nil if there is none.
func (a *agent) link(identifier string) *novu.AgentIntegration {
	for _, l := range a.links {
		if l.Integration.Identifier == identifier {
			return &l
		}
	}
	return nil
}
