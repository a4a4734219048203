package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// changes are the queued parts of a request.
type changes struct {
	signals []novu.AgentSignal
	resolve *novu.AgentResolve
	results []novu.AgentToolResult
}

func (c *changes) empty() bool { return len(c.signals)+len(c.results) == 0 && c.resolve == nil }

// queue holds what a turn has still to send. It knows the metadata as they will be.
type queue struct {
	mu       sync.Mutex
	ended    bool
	asked    bool // a request was sent, or tried
	pending  changes
	values   map[string]json.RawMessage
	problems []error // of calls whose error the handler may have ignored
}

func newQueue(metadata object) *queue {
	return &queue{values: maps.Clone(metadata)}
}

const (
	maxKey       = 128
	maxMetadata  = 64 << 10
	reservedKeys = "__novu:"
)

var (
	metadataKey   = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[-_:][a-zA-Z0-9]+)*$`)
	forbiddenKeys = []string{"constructor", "prototype"}
)

func checkKey(c *check.Checks, key string) {
	if len(key) > maxKey || slices.Contains(forbiddenKeys, key) || !metadataKey.MatchString(strings.TrimPrefix(key, reservedKeys)) {
		c.Add("key", fmt.Sprintf(`%.200q must be 1 to %d letters and digits, with single "-", "_" or ":" inside`, key, maxKey))
	}
}

// alive returns ErrTurnEnded after the end. A nil queue, of a Sender without a turn, has no end.
func (q *queue) alive(op string) error {
	if q == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.aliveLocked(op)
}

func (q *queue) aliveLocked(op string) error {
	if q.ended {
		return &Error{Op: op, Remedy: "send with Ref and Resume", kind: ErrTurnEnded, cause: ErrTurnEnded}
	}
	return nil
}

// add checks a change and queues it, or notes that it could not.
func (q *queue) add(op string, apply func(c *check.Checks)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.aliveLocked(op); err != nil {
		return err
	}
	c := check.Checks{Op: op}
	apply(&c)
	err := invalidParams(&c)
	if err != nil {
		q.problems = append(q.problems, err)
	}
	return err
}

func (q *queue) metadata(key string) (json.RawMessage, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	value, ok := q.values[key]
	return value, ok
}

func (q *queue) set(key string, value any) error {
	return q.add("set metadata", func(c *check.Checks) {
		checkKey(c, key)
		data, err := encode(value)
		if err != nil {
			c.Add("value", "can't be encoded: "+err.Error())
		}
		values := maps.Clone(q.values)
		if values == nil {
			values = map[string]json.RawMessage{}
		}
		values[key] = data
		if all, err := encode(values); err == nil && len(all) > maxMetadata {
			c.Add("value", fmt.Sprintf("makes the conversation's metadata %d bytes long, Novu takes %d", len(all), maxMetadata))
		}
		if c.Fields != nil {
			return
		}
		q.values = values
		q.signal(novu.AgentSignal{Type: "metadata", Action: "set", Key: key, Value: json.RawMessage(data)})
	})
}

// encode writes JSON as JavaScript does, so that its length is what Novu counts.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (q *queue) remove(key string) error {
	return q.add("delete metadata", func(c *check.Checks) {
		checkKey(c, key)
		if c.Fields == nil {
			delete(q.values, key)
			q.signal(novu.AgentSignal{Type: "metadata", Action: "delete", Key: key})
		}
	})
}

func (q *queue) clear() error {
	return q.add("clear metadata", func(*check.Checks) {
		q.values = nil
		q.signal(novu.AgentSignal{Type: "metadata", Action: "clear"})
	})
}

func (q *queue) trigger(params TriggerParams) error {
	return q.add("trigger workflow", func(c *check.Checks) {
		required(c, "WorkflowID", params.WorkflowID)
		if params.To != nil && len(params.To) == 0 {
			c.Add("To", "must name a recipient, or be nil for the conversation's subscriber")
		}
		if _, err := json.Marshal(params.Payload); err != nil {
			c.Add("Payload", "can't be encoded: "+err.Error())
		}
		if c.Fields == nil {
			q.signal(novu.AgentSignal{Type: "trigger", WorkflowID: params.WorkflowID, To: params.To, Payload: params.Payload})
		}
	})
}

func (q *queue) signal(s novu.AgentSignal) { q.pending.signals = append(q.pending.signals, s) }

func (q *queue) resolve(summary string) error {
	return q.add("resolve conversation", func(*check.Checks) { q.pending.resolve = &novu.AgentResolve{Summary: summary} })
}

// toolResult queues a result, null for one that JSON can't hold.
func (q *queue) toolResult(call ToolCall, result any) {
	_ = q.add("send tool result", func(c *check.Checks) {
		output, err := json.Marshal(result)
		if err != nil {
			c.Add("result", "can't be encoded: "+err.Error())
			output = []byte("null")
		}
		q.pending.results = append(q.pending.results, novu.AgentToolResult{
			ToolCallID: call.ID, ToolName: call.Name, Output: json.RawMessage(output),
		})
	})
}

// take removes what is pending, for a request that carries it.
func (q *queue) take() changes {
	if q == nil {
		return changes{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.pending
	q.pending = changes{}
	return taken
}

// giveBack returns what a failed request carried. Where the request may have been carried out,
// triggers and resolve are not sent again: the turn fails instead.
func (q *queue) giveBack(op string, taken changes, failure error) {
	if q == nil || taken.empty() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if inDoubt(failure) {
		isTrigger := func(s novu.AgentSignal) bool { return s.Type == "trigger" }
		if taken.resolve != nil || slices.ContainsFunc(taken.signals, isTrigger) {
			q.problems = append(q.problems, &Error{
				Op: op, Message: "a queued Trigger or Resolve may not have been carried out", kind: ErrOutcomeUnknown, cause: failure,
			})
		}
		taken.signals, taken.resolve = slices.DeleteFunc(taken.signals, isTrigger), nil
	}
	q.pending.signals = append(taken.signals, q.pending.signals...)
	q.pending.results = append(taken.results, q.pending.results...)
	if q.pending.resolve == nil {
		q.pending.resolve = taken.resolve
	}
}

// inDoubt reports whether a request that failed may have been carried out.
func inDoubt(err error) bool {
	// Novu carries out nothing of a reply that it can't deliver, whether or not Teams got it.
	return errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrDelivery)
}

// failed returns what went wrong with the queued changes.
func (q *queue) failed() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return errors.Join(q.problems...)
}

func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
}

// sending notes that a request is about to be sent.
func (q *queue) sending() {
	if q != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.asked = true
	}
}

// untouched reports whether nothing was sent.
func (q *queue) untouched() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.asked
}
