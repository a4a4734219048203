package novu

import (
	"encoding/json"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// metadataLimit is how large all metadata of a conversation may be.
const metadataLimit = 64 << 10

// replySignal changes metadata or triggers a workflow.
type replySignal struct {
	Type       string          `json:"type"`
	Action     string          `json:"action"`
	Key        string          `json:"key"`
	Value      json.RawMessage `json:"value"`
	WorkflowID string          `json:"workflowId"`
	To         json.RawMessage `json:"to"`
	Payload    json.RawMessage `json:"payload"`
}

// signal carries out the signals: metadata first.
func (r *replying) signal() *reply {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if refused := r.setMetadata(); refused != nil {
		return refused
	}
	for _, one := range r.body.Signals {
		if one.Type == "trigger" {
			r.trigger(one)
		}
	}
	return nil
}

// setMetadata carries out all metadata signals or none.
func (r *replying) setMetadata() *reply {
	metadata, said := r.c.metadata, []string{}
	for _, one := range r.body.Signals {
		if one.Type != "metadata" {
			continue
		}
		switch one.Action {
		case "clear":
			metadata, said = nil, append(said, "(cleared)")
		case "delete":
			metadata, said = metadata.without(one.Key), append(said, "-"+one.Key)
		default:
			value := compact(one.Value)
			if value == nil {
				value = json.RawMessage("null")
			}
			metadata, said = metadata.with(one.Key, value), append(said, one.Key)
		}
	}
	if len(said) == 0 {
		return nil
	}
	encoded := json.RawMessage(emulator.Encode(append(members{}, metadata...)))
	if len(encoded) > metadataLimit {
		return r.call.badRequest("Conversation metadata exceeds 64KB limit")
	}
	r.c.metadata = metadata
	r.c.write(r.s, entry{
		Role: roleSystem, Type: entrySignal, Content: "Metadata updated: " + strings.Join(said, ", "),
		Signal: &signalData{Type: "metadata", Payload: minimized(encoded)},
	})
	return nil
}

// trigger triggers a workflow, for the conversation's person unless the signal says for whom. What can't be
// triggered is of no importance to Novu.
func (r *replying) trigger(one replySignal) {
	to := compact(one.To)
	if (to == nil || string(to) == "null") && r.who.subscriber != nil {
		to = emulator.Encode(r.who.subscriber.SubscriberID)
	}
	if to == nil {
		return
	}
	body := members{{name: "name", value: emulator.Encode(one.WorkflowID)}, {name: "to", value: to}}
	if payload := compact(one.Payload); payload != nil {
		body = append(body, member{name: "payload", value: payload})
	}
	raw := emulator.Encode(body)
	var decoded map[string]any
	if emulator.Decode(raw, &decoded) != nil {
		return
	}
	accepted, refused := r.s.accept(r.call, decoded, raw, false)
	if refused != nil || accepted.TransactionID == "" {
		return
	}
	r.c.write(r.s, entry{
		Role: roleSystem, Type: entrySignal, Content: "Triggered workflow: " + one.WorkflowID,
		Signal: &signalData{Type: "trigger", Payload: emulator.Encode(members{
			{name: "workflowId", value: emulator.Encode(one.WorkflowID)}, {name: "to", value: minimized(to)},
			{name: "transactionId", value: emulator.Encode(accepted.TransactionID)},
		})},
	})
}
