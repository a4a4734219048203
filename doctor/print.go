package doctor

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lines are as wide as the terminal, within these bounds. Ids are not broken.
const (
	narrowest    = 40
	widest       = 100
	defaultWidth = 60 // if it is not known how wide the terminal is
	indent       = 5
)

// String is the report as a tree, without color.
func (r *Report) String() string {
	var b strings.Builder
	(&printer{w: &b, width: defaultWidth}).report(r)
	return b.String()
}

// Print writes the report as a tree, with a summary first and then what is broken. It is in color
// if w is a terminal, unless the environment has NO_COLOR or a TERM that is dumb. Lines are as wide
// as the terminal, or as the environment's COLUMNS.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	(&printer{w: &b, color: wantsColor(w, os.Getenv), width: widthOf(w, os.Getenv)}).report(r)
	_, err := io.WriteString(w, b.String())
	return err
}

func wantsColor(w io.Writer, getenv func(string) string) bool {
	f, isFile := w.(*os.File)
	if !isFile || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func widthOf(w io.Writer, getenv func(string) string) int {
	columns, _ := strconv.Atoi(getenv("COLUMNS"))
	if f, isFile := w.(*os.File); isFile && columns <= 0 {
		columns = terminalWidth(f)
	}
	if columns <= 0 {
		columns = defaultWidth
	}
	return min(max(columns, narrowest), widest)
}

type printer struct {
	w     *strings.Builder
	color bool
	width int
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
	bold   = "1"
)

var marks = map[Verdict]struct{ sign, color string }{
	OK:         {sign: "✓", color: green},
	Warning:    {sign: "!", color: yellow},
	Broken:     {sign: "✗", color: red},
	NotChecked: {sign: "–", color: faint},
}

func (p *printer) paint(color, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (p *printer) report(r *Report) {
	mark := marks[r.Verdict]
	for i, text := range wrap(r.summary(), p.width-2) {
		p.line([]string{p.paint(mark.color, mark.sign) + " ", "  "}[min(i, 1)] + p.paint(bold, text))
	}
	for _, text := range wrap(visible(r.about()), p.width) {
		p.line(text)
	}
	for _, group := range worstGroupsFirst(r.Findings) {
		p.line("")
		for _, text := range wrap(visible(group[0].Subject), p.width) {
			p.line(p.paint(bold, text))
		}
		for i, f := range group {
			p.finding(f, i == len(group)-1)
		}
	}
}

// importance orders what is printed.
func importance(f Finding) int {
	return slices.Index([]Verdict{Broken, Warning, NotChecked, OK}, f.Verdict)
}

// worstGroupsFirst groups the findings by subject. Broken links come first, and otherwise the order
// of the chain holds.
func worstGroupsFirst(all []Finding) [][]Finding {
	var groups [][]Finding
	for _, f := range all {
		last := len(groups) - 1
		if last >= 0 && groups[last][0].Subject == f.Subject {
			groups[last] = append(groups[last], f)
			continue
		}
		groups = append(groups, []Finding{f})
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b Finding) int { return cmp.Compare(importance(a), importance(b)) })
	}
	slices.SortStableFunc(groups, func(a, b []Finding) int { return cmp.Compare(importance(a[0]), importance(b[0])) })
	return groups
}

// summary is the report in one line.
func (r *Report) summary() string {
	text := map[Verdict]string{
		OK: "Nothing is broken", Warning: "Nothing is broken, with warnings",
		Broken: "Something is broken", NotChecked: "Not everything could be checked",
	}[r.Verdict]
	var parts []string
	for _, v := range []Verdict{Broken, Warning, NotChecked, OK} {
		if n := len(r.with(v)); n > 0 {
			part := fmt.Sprintf("%d %s", n, v)
			if v == Warning {
				part = count(n, "warning", "warnings")
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return text
	}
	return text + ": " + strings.Join(parts, ", ")
}

// about says what was examined.
func (r *Report) about() string {
	if r.Cursor != "" {
		switch {
		case r.ConnectionIdentifier != "":
			return strings.TrimSuffix("Connection "+r.ConnectionIdentifier+", tenant "+r.TenantID, ", tenant ")
		case r.TenantID != "":
			return "Tenant " + r.TenantID + ", without a connection"
		}
		return "Subscriber " + r.SubscriberID + ", without a connection"
	}
	what := "A notification"
	switch {
	case r.AgentIdentifier != "" && r.SubscriberID != "":
		return "The agent " + r.AgentIdentifier + " and the subscriber " + r.SubscriberID + ", who writes to it"
	case r.AgentIdentifier != "":
		return "The agent " + r.AgentIdentifier
	case r.IntegrationIdentifier != "":
		return "The integration " + r.IntegrationIdentifier
	case r.WorkflowID != "":
		what = "The workflow " + r.WorkflowID
	case r.TransactionID != "":
		what = "The transaction " + r.TransactionID
	}
	if r.SubscriberID == "" {
		return what
	}
	return what + " for the subscriber " + r.SubscriberID + " with " + contextsOf(r.ContextKeys)
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
	for i, text := range wrap(name+": "+visible(message), p.width-indent) {
		lead := p.paint(faint, stem)
		if i == 0 {
			lead = p.paint(faint, branch) + p.paint(mark.color, mark.sign) + " "
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
		for _, text := range wrap(visible(name+": "+f.Evidence[name]), p.width-indent) {
			p.line(stem + p.paint(faint, text))
		}
	}
	p.arrow(stem, "→ ", f.Remedy)
	if f.ForCustomer != "" {
		p.arrow(stem, "» ", "Tell the customer: "+f.ForCustomer)
	}
}

func (p *printer) arrow(stem, sign, text string) {
	for i, text := range wrap(visible(text), p.width-indent-2) {
		p.line(stem + []string{sign, "  "}[min(i, 1)] + text)
	}
}

func (p *printer) line(text string) {
	p.w.WriteString(strings.TrimRight(text, " ") + "\n")
}

// visible replaces what would steer the terminal.
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
