package doctor

import (
	"fmt"
	"strings"
	"time"
)

// Check names a link of the chain. More may come.
type Check string

// The checks, in the order of the chain.
const (
	CheckKey          Check = "novu.key"          // the server answers and knows the secret key
	CheckFeature      Check = "novu.feature"      // the organization has the Teams feature
	CheckRoutes       Check = "novu.routes"       // the server has the newer OAuth routes
	CheckCallback     Check = "novu.callback"     // the redirect URI to register in Azure
	CheckIntegrations Check = "novu.integrations" // the integrations can be listed

	CheckWorkflow       Check = "workflow.exists"
	CheckWorkflowActive Check = "workflow.active"
	CheckChatStep       Check = "workflow.chat-step"

	CheckSubscriber Check = "subscriber.exists"
	CheckEndpoints  Check = "subscriber.endpoints" // some have exactly the question's contexts

	CheckEndpointIDs        Check = "endpoint.ids"        // team, channel and user ids have the form of such
	CheckEndpointConnection Check = "endpoint.connection" // it names a connection
	CheckReachable          Check = "endpoint.reachable"  // the bot connector lets the bot into the channel
	CheckChannel            Check = "endpoint.channel"    // the team has the channel
	CheckMember             Check = "endpoint.member"     // the user exists
	CheckInstalled          Check = "endpoint.installed"  // the app is installed in the team or for the user
	CheckWebhookURL         Check = "endpoint.webhook"    // it is of a live kind
	CheckWebhookContent     Check = "endpoint.content"    // the workflow's content will show there
	CheckTestMessage        Check = "endpoint.test"       // see Question.SendTest

	CheckConnection            Check = "connection.exists"
	CheckConnectionIntegration Check = "connection.integration" // it is that of the endpoint
	CheckConnectionContext     Check = "connection.context"     // it is exactly the question's
	CheckConnectionTenant      Check = "connection.tenant"      // it names a Microsoft 365 tenant

	CheckIntegration Check = "integration.exists"
	CheckActive      Check = "integration.active"
	CheckCredentials Check = "integration.credentials" // client id, secret and tenant id are there
	CheckGraph       Check = "integration.graph"       // Microsoft accepts them for Graph
	CheckBot         Check = "integration.bot"         // Microsoft accepts them for the bot

	CheckConsent Check = "tenant.consent" // an administrator has granted what Novu asks for
	CheckCatalog Check = "tenant.catalog" // the tenant's app catalogue holds the app
)

// Verdict is what a check came to.
type Verdict string

// The verdicts. Broken is a link without which the way through Novu does not
// work; what was set up before it broke may still arrive (an app that is
// installed outlives a consent). A Warning does not keep a message from arriving
// by itself.
const (
	OK         Verdict = "ok"
	Warning    Verdict = "warning"
	Broken     Verdict = "broken"
	NotChecked Verdict = "not checked"
)

// Finding is what one check found.
type Finding struct {
	Check   Check   `json:"check"`
	Subject string  `json:"subject"` // what was checked: "Endpoint che-1 (ms_teams_channel)"
	Verdict Verdict `json:"verdict"`
	Message string  `json:"message"`
	// Because is the check that stood in the way, where the verdict is NotChecked
	// for that reason.
	Because  Check             `json:"because,omitempty"`
	Evidence map[string]string `json:"evidence,omitempty"`
	Remedy   string            `json:"remedy,omitempty"`
}

// Report is what an examination found. Its printed form is a tree without
// colour; see also [Report.Print]. It holds no secret.
type Report struct {
	SubscriberID string        `json:"subscriberId"`
	WorkflowID   string        `json:"workflowId,omitempty"`
	ContextKeys  []string      `json:"contextKeys"`
	Verdict      Verdict       `json:"verdict"` // the worst of the findings, those not checked left out
	StartedAt    time.Time     `json:"startedAt"`
	Duration     time.Duration `json:"durationNanoseconds"`
	Findings     []Finding     `json:"findings"` // by subject, along the chain
}

// Broken returns the links that do not hold.
func (r *Report) Broken() []Finding { return r.with(Broken) }

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

// Err is a *BrokenError where something is broken, else nil.
func (r *Report) Err() error {
	if broken := r.Broken(); len(broken) > 0 {
		return &BrokenError{broken}
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

func (r *Report) settle() {
	r.Verdict = OK
	for _, v := range []Verdict{Warning, Broken} {
		if len(r.with(v)) > 0 {
			r.Verdict = v
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

// with adds evidence; an empty value adds none.
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
