package novu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

const agentReplyRoute = agentRoute + "/reply"

// AgentReplyParams is one request to a conversation. It needs at least one part beside the first
// two fields. Package agent fills it in; use it directly only for what that package does not offer.
type AgentReplyParams struct {
	ConversationID        string `json:"conversationId"`        // required; 24 hexadecimal digits, from the delivery
	IntegrationIdentifier string `json:"integrationIdentifier"` // required; from the delivery

	Reply               *AgentContent             `json:"reply,omitempty"`               // posted as a new message
	Edit                *AgentEdit                `json:"edit,omitempty"`                // excludes every other part but Typing
	ToolApprovalRequest *AgentToolApprovalRequest `json:"toolApprovalRequest,omitempty"` // required beside a tool approval card
	Signals             []AgentSignal             `json:"signals,omitempty"`             // not carried out if the reply fails
	Resolve             *AgentResolve             `json:"resolve,omitempty"`             // not carried out if the reply fails
	ToolResults         []AgentToolResult         `json:"toolResults,omitempty"`         // kept in the history only
	DeleteMessages      []AgentMessageRef         `json:"deleteMessages,omitempty"`      // failures go unreported
	Typing              *AgentTyping              `json:"typing,omitempty"`              // failures go unreported
	Error               bool                      `json:"error,omitempty"`               // posts Novu's own apology; excludes every other part

	// Secrets lists texts in the request that no error may repeat.
	Secrets []Secret `json:"-"`
}

// AgentContent is the content of a message: one of Markdown, Card and ToolApprovalCard, perhaps
// with files.
type AgentContent struct {
	Markdown         string                 `json:"markdown,omitempty"`
	Card             json.RawMessage        `json:"card,omitempty"` // {"type":"card","children":[…]}
	ToolApprovalCard *AgentToolApprovalCard `json:"toolApprovalCard,omitempty"`
	Files            []AgentFile            `json:"files,omitempty"` // at most 15; an edit drops them
}

// AgentFile is a file beside a message. It has either Data or URL.
type AgentFile struct {
	Filename string `json:"filename"`
	MIMEType string `json:"mimeType,omitempty"`
	Data     []byte `json:"data,omitempty"` // at most 5 MB; the whole request at most 8 MB
	URL      string `json:"url,omitempty"`  // public; at most 25 MB
}

// AgentEdit replaces the content of a message that the agent posted.
type AgentEdit struct {
	MessageID string       `json:"messageId"`
	Content   AgentContent `json:"content"`
}

// AgentToolApprovalCard asks a person to approve a tool call. Empty texts are the server's.
type AgentToolApprovalCard struct {
	Title        string
	Subtitle     string
	ApproveLabel string
	DenyLabel    string
}

// MarshalJSON writes the card with its type.
func (c AgentToolApprovalCard) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type         string `json:"type"`
		Title        string `json:"title,omitempty"`
		Subtitle     string `json:"subtitle,omitempty"`
		ApproveLabel string `json:"approveLabel,omitempty"`
		DenyLabel    string `json:"denyLabel,omitempty"`
	}{Type: "tool-approval-card", Title: c.Title, Subtitle: c.Subtitle, ApproveLabel: c.ApproveLabel, DenyLabel: c.DenyLabel})
}

// AgentToolApprovalRequest is the tool call that a person is asked to approve.
type AgentToolApprovalRequest struct {
	ApprovalID string `json:"approvalId"`
	ToolCallID string `json:"toolCallId"`
	Name       string `json:"name"`
	Input      any    `json:"input,omitempty"` // a JSON object
}

// AgentToolResult is the outcome of a tool call.
type AgentToolResult struct {
	ToolCallID string `json:"toolCallId"`
	ToolName   string `json:"toolName,omitempty"`
	Output     any    `json:"output"`
	Preview    string `json:"preview,omitempty"`
}

// AgentSignal changes a conversation's metadata or triggers a workflow: Type is "metadata" or
// "trigger".
type AgentSignal struct {
	Type string
	// Action is "set", "delete" or "clear", of metadata.
	Action string
	// Key is 1 to 128 letters and digits, with single "-", "_" or ":" inside.
	Key   string
	Value any
	// WorkflowID is what a trigger runs.
	WorkflowID string
	To         Recipients // nil: the conversation's subscriber
	Payload    map[string]any
}

// MarshalJSON writes the fields of the signal's type.
func (s AgentSignal) MarshalJSON() ([]byte, error) {
	wire := map[string]any{"type": s.Type}
	if s.Type == "trigger" {
		wire["workflowId"] = s.WorkflowID
		if len(s.To) > 0 {
			wire["to"] = []Recipient(s.To) // the server refuses a topic that is not in a list
		}
		if s.Payload != nil {
			wire["payload"] = s.Payload
		}
		return json.Marshal(wire)
	}
	wire["action"] = s.Action
	if s.Key != "" {
		wire["key"] = s.Key
	}
	if s.Action == "set" {
		wire["value"] = s.Value
	}
	return json.Marshal(wire)
}

// AgentResolve ends a conversation. The next message reopens it.
type AgentResolve struct {
	Summary string `json:"summary,omitempty"`
}

// AgentMessageRef names a message by Teams' id of it.
type AgentMessageRef struct {
	MessageID string `json:"messageId"`
}

// AgentTyping shows that the agent is at work.
type AgentTyping struct{}

// AgentReply is the message that a request posted or edited. It is empty where it did neither.
type AgentReply struct {
	MessageID string `json:"messageId"` // Teams' id
	ThreadID  string `json:"platformThreadId"`
}

// maxAgentReply is the largest request that the server takes, in bytes.
const maxAgentReply = 8 << 20

func (p *AgentReplyParams) check(op, agentIdentifier string, opts []RequestOption) *checks {
	checks := checkParams(op, opts...).id("agentIdentifier", agentIdentifier).id("IntegrationIdentifier", p.IntegrationIdentifier)
	if !objectID.MatchString(p.ConversationID) {
		checks.add("ConversationID", fmt.Sprintf("must be the 24 hexadecimal digits from the delivery, not %q", p.ConversationID))
	}
	others := len(p.Signals)+len(p.ToolResults)+len(p.DeleteMessages) > 0 || p.Resolve != nil || p.ToolApprovalRequest != nil
	posts := p.Reply != nil || p.Edit != nil
	switch {
	case p.Error && (others || posts || p.Typing != nil):
		checks.add("Error", "excludes every other part")
	case p.Edit != nil && (others || p.Reply != nil):
		checks.add("Edit", "excludes every other part but Typing")
	case !p.Error && !others && !posts && p.Typing == nil:
		checks.add("params", "must have a part beside conversation and integration")
	}
	if p.Edit != nil {
		checks.required("Edit.MessageID", p.Edit.MessageID)
	}
	return checks
}

// Reply sends one request to a conversation: a message, an edit, signals and the like.
//
// A request that may have been carried out is not sent again, since Novu would post the message
// twice: it is ErrOutcomeUnknown. It is sent again after 429, and where Novu says that Teams
// refused it for its rate. Every other failure at Teams is a 502 whose Body has the error
// "delivery_failed". ErrUnauthorized and ErrForbidden are always about the client's own key, or
// about an agent that the conversation does not belong to. ErrBadAnswer: the message was posted,
// but the server did not say under which id.
//
// API: POST /v1/agents/{identifier}/reply
func (s *AgentsService) Reply(ctx context.Context, agentIdentifier string, params AgentReplyParams, opts ...RequestOption) (*AgentReply, error) {
	const op = "reply"
	checks := params.check(op, agentIdentifier, opts)
	body, err := json.Marshal(params)
	switch {
	case err != nil:
		checks.add("params", "can't be encoded: "+err.Error())
	case len(body) > maxAgentReply:
		checks.add("params", fmt.Sprintf("take %d bytes, the server takes %d", len(body), maxAgentReply))
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	out := new(AgentReply)
	r := &rest.Request{
		Op: op, Kind: rest.Post, Method: http.MethodPost, Route: agentReplyRoute, Args: []string{agentIdentifier},
		Body: json.RawMessage(body), Secrets: params.Secrets, NotDone: refusedForItsRate,
	}
	if params.Reply != nil || params.Edit != nil {
		r.Decode = decodePosted(out)
	}
	if err := s.client.send(ctx, r, opts); err != nil {
		return nil, refusedByTeams(err)
	}
	return out, nil
}

// decodePosted insists on the message's id. An answer without one is no proof that it was posted.
func decodePosted(out *AgentReply) func([]byte) error {
	read := decodeData(out)
	return func(body []byte) error {
		if err := read(body); err != nil {
			return err
		}
		if out.MessageID == "" {
			return fmt.Errorf("%w: it has no message id", ErrBadAnswer)
		}
		return nil
	}
}

// deliveryError is the answer where Novu could not hand a message to Teams.
type deliveryError struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

// refusedForItsRate reports whether Teams answered 429. Novu passes that on as a 502 without a
// Retry-After.
func refusedForItsRate(a *rest.Answer) bool {
	var body deliveryError
	return a.StatusCode == http.StatusBadGateway && json.Unmarshal(a.Body, &body) == nil &&
		body.Error == "delivery_failed" && strings.HasPrefix(body.Message, "Rate limited by ")
}

// refusals are how Novu's words begin where Teams has refused a message (401, 403, 404, 429), and
// where Novu could not make one. After others, such as "socket hang up", it may have been posted.
var refusals = regexp.MustCompile(`^(?:Permission denied|Resource not found|Authentication failed|Rate limited|children is not iterable|` +
	`Teams API error during \w+: Request failed with status code 4\d\d)`)

// refusedByTeams takes back that the outcome is unknown, where it is not.
func refusedByTeams(err error) error {
	var e *Error
	var body deliveryError
	if errors.As(err, &e) && e.StatusCode == http.StatusBadGateway && json.Unmarshal(e.Body, &body) == nil &&
		body.Error == "delivery_failed" && refusals.MatchString(body.Message) {
		e.unknown, e.note = false, ""
	}
	return err
}
