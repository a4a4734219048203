package setup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Plan is what [Setup.Plan] or [Setup.PlanDestroy] found, and what is to be done
// about it. It holds no secret. Print it with %s, or encode it as JSON.
type Plan struct {
	Steps []Step

	title   string
	destroy bool
	of      *Setup
	begun   bool // an Apply has begun to carry it out
	applied bool
}

// Empty reports whether there is nothing to do, neither for Apply nor for a
// person, and nothing that could not be read.
func (p Plan) Empty() bool {
	return !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != ActionKeep })
}

// Pending returns the steps that Apply can't do: those for a person, and what
// could not be read.
func (p Plan) Pending() []Step {
	var pending []Step
	for _, s := range p.Steps {
		if s.Action == ActionAsk || s.Action == ActionUnreadable {
			pending = append(pending, s)
		}
	}
	return pending
}

// MarshalJSON writes the steps, whether there is anything to do, and whether
// the plan is one to destroy.
func (p Plan) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Steps   []Step `json:"steps"`
		Empty   bool   `json:"empty"`
		Destroy bool   `json:"destroy,omitempty"`
	}{Steps: append([]Step{}, p.Steps...), Empty: p.Empty(), Destroy: p.destroy})
}

// signs stand before a step, as terraform's do.
var signs = map[Action]string{
	ActionCreate: "+", ActionUpdate: "~", ActionKeep: " ", ActionDelete: "-",
	ActionAsk: "?", ActionLater: ">", ActionUnreadable: "!",
}

// String prints the plan as terraform prints its own: a sign, the step, and
// what changes, with a line that counts them at the end.
func (p Plan) String() string {
	var b strings.Builder
	b.WriteString(p.title + "\n\n")
	for _, s := range p.Steps {
		s.print(&b)
	}
	b.WriteString("\n" + p.summary() + "\n")
	return b.String()
}

func (s Step) print(b *strings.Builder) {
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "      %s%s\n", label, plain(text))
		}
	}
	fmt.Fprintf(b, "  %s %s: %s\n", signs[s.Action], s.name(), s.Action)
	for _, c := range s.Changes {
		switch {
		case c.Old == "":
			line("", "+ "+c.Field+" = "+quoted(c.New))
		case c.New == "":
			line("", "- "+c.Field+" = "+quoted(c.Old))
		default:
			line("", "~ "+c.Field+" = "+quoted(c.Old)+" -> "+quoted(c.New))
		}
	}
	if s.Irreversible {
		line("", "can't be undone: it needs an approval")
	}
	line("why:  ", s.Reason)
	if s.Action == ActionKeep {
		return
	}
	line("who:  ", s.Role)
	line("how:  ", s.Remedy)
	line("link: ", s.Link)
	if len(s.Needs) > 0 && s.Action == ActionLater {
		line("after: ", kinds(s.Needs))
	}
}

func (p Plan) summary() string {
	count := map[Action]int{}
	for _, s := range p.Steps {
		count[s.Action]++
	}
	if p.Empty() {
		if p.destroy {
			return "Nothing to destroy."
		}
		return "Nothing to do: everything is as configured."
	}
	text := fmt.Sprintf("Plan: %d to create, %d to update, %d to delete, %d to keep, %d for a person",
		count[ActionCreate], count[ActionUpdate], count[ActionDelete], count[ActionKeep], count[ActionAsk])
	if n := count[ActionLater]; n > 0 {
		text += fmt.Sprintf(", %d not known yet", n)
	}
	if n := count[ActionUnreadable]; n > 0 {
		text += fmt.Sprintf(", %d not readable", n)
	}
	return text + "."
}

func kinds(list []Kind) string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// quoted is text in quotes, on one line.
func quoted(text string) string { return fmt.Sprintf("%q", plain(text)) }

// plain is text on one line, without what upsets a terminal, and cut.
func plain(text string) string {
	const longest = 600
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
