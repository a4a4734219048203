package doctor

import (
	"fmt"
	"strings"
	"time"
)

// Check names a link of the chain. There may be more in later versions.
type Check string

// The checks, in the order of the chain.
const (
	CheckTransaction Check = "transaction.exists"   // Novu has a notification for the transaction id
	CheckDelivery    Check = "transaction.delivery" // Novu handed that notification over

	CheckKey          Check = "novu.key"          // the server answers and knows the secret key
	CheckFeature      Check = "novu.feature"      // the organization has the Teams feature
	CheckRoutes       Check = "novu.routes"       // the server has the newer OAuth routes
	CheckCallback     Check = "novu.callback"     // the redirect URI to register in Azure
	CheckIntegrations Check = "novu.integrations" // the integrations can be listed

	CheckAgent       Check = "agent.exists"       // the environment has the agent
	CheckAgentActive Check = "agent.active"       // it is switched on
	CheckAgentAccess Check = "agent.access"       // who may write to it
	CheckAgentTyping Check = "agent.typing"       // whether "typing" makes Novu drop more messages
	CheckAgentLinks  Check = "agent.integrations" // it is linked with an integration for Teams

	CheckBridgeURL   Check = "bridge.url"     // it has an address that Novu can use
	CheckBridge      Check = "bridge.answers" // it answers there, and redirects nowhere
	CheckBridgeKey   Check = "bridge.key"     // it verifies with the environment's secret key
	CheckBridgeAgent Check = "bridge.agent"   // it serves the agent

	CheckWorkflow       Check = "workflow.exists"
	CheckWorkflowActive Check = "workflow.active" // it is switched on and free of errors
	CheckChatStep       Check = "workflow.chat-step"

	CheckSubscriber Check = "subscriber.exists"
	CheckEndpoints  Check = "subscriber.endpoints" // some have exactly the question's contexts
	CheckLinked     Check = "subscriber.linked"    // the agent recognizes the subscriber who writes to it

	CheckEndpointIDs        Check = "endpoint.ids"        // its kind suits the provider, and its ids have the right form
	CheckEndpointConnection Check = "endpoint.connection" // it names a connection, or needs none
	CheckReachable          Check = "endpoint.reachable"  // the bot connector lets the bot into the channel
	CheckChannel            Check = "endpoint.channel"    // the team has the channel
	CheckMember             Check = "endpoint.member"     // the user exists
	CheckInstalled          Check = "endpoint.installed"  // the app is installed in the team or for the user
	CheckWebhookURL         Check = "endpoint.webhook"    // the URL is one that a Workflow can have
	CheckWebhookContent     Check = "endpoint.content"    // a Workflow shows the content of the chat step
	CheckTestMessage        Check = "endpoint.test"       // see Question.SendTest

	CheckConnection            Check = "connection.exists"
	CheckConnectionIntegration Check = "connection.integration" // it is the endpoint's
	CheckConnectionContext     Check = "connection.context"     // it is exactly the endpoint's
	CheckConnectionTenant      Check = "connection.tenant"      // it names a Microsoft 365 tenant

	CheckIntegration Check = "integration.exists"
	CheckActive      Check = "integration.active"
	CheckCredentials Check = "integration.credentials" // client id, secret and tenant id are there
	CheckGraph       Check = "integration.graph"       // Microsoft accepts them for Graph
	CheckBot         Check = "integration.bot"         // Microsoft accepts them for the bot

	CheckMessagingEndpoint Check = "integration.messaging-endpoint" // Azure hands the bot's messages to the agent
	CheckManifest          Check = "integration.manifest"           // the Teams app lets people write to the bot

	CheckConsent Check = "tenant.consent" // an administrator has granted what Novu asks for
	CheckCatalog Check = "tenant.catalog" // the tenant's app catalog holds the app
)

// Verdict is what a check, or a whole report, came to.
type Verdict string

// The verdicts, the worst first. A broken link keeps the notification from arriving the way Novu
// sends it. What was set up before the link broke may still work: an installed app outlives a
// consent, for example. NotChecked says that the doctor could not find out. A warning alone keeps
// nothing from arriving.
const (
	Broken     Verdict = "broken"
	NotChecked Verdict = "not checked"
	Warning    Verdict = "warning"
	OK         Verdict = "ok"
)

// Finding is what one check found.
type Finding struct {
	Check   Check   `json:"check"`
	Subject string  `json:"subject"` // what was checked: "Endpoint che-1 (ms_teams_channel)"
	Verdict Verdict `json:"verdict"`
	Message string  `json:"message"`
	// Because names the check that has to hold before this one can be made. It is set only if the
	// verdict is NotChecked for that reason.
	Because  Check             `json:"because,omitempty"`
	Evidence map[string]string `json:"evidence,omitempty"`
	// Remedy says what to do about it. It speaks to the developer.
	Remedy string `json:"remedy,omitempty"`
	// ForCustomer says it to the administrator of the customer's tenant. It is empty if there is
	// nothing that they can do.
	ForCustomer string `json:"forCustomer,omitempty"`

	// exempt says that the answer does not need this check: the question leaves it out, or it can
	// never be made. It does not count in the report's verdict.
	exempt bool
	// explainedBy names checks of the same subject. If one of them is broken, so is this one for
	// the same cause, and the report names only that one.
	explainedBy []Check
}

// Report is what an examination found. It prints as a tree without color; see also [Report.Print].
// It holds no secret.
type Report struct {
	AgentIdentifier string   `json:"agentIdentifier,omitempty"`
	SubscriberID    string   `json:"subscriberId,omitempty"`
	WorkflowID      string   `json:"workflowId,omitempty"`
	TransactionID   string   `json:"transactionId,omitempty"`
	ContextKeys     []string `json:"contextKeys"`

	// IntegrationIdentifier is set where the question names nothing else.
	IntegrationIdentifier string `json:"integrationIdentifier,omitempty"`

	// ConnectionIdentifier, TenantID and Cursor are set by [Doctor.Sweep]. The first two are empty
	// for endpoints that use no connection, such as webhooks.
	ConnectionIdentifier string `json:"connectionIdentifier,omitempty"`
	TenantID             string `json:"tenantId,omitempty"`
	Cursor               string `json:"cursor,omitempty"` // for SweepParams.After

	// Verdict is the worst of the findings. Of those that were not checked, it leaves out what the
	// question does not ask for and what can never be checked, such as the redirect URI.
	Verdict   Verdict       `json:"verdict"`
	StartedAt time.Time     `json:"startedAt"`
	Duration  time.Duration `json:"durationNanoseconds"`
	Findings  []Finding     `json:"findings"` // by subject, along the chain
}

// Broken returns the links that do not hold.
func (r *Report) Broken() []Finding { return r.with(Broken) }

// OnlyBroken returns a copy of the report that holds no other findings than [Report.Broken].
func (r *Report) OnlyBroken() *Report {
	only := *r
	only.Findings = append([]Finding{}, r.Broken()...)
	return &only
}

func (r *Report) with(v Verdict) []Finding {
	var found []Finding
	for _, f := range r.Findings {
		if f.Verdict == v {
			found = append(found, f)
		}
	}
	return found
}

// Find returns the findings of one check, one for each of its subjects.
func (r *Report) Find(check Check) []Finding {
	var found []Finding
	for _, f := range r.Findings {
		if f.Check == check {
			found = append(found, f)
		}
	}
	return found
}

// Err is a *BrokenError if something is broken, and nil otherwise.
func (r *Report) Err() error {
	if broken := r.Broken(); len(broken) > 0 {
		return &BrokenError{Findings: broken}
	}
	return nil
}

// BrokenError says what is broken. It holds no secret.
type BrokenError struct{ Findings []Finding }

// Error names each broken link with its remedy.
func (e *BrokenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "doctor: %d broken", len(e.Findings))
	for i, f := range e.Findings {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		fmt.Fprintf(&b, "%s: %s: %s", f.Subject, f.Check, f.Message)
		if f.Remedy != "" {
			b.WriteString(" (" + f.Remedy + ")")
		}
	}
	return b.String()
}

func (r *Report) settleVerdict() {
	r.Verdict = OK
	for _, v := range []Verdict{Warning, NotChecked, Broken} {
		for _, f := range r.with(v) {
			if !f.exempt {
				r.Verdict = v
				break
			}
		}
	}
}

func ok(format string, args ...any) Finding {
	return Finding{Verdict: OK, Message: fmt.Sprintf(format, args...)}
}

func warning(message, remedy string) Finding {
	return Finding{Verdict: Warning, Message: message, Remedy: remedy}
}

func broken(message, remedy string) Finding {
	return Finding{Verdict: Broken, Message: message, Remedy: remedy}
}

func notChecked(format string, args ...any) Finding {
	return Finding{Verdict: NotChecked, Message: fmt.Sprintf(format, args...)}
}

// notNeeded is the finding of a check that the answer does not need.
func notNeeded(message string) Finding {
	return Finding{Verdict: NotChecked, Message: message, exempt: true}
}

// dependsOn is the finding of a check that is pointless because of another one.
func dependsOn(check Check, f Finding) Finding {
	message := fmt.Sprintf("%s is broken", check)
	if f.Verdict == NotChecked {
		message = fmt.Sprintf("%s was not checked", check)
	}
	return Finding{Verdict: NotChecked, Message: message, Because: check, exempt: f.exempt}
}

// with adds evidence. An empty value adds none.
func (f Finding) with(name, value string) Finding {
	if value == "" {
		return f
	}
	if f.Evidence == nil {
		f.Evidence = map[string]string{}
	}
	f.Evidence[name] = value
	return f
}

// telling adds what to tell the customer's administrator about something that is wrong.
func (f Finding) telling(forCustomer string) Finding {
	if f.Verdict == Broken || f.Verdict == Warning {
		f.ForCustomer = forCustomer
	}
	return f
}
