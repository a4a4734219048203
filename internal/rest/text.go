package rest

import (
	"fmt"
	"net/http"
	"strings"
)

// Text is what an error says: what was attempted, what came back, what to do
// about it. Empty parts are left out.
type Text struct {
	Package, Op string
	StatusCode  int
	Said        string // by the server
	Cause       error
	Note        string // on the retries
	Remedy      string
	Where       []string // stands in parentheses
}

func (t Text) String() string {
	var b strings.Builder
	b.WriteString(t.Package + ": " + t.Op)
	if t.StatusCode != 0 {
		fmt.Fprintf(&b, ": %d %s", t.StatusCode, http.StatusText(t.StatusCode))
	}
	if t.Said != "" {
		b.WriteString(": " + t.Said)
	}
	if t.Cause != nil {
		b.WriteString(": " + strings.ReplaceAll(t.Cause.Error(), "\n", ": "))
	}
	if t.Note != "" {
		b.WriteString(": " + t.Note)
	}
	text := b.String()
	if t.Remedy != "" {
		text = strings.TrimSuffix(text, ".") + "; " + t.Remedy
	}
	if len(t.Where) > 0 {
		text += " (" + strings.Join(t.Where, ", ") + ")"
	}
	return text
}

// Sent is the part of Where that says what was sent how often, nothing for an
// operation that sends nothing.
func Sent(method, route string, attempts int) []string {
	switch {
	case method == "":
		return nil
	case attempts == 0:
		return []string{method + " " + route, "nothing was sent"}
	case attempts == 1:
		return []string{method + " " + route}
	}
	return []string{method + " " + route, fmt.Sprintf("%d attempts", attempts)}
}
