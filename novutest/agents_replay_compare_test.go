package novutest_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// answerDiffers is the first difference of an answer, or "".
func (w *world) answerDiffers(x agentExchange, raw []byte) string {
	want := decoded(x.Response.Body)
	if text, isText := want.(string); want == nil || isText && strings.HasPrefix(text, "(") {
		if want == nil && len(raw) > 0 {
			return fmt.Sprintf("nothing, got %.100s", raw)
		}
		return ""
	}
	return w.differs(x, want, decoded(raw))
}

// bodyDiffers compares what Novu sent. It does not count where the recording does not have it.
func (w *world) bodyDiffers(x agentExchange, raw []byte) (difference string, counts bool) {
	want := decoded(x.Request.Body)
	if text, isText := want.(string); isText && strings.HasPrefix(text, "(") {
		return "", false
	}
	if want == nil {
		if len(raw) > 0 {
			return fmt.Sprintf("nothing, got %.100s", raw), true
		}
		return "", true
	}
	return w.differs(x, want, decoded(raw)), true
}

func (w *world) differs(x agentExchange, want, got any) string {
	w.player.loose = slices.Concat(loose, []string{"messageCount", "lastActivityAt", "connectedAt"})
	if strings.HasSuffix(x.Request.Path, "/integrations") {
		w.player.loose = append(w.player.loose, "planUsage") // it counts agents that were made outside of the recordings
	}
	w.player.unordered = nil
	first := x.At
	for _, other := range w.chain.exchanges {
		if other.At.Before(first) && !other.At.IsZero() {
			first = other.At
		}
	}
	return w.player.differs(w.shaped(want, first, true), w.shaped(got, w.began, false), "")
}

var (
	momentIn   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`)
	tokenIn    = regexp.MustCompile(`at:[\w-]{22}`)
	identifier = regexp.MustCompile(`^conv_[a-z0-9]+$`)
	numberedID = regexp.MustCompile(`-[a-z0-9]{8}$`)
)

// shaped is a body without what depends on what happened before the chain, and without what a
// server makes up.
func (w *world) shaped(v any, began time.Time, recorded bool) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = w.shaped(item, began, recorded)
		}
		return list
	case obj:
		object := obj{}
		for name, value := range v {
			switch {
			case name == "history":
				object[name] = w.shaped(since(began, value), began, recorded)
			case name == "metadata" || name == "payload" && v["type"] == "metadata":
				object[name] = w.ofChain(value)
			default:
				object[name] = w.shaped(value, began, recorded)
			}
		}
		return object
	case string:
		if recorded {
			v = w.player.swap(expand(v))
		}
		v = momentIn.ReplaceAllString(v, "<time>")
		v = tokenIn.ReplaceAllString(v, "<token>")
		v = identifier.ReplaceAllString(v, "<conversation>")
		return numberedID.ReplaceAllString(v, "-<number>")
	}
	return v
}

// ofChain is the metadata that the chain sets.
func (w *world) ofChain(v any) any {
	all, isObject := v.(obj)
	if !isObject {
		return v
	}
	own := obj{}
	for key, value := range all {
		if w.mentions(w.chain, fmt.Sprintf(`"key":%q`, key)) {
			own[key] = value
		}
	}
	return own
}

// since are the entries of a history that the chain made. A quarter of a second is for clocks that
// were read apart.
func since(began time.Time, history any) any {
	entries, _ := history.([]any)
	made := []any{}
	for _, item := range entries {
		entry, _ := item.(obj)
		at, err := time.Parse(time.RFC3339, fmt.Sprint(entry["createdAt"]))
		if err != nil || !at.Before(began.Truncate(time.Millisecond)) {
			made = append(made, item)
		}
	}
	return made
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and texts
	}
	return raw
}
