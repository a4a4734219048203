package novu

import (
	"regexp"
	"strings"
)

// htmlMarks are the tags of Teams that mean something in Markdown.
var htmlMarks = []struct {
	tag  *regexp.Regexp
	mark string
}{
	{regexp.MustCompile(`(?i)<at>([^<]+)</at>`), "@$1"},
	{regexp.MustCompile(`(?i)<(?:b|strong)>([^<]+)</(?:b|strong)>`), "**$1**"},
	{regexp.MustCompile(`(?i)<(?:i|em)>([^<]+)</(?:i|em)>`), "_${1}_"},
	{regexp.MustCompile(`(?i)<(?:s|strike)>([^<]+)</(?:s|strike)>`), "~~$1~~"},
	{regexp.MustCompile(`(?i)<a[^>]+href="[^"]+"[^>]*>([^<]+)</a>`), "$1"},
	{regexp.MustCompile(`(?i)<code>([^<]+)</code>`), "`$1`"},
	{regexp.MustCompile(`(?i)<pre>([^<]+)</pre>`), "```\n$1\n```"},
	{regexp.MustCompile(`<[^>]+>`), ""},
}

var htmlEntities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#39;", "'")

// plainText is what an agent reads of a message: without HTML, Markdown and the targets of links. Novu joins
// paragraphs and items without anything between them.
func plainText(text string) string {
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(text, "<&*_~`[]#>\\\n\r|+-.)") {
		return text
	}
	for _, m := range htmlMarks {
		text = m.tag.ReplaceAllString(text, m.mark)
	}
	return plainMarkdown(htmlEntities.Replace(text))
}

var (
	blockMark = regexp.MustCompile(`^ {0,3}(?:(?:>|[-*+]|\d{1,9}[.)])(?: +|$)|#{1,6}(?: +|$))`)
	ruler     = regexp.MustCompile(`^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$`)
	fence     = regexp.MustCompile("^ {0,3}(?:```+|~~~+)")
	headEnd   = regexp.MustCompile(` +#+ *$`)
)

// plainMarkdown strips Markdown.
func plainMarkdown(text string) string {
	var out, paragraph strings.Builder
	flush := func() {
		out.WriteString(plainInline(paragraph.String()))
		paragraph.Reset()
	}
	inCode, firstOfCode := false, false
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		switch {
		case fence.MatchString(line):
			flush()
			inCode, firstOfCode = !inCode, true
		case inCode:
			if !firstOfCode {
				out.WriteByte('\n')
			}
			out.WriteString(line)
			firstOfCode = false
		case strings.TrimSpace(line) == "" || ruler.MatchString(line):
			flush()
		default:
			for blockMark.MatchString(line) {
				flush()
				if strings.HasPrefix(strings.TrimLeft(line, " "), "#") {
					line = headEnd.ReplaceAllString(line, "")
				}
				line = line[len(blockMark.FindString(line)):]
			}
			if paragraph.Len() > 0 {
				paragraph.WriteByte('\n')
			}
			paragraph.WriteString(strings.TrimSpace(line))
		}
	}
	flush()
	return out.String()
}

var (
	codeSpan = regexp.MustCompile("(`+)([^`]+)(`+)")
	link     = regexp.MustCompile(`!?\[([^\[\]]*)\]\((?:<[^>]*>|[^()\s]*)(?:\s+"[^"]*")?\)`)
	struck   = regexp.MustCompile(`~~([^~\s](?:[^~]*[^~\s])?)~~`)
	starred  = regexp.MustCompile(`(\*{1,3})([^*\s](?:[^*]*[^*\s])?)(\*{1,3})`)
	lined    = regexp.MustCompile(`(^|[^\pL\pN_])(_{1,3})([^_\s](?:[^_]*[^_\s])?)(_{1,3})($|[^\pL\pN_])`)
	escaped  = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
)

// keptMark stands before a letter that says which literal was there.
const (
	keptMark  = '\uE000'
	firstKept = 0xF0000
	mostKept  = 0xFFFE // that many letters are for private use
)

// plainInline strips what stands within a paragraph. What is in code or behind a backslash is put aside, so that it
// is not read as a mark.
func plainInline(text string) string {
	var kept []string
	keep := func(literal string) string {
		if len(kept) == mostKept {
			return literal
		}
		kept = append(kept, literal)
		return string([]rune{keptMark, rune(firstKept + len(kept) - 1)})
	}
	text = strings.ReplaceAll(text, string(keptMark), "")
	text = codeSpan.ReplaceAllStringFunc(text, func(span string) string {
		m := codeSpan.FindStringSubmatch(span)
		if len(m[1]) != len(m[3]) {
			return span
		}
		return keep(m[2])
	})
	text = escaped.ReplaceAllStringFunc(text, func(s string) string { return keep(s[1:]) })
	text = link.ReplaceAllString(text, "$1")
	text = struck.ReplaceAllString(text, "$1")
	for range 3 { // a mark may stand in another
		text = starred.ReplaceAllString(text, "$2")
		text = lined.ReplaceAllString(text, "$1$3$5")
	}
	if len(kept) == 0 {
		return text
	}
	var out strings.Builder
	marked := false
	for _, letter := range text {
		switch n := int(letter) - firstKept; {
		case letter == keptMark:
			marked = true
			continue
		case marked && n >= 0 && n < len(kept):
			out.WriteString(kept[n])
		default:
			out.WriteRune(letter)
		}
		marked = false
	}
	return out.String()
}
