package setup

// Kind is what a step is about. Later versions may add kinds.
type Kind string

// The kinds of steps, in the order in which they are applied.
const (
	KindApplication      Kind = "application"           // the app registration in Entra
	KindServicePrincipal Kind = "service principal"     // the application in its home tenant
	KindPermissions      Kind = "permissions"           // Graph's application permissions, consented to in the home tenant
	KindDelegated        Kind = "delegated permissions" // the sign-in of people who link their account
	KindCredentials      Kind = "credentials"           // a secret, and the integration in Novu that holds it
	KindOldSecret        Kind = "old secret"            // a secret that nothing uses any more
	KindResourceProvider Kind = "resource provider"     // Microsoft.BotService in the Azure subscription
	KindResourceGroup    Kind = "resource group"
	KindBot              Kind = "bot"           // the Azure Bot
	KindTeamsChannel     Kind = "Teams channel" // of the bot
	KindCatalogApp       Kind = "catalog app"   // the app package in the organization's catalog
	KindTeamInstallation Kind = "team installation"
	KindDeletedApp       Kind = "deleted application" // what Entra keeps for 30 days
)

// Action is what a step does. Later versions may add actions.
type Action string

// The actions.
const (
	ActionCreate     Action = "create"
	ActionUpdate     Action = "update"
	ActionKeep       Action = "keep"
	ActionDelete     Action = "delete"
	ActionAsk        Action = "ask"        // a person has to do it: Role says who, Link where, Remedy how
	ActionLater      Action = "later"      // it depends on a step before, which Needs names
	ActionUnreadable Action = "unreadable" // what exists could not be read; Reason says why
)

// Change is a difference between what exists and what is wanted. It holds no
// secret: of a URL with a query only the rest is shown.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"` // empty where there is nothing yet
	New   string `json:"new,omitempty"` // empty where it goes away
}

// Step is one thing that exists, or is to exist, at Microsoft or in Novu.
type Step struct {
	Kind         Kind     `json:"kind"`
	Key          string   `json:"key"` // by which it is found again
	Action       Action   `json:"action"`
	Changes      []Change `json:"changes,omitempty"`
	Needs        []Kind   `json:"needs,omitempty"`        // steps that come before
	Irreversible bool     `json:"irreversible,omitempty"` // it needs an approval, see [WithApproval]
	Role         string   `json:"role,omitempty"`         // who may do it, as Microsoft calls the role
	Link         string   `json:"link,omitempty"`         // where a person does it
	Reason       string   `json:"reason,omitempty"`       // why it is kept, asked for, put off or unreadable
	Remedy       string   `json:"remedy,omitempty"`       // what to do about it
}

// writes reports whether applying the step would change something.
func (s Step) writes() bool {
	switch s.Action {
	case ActionCreate, ActionUpdate, ActionDelete:
		return true
	}
	return false
}

// name is the step in words: `bot "6f1c…"`.
func (s Step) name() string { return string(s.Kind) + " " + quoted(s.Key) }

// Event reports the progress of Apply or Rotate.
type Event struct {
	Step    Step
	State   EventState
	Message string // of EventWaiting: what for
	Err     error  // of EventFailed
}

// EventState says how far a step is. Later versions may add states.
type EventState string

// The states of a step.
const (
	EventStarted EventState = "started"
	EventWaiting EventState = "waiting"
	EventDone    EventState = "done"
	EventPending EventState = "pending" // left to a person, or to a later run
	EventFailed  EventState = "failed"
)

// Result is what Apply did.
type Result struct {
	// Done are the steps that were carried out, and those that found nothing to do.
	Done []Step `json:"done"`
	// Pending are left: to a person (ActionAsk), to an approval, or to the next
	// run, where they depend on one of those or on one that failed.
	Pending []Step `json:"pending"`
}
