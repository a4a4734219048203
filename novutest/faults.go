package novutest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// Cut is where a connection breaks.
type Cut int

const (
	// CutBefore breaks the connection before anything was done.
	CutBefore Cut = iota + 1
	// CutDuring breaks the connection and carries the request out afterwards,
	// so that the client's next attempt races with it.
	CutDuring
	// CutAfter carries the request out and then breaks the connection without a
	// byte of an answer.
	CutAfter
)

// Fault is something that goes wrong. The first fields say with which requests,
// the others how. Faults are tried in the order in which they were injected;
// the first that fits is the one that happens.
type Fault struct {
	Method string // "" for any
	// Route is a pattern of the route table, such as
	// /v1/channel-endpoints/{identifier}, a path, or a path's beginning
	// followed by *, such as /_login/*. "" fits every request.
	Route string
	Count int // to how many requests it happens; 0 for every one
	Skip  int // how many that fit are let through first
	// Probability, between 0 and 1, lets chance decide about each request that
	// fits. 0 means always.
	Probability float64
	Seed        uint64 // of that chance: the same seed decides alike

	Delay time.Duration // before the request is carried out; the key of an idempotent request is in progress meanwhile
	Cut   Cut

	Status int // answered instead of the real answer
	Header http.Header
	Body   string
	Commit bool // carry the request out all the same
	// FromAPI makes the answer the API's own rather than that of a proxy in
	// front of it. Only the API's own is kept under an idempotency key.
	FromAPI bool

	SlowHeaders time.Duration // wait after the request was carried out, before the status line
	SlowBody    time.Duration // wait in the middle of the body
	HalfBody    bool          // break the connection in the middle of the body
	WrongLength bool          // announce more than the body holds, then end the connection
	BadGzip     bool          // say that the body is gzip, which it is not
}

// Inject adds a fault. It happens until its count is used up or
// [Server.ClearFaults] is called.
func (s *Server) Inject(f Fault) { s.host.Inject(f.emulated()) }

// ClearFaults removes every fault.
func (s *Server) ClearFaults() { s.host.ClearFaults() }

func (f Fault) emulated() emulator.Fault {
	return emulator.Fault{
		Method: f.Method, Route: f.Route, Count: f.Count, Skip: f.Skip, Probability: f.Probability, Seed: f.Seed,
		Delay: f.Delay, Cut: emulator.Cut(f.Cut), Status: f.Status, Header: f.Header, Body: f.Body, Commit: f.Commit, FromAPI: f.FromAPI,
		SlowHeaders: f.SlowHeaders, SlowBody: f.SlowBody, HalfBody: f.HalfBody, WrongLength: f.WrongLength, BadGzip: f.BadGzip,
	}
}

// HTMLFault is a proxy's page instead of an answer.
func HTMLFault(status int) Fault {
	return Fault{
		Status: status, Header: http.Header{"Content-Type": {"text/html"}},
		Body: fmt.Sprintf("<html><head><title>%[2]s</title></head><body><center><h1>%[1]d %[2]s</h1></center></body></html>",
			status, http.StatusText(status)),
	}
}

// StormFault answers 429 with Retry-After in whole seconds.
func StormFault(retryAfter time.Duration) Fault {
	return Fault{
		Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Seconds()))}, "Content-Type": {emulator.JSONType}},
		Body: `{"statusCode":429,"message":"API rate limit exceeded"}`, FromAPI: true,
	}
}

// InProgressFault answers as if another request held the idempotency key.
func InProgressFault() Fault {
	return Fault{
		Status: http.StatusConflict, Header: http.Header{"Retry-After": {"1"}, "Link": {"https://docs.novu.co/additional-resources/idempotency"}, "Content-Type": {emulator.JSONType}},
		Body: `{"statusCode":409,"error":"Conflict","message":"Request with key \"in-progress\" is currently being processed. Please retry after 1 second"}`,
	}
}

// WorkflowsThrottleFault answers webhooks as Workflows does when Teams
// throttles it: 200, with the refusal in the text.
func WorkflowsThrottleFault() Fault {
	return Fault{
		Route: "/_workflows/*", Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
		Body: "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0.",
	}
}

// SignInFault is an error of the token endpoint's by its AADSTS number, such as
// 7000222 for a secret that has expired.
func SignInFault(number int) Fault {
	name := "invalid_client"
	switch number {
	case 700016:
		name = "unauthorized_client"
	case 65001, 65004, 53003:
		name = "invalid_grant"
	case 70011, 1002012:
		name = "invalid_scope"
	case 90002, 50059, 90033, 90012, 90024, 50033, 90006, 90038, 900382, 900432:
		name = "invalid_request"
	}
	f := microsoftFault(http.StatusBadRequest, microsoft.SignInError(time.Now().UTC(), "", name, number, "An injected fault."))
	f.Method, f.Route = http.MethodPost, "/_login/*"
	return f
}

// GraphFault is an error of Graph's. Requests inside a batch have it one by one,
// where Route is narrowed to theirs, such as
// /_graph/v1.0/teams/{team}/channels.
func GraphFault(status int, code, message string) Fault {
	f := microsoftFault(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
	f.Route = "/_graph/*"
	return f
}

// ConnectorFault is an error of the bot connector's.
func ConnectorFault(status int, code, message string) Fault {
	f := microsoftFault(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
	f.Route = "/_connector/*"
	return f
}

// ReplyFault makes Novu fail an agent's replies with a status, such as 500, and do nothing of what they ask
// for. With Commit it does it all the same.
func ReplyFault(status int) Fault {
	f := microsoftFault(status, map[string]any{"statusCode": status, "message": "An injected fault.", "error": http.StatusText(status)})
	f.Method, f.Route = http.MethodPost, "/v1/agents/{identifier}/reply"
	return f
}

// BridgeFault makes a bridge of [Server.ServeAgent] that is a handler answer with a status, without asking
// it. Novu tries three times, within 1.5 s.
func BridgeFault(status int) Fault { return Fault{Route: emulator.BridgeRoute, Status: status} }

// RepeatedDeliveryFault has a bridge get its next delivery twice: it takes it, and a proxy answers 504.
func RepeatedDeliveryFault() Fault {
	return Fault{Method: http.MethodPost, Route: emulator.BridgeRoute, Count: 1, Status: http.StatusGatewayTimeout, Commit: true}
}

// LostAcknowledgementFault breaks the connection when the bridge has taken its next delivery, so that it
// comes again.
func LostAcknowledgementFault() Fault {
	return Fault{Method: http.MethodPost, Route: emulator.BridgeRoute, Count: 1, Cut: CutAfter}
}

func microsoftFault(status int, body any) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {emulator.JSONType}}, Body: string(emulator.Encode(body))}
}
