package novu

import (
	"regexp"
	"strconv"
	"strings"
)

// teamsMarkdown is Markdown as Novu sends it to Teams: parsed and written again. Headings lose
// their marks, images are lost, and @Name becomes a mention without an entity.
func teamsMarkdown(text string) string {
	var written []string
	for _, b := range markdownBlocks(markdownLines(text)) {
		written = append(written, b.write())
	}
	return convertEmoji(strings.Join(written, "\n\n"))
}

// markdownBlock is a block: a list, or anything else, already written.
type markdownBlock struct {
	text string
	list *markdownList
}

type markdownList struct {
	ordered bool
	start   int
	items   [][]markdownBlock
}

func (b markdownBlock) write() string {
	if b.list != nil {
		return b.list.write(0)
	}
	return b.text
}

func (l *markdownList) write(depth int) string {
	indent := strings.Repeat("  ", depth)
	var lines []string
	for i, item := range l.items {
		prefix := "- "
		if l.ordered {
			prefix = strconv.Itoa(l.start+i) + ". "
		}
		for _, b := range item {
			if b.list != nil {
				lines = append(lines, b.list.write(depth+1))
				continue
			}
			if strings.TrimSpace(b.text) == "" {
				continue
			}
			lines = append(lines, indent+prefix+b.text)
			prefix = "  "
		}
	}
	return strings.Join(lines, "\n")
}

func markdownLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		body := strings.TrimLeft(line, " \t")
		indent := 0
		for _, c := range line[:len(line)-len(body)] {
			if c == '\t' {
				indent += 4 - indent%4
			} else {
				indent++
			}
		}
		lines[i] = strings.Repeat(" ", indent) + body
	}
	return lines
}

var (
	markdownFence   = regexp.MustCompile("^( {0,3})(`{3,}|~{3,})[ \t]*(.*)$")
	markdownHeading = regexp.MustCompile(`^ {0,3}#{1,6}(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$`)
	markdownRule    = regexp.MustCompile(`^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$`)
	markdownQuote   = regexp.MustCompile(`^ {0,3}> ?`)
	markdownItem    = regexp.MustCompile(`^( {0,3})([-+*]|(\d{1,9})[.)])( +|$)`)
	markdownHTML    = regexp.MustCompile(`^ {0,3}(?:<[A-Za-z][A-Za-z0-9-]*(?:\s[^>]*)?/?>|</[A-Za-z][A-Za-z0-9-]*\s*>|<!--|<\?|<![A-Za-z])`)
	htmlBlockTag    = regexp.MustCompile(`(?i)^ {0,3}(?:</?(?:address|article|aside|blockquote|body|center|details|dialog|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|nav|ol|p|pre|script|section|style|summary|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul)(?:\s|/?>|$)|<!--|<\?|<![A-Za-z])`)
	markdownSetext  = regexp.MustCompile(`^ {0,3}(?:=+|-+)[ \t]*$`)
	markdownTask    = regexp.MustCompile(`^\[[ xX]\][ \t]+`)
	tableRule       = regexp.MustCompile(`^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
)

func blank(line string) bool { return strings.TrimSpace(line) == "" }

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// interrupts tells whether a line ends a paragraph before it.
func interrupts(line string) bool {
	if m := markdownItem.FindStringSubmatch(line); m != nil && len(m[0]) < len(line) && (m[3] == "" || m[3] == "1") {
		return true
	}
	return markdownFence.MatchString(line) || markdownRule.MatchString(line) || markdownQuote.MatchString(line) ||
		htmlBlockTag.MatchString(line) || markdownHeading.MatchString(line)
}

func markdownBlocks(lines []string) []markdownBlock {
	var blocks []markdownBlock
	for i := 0; i < len(lines); {
		line := lines[i]
		var b markdownBlock
		used := 1
		switch {
		case blank(line):
			i++
			continue
		case indentOf(line) >= 4:
			b.text, used = indentedCode(lines[i:])
		case isFence(line):
			b.text, used = fencedCode(lines[i:])
		case markdownHeading.MatchString(line):
			b.text = markdownInline(markdownHeading.FindStringSubmatch(line)[1])
		case markdownRule.MatchString(line):
			b.text = "---"
		case markdownQuote.MatchString(line):
			b.text, used = quotation(lines[i:])
		case markdownItem.MatchString(line):
			b.list, used = markdownListOf(lines[i:])
		case htmlBlockTag.MatchString(line), markdownHTML.MatchString(line) && blank(markdownHTML.ReplaceAllString(line, "")):
			for used < len(lines)-i && !blank(lines[i+used]) {
				used++
			}
			b.text = strings.Join(lines[i:i+used], "\n")
		default:
			b.text, used = tableOrParagraph(lines[i:])
		}
		blocks = append(blocks, b)
		i += used
	}
	return blocks
}

func isFence(line string) bool {
	m := markdownFence.FindStringSubmatch(line)
	return m != nil && (m[2][0] == '~' || !strings.Contains(m[3], "`"))
}

func fencedCode(lines []string) (text string, used int) {
	m := markdownFence.FindStringSubmatch(lines[0])
	language, _, _ := strings.Cut(strings.TrimSpace(m[3]), " ")
	var code []string
	for used = 1; used < len(lines); used++ {
		line := lines[used]
		if closing := strings.TrimSpace(line); indentOf(line) < 4 && len(closing) >= len(m[2]) && strings.Trim(closing, m[2][:1]) == "" {
			used++
			break
		}
		code = append(code, line[min(len(m[1]), indentOf(line)):])
	}
	return writtenCode(unescapeMarkdown(language), code), used
}

func writtenCode(language string, lines []string) string {
	return "```" + language + "\n" + strings.Join(lines, "\n") + "\n```"
}

func indentedCode(lines []string) (text string, used int) {
	var code []string
	for _, line := range lines {
		if !blank(line) && indentOf(line) < 4 {
			break
		}
		code = append(code, line[min(4, indentOf(line)):])
	}
	used = len(code)
	for len(code) > 0 && blank(code[len(code)-1]) {
		code = code[:len(code)-1]
	}
	return writtenCode("", code), used
}

// quotation marks each of its blocks once, however many lines it has.
func quotation(lines []string) (text string, used int) {
	var inner []string
	for ; used < len(lines); used++ {
		line := lines[used]
		switch mark := markdownQuote.FindString(line); {
		case mark != "":
			inner = append(inner, line[len(mark):])
			continue
		case !blank(line) && !interrupts(line) && continuesParagraph(inner):
			inner = append(inner, line)
			continue
		}
		break
	}
	var written []string
	for _, b := range markdownBlocks(inner) {
		written = append(written, "> "+b.write())
	}
	return strings.Join(written, "\n"), used
}

// continuesParagraph tells whether a line without the container's mark still belongs to the last
// paragraph.
func continuesParagraph(inner []string) bool {
	if len(inner) == 0 {
		return false
	}
	last := inner[len(inner)-1]
	return !blank(last) && !isFence(last) && !markdownHeading.MatchString(last) && !markdownRule.MatchString(last)
}

func markdownListOf(lines []string) (list *markdownList, used int) {
	first := markdownItem.FindStringSubmatch(lines[0])
	list = &markdownList{ordered: first[3] != "", start: 1}
	if list.ordered {
		list.start, _ = strconv.Atoi(first[3]) // nine digits at most
	}
	kind := first[2][len(first[2])-1]
	for used < len(lines) {
		m := markdownItem.FindStringSubmatch(lines[used])
		if m == nil || m[2][len(m[2])-1] != kind || markdownRule.MatchString(lines[used]) {
			break
		}
		item, n := markdownItemOf(lines[used:], m)
		list.items = append(list.items, item)
		used += n
	}
	return list, used
}

func markdownItemOf(lines, marker []string) (item []markdownBlock, used int) {
	offset := len(marker[0])
	if spaces := len(marker[4]); spaces > 4 || spaces == 0 {
		offset += 1 - spaces
	}
	inner := []string{markdownTask.ReplaceAllString(lines[0][min(offset, len(lines[0])):], "")}
	for used = 1; used < len(lines); used++ {
		line := lines[used]
		switch {
		case blank(line):
			inner = append(inner, "")
			continue
		case indentOf(line) >= offset:
			inner = append(inner, line[offset:])
			continue
		case !interrupts(line) && !markdownItem.MatchString(line) && continuesParagraph(inner):
			inner = append(inner, line)
			continue
		}
		break
	}
	return markdownBlocks(inner), used
}

func tableOrParagraph(lines []string) (text string, used int) {
	if len(lines) > 1 && strings.Contains(lines[0], "|") && tableRule.MatchString(lines[1]) &&
		len(tableCells(lines[0])) == len(tableCells(lines[1])) {
		return markdownTable(lines)
	}
	var paragraph []string
	for ; used < len(lines); used++ {
		line := lines[used]
		if used > 0 && markdownSetext.MatchString(line) {
			used++
			break
		}
		if blank(line) || used > 0 && interrupts(line) {
			break
		}
		paragraph = append(paragraph, strings.TrimLeft(line, " "))
	}
	return markdownInline(strings.TrimRight(strings.Join(paragraph, "\n"), " \t")), used
}

func markdownTable(lines []string) (text string, used int) {
	columns := len(tableCells(lines[0]))
	row := func(line string) string {
		cells := make([]string, columns)
		for i, cell := range tableCells(line) {
			if i < columns {
				written := markdownInline(cell)
				cells[i] = strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", " ").Replace(written)
			}
		}
		return "| " + strings.Join(cells, " | ") + " |"
	}
	written := []string{row(lines[0]), "| " + strings.Repeat("--- | ", columns-1) + "--- |"}
	for used = 2; used < len(lines) && !blank(lines[used]) && !interrupts(lines[used]); used++ {
		written = append(written, row(lines[used]))
	}
	return strings.Join(written, "\n"), used
}

// tableCells are the cells of a row. A bar behind a backslash belongs to its cell.
func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	var cells []string
	var cell strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '|':
			cell.WriteByte('|')
			i++
		case line[i] == '|':
			cells = append(cells, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(line[i])
		}
	}
	if rest := strings.TrimSpace(cell.String()); rest != "" || len(cells) == 0 {
		cells = append(cells, rest)
	}
	return cells
}
