package doctor

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width is where lines are broken. Ids are not.
const (
	width  = 100
	indent = 5
)

// String is the report as a tree, without colour.
func (r *Report) String() string {
	var b strings.Builder
	(&printer{w: &b}).report(r)
	return b.String()
}

// Print writes the report as a tree: in colour where w is a terminal, unless the
// environment has NO_COLOR, or a TERM that is dumb.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	(&printer{w: &b, colour: wantsColour(w, os.Getenv)}).report(r)
	_, err := io.WriteString(w, b.String())
	return err
}

func wantsColour(w io.Writer, getenv func(string) string) bool {
	f, isFile := w.(*os.File)
	if !isFile || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

type printer struct {
	w      *strings.Builder
	colour bool
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
	bold   = "1"
)

var marks = map[Verdict]struct{ sign, colour string }{
	OK: {"✓", green}, Warning: {"!", yellow}, Broken: {"✗", red}, NotChecked: {"–", faint},
}

func (p *printer) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (p *printer) report(r *Report) {
	p.line(p.paint(bold, visible(r.headline())))
	p.line("")
	for i := 0; i < len(r.Findings); {
		end := i + 1
		for end < len(r.Findings) && r.Findings[end].Subject == r.Findings[i].Subject {
			end++
		}
		p.line(p.paint(bold, visible(r.Findings[i].Subject)))
		for j, f := range r.Findings[i:end] {
			p.finding(f, j == end-i-1)
		}
		i = end
	}
	p.line("")
	p.line(r.sum())
}

func (r *Report) headline() string {
	what := "A notification"
	if r.WorkflowID != "" {
		what = "The workflow " + r.WorkflowID
	}
	return what + " for the subscriber " + r.SubscriberID + " with " + contextsOf(r.ContextKeys)
}

func (r *Report) sum() string {
	var parts []string
	for _, v := range []Verdict{Broken, Warning, NotChecked, OK} {
		if n := len(r.with(v)); n > 0 {
			text := fmt.Sprintf("%d %s", n, v)
			if v == Warning {
				text = count(n, "warning", "warnings")
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

func (p *printer) finding(f Finding, last bool) {
	branch, stem := "├─ ", "│    "
	if last {
		branch, stem = "└─ ", "     "
	}
	mark := marks[f.Verdict]
	_, name, _ := strings.Cut(string(f.Check), ".")
	message := f.Message
	if f.Verdict == NotChecked {
		message = "not checked: " + message
	}
	for i, text := range wrap(name+": "+visible(message), width-indent) {
		lead := p.paint(faint, stem)
		if i == 0 {
			lead = p.paint(faint, branch) + p.paint(mark.colour, mark.sign) + " "
		}
		if f.Verdict == NotChecked {
			text = p.paint(faint, text)
		}
		p.line(lead + text)
	}
	if f.Verdict != OK && f.Because == "" {
		p.details(f, p.paint(faint, stem))
	}
}

func (p *printer) details(f Finding, stem string) {
	if f.Verdict == NotChecked {
		f.Evidence = nil // the message says what is known
	}
	for _, name := range slices.Sorted(maps.Keys(f.Evidence)) {
		for _, text := range wrap(visible(name+": "+f.Evidence[name]), width-indent) {
			p.line(stem + p.paint(faint, text))
		}
	}
	for i, text := range wrap(visible(f.Remedy), width-indent-2) {
		p.line(stem + []string{"→ ", "  "}[min(i, 1)] + text)
	}
}

func (p *printer) line(text string) {
	p.w.WriteString(strings.TrimRight(text, " ") + "\n")
}

// visible takes from a server's text what would steer the terminal.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
}

// wrap breaks text between words. It is nil for none.
func wrap(text string, at int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= at {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
