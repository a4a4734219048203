package novu

import (
	"container/list"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inlinePart is a piece of a paragraph: text, markup that is already written, or a run of marks
// that may begin or end an emphasis.
type inlinePart struct {
	text              string
	written           bool
	mark              byte
	length            int // of the run as it was written
	canOpen, canClose bool
}

var (
	inlineCode     = regexp.MustCompile("^`+")
	inlineAutolink = regexp.MustCompile(`^<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>`)
	inlineMailLink = regexp.MustCompile(`^<([A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>`)
	inlineHTML     = regexp.MustCompile(`^(?:</?[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>]+))?)*\s*/?>|<!--(?s:.*?)-->|<\?(?s:.*?)\?>|<![A-Za-z][^>]*>)`)
	inlineEntity   = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	inlineTarget   = regexp.MustCompile(`^\(\s*(<[^<>\n]*>|[^\s()<]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?\s*\)`)
	bareLink       = regexp.MustCompile(`^(?i:https?://|www\.)[^\s<]+`)
	bareMail       = regexp.MustCompile(`^[A-Za-z0-9._+-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`)
	escapable      = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

// unescapeMarkdown resolves escapes and entities where nothing else has a meaning.
func unescapeMarkdown(text string) string {
	if !strings.ContainsAny(text, `\&`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(escapable, text[i+1]) >= 0 {
			i++
			b.WriteByte(text[i])
			continue
		}
		if entity := inlineEntity.FindString(text[i:]); entity != "" {
			b.WriteString(html.UnescapeString(entity))
			i += len(entity) - 1
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// markdownInline writes a paragraph's text again.
func markdownInline(text string) string {
	return writeInline(text, true)
}

func writeInline(text string, links bool) string {
	p := &inlineParser{text: text, links: links, parts: list.New()}
	for p.at < len(text) {
		p.next()
	}
	p.flush()
	p.emphasize()
	return p.write()
}

type inlineParser struct {
	text  string
	links bool // a link holds no other
	at    int
	plain strings.Builder
	parts *list.List // of *inlinePart
}

// flush ends the text that was read so far.
func (p *inlineParser) flush() {
	if p.plain.Len() > 0 {
		p.parts.PushBack(&inlinePart{text: p.plain.String()})
		p.plain.Reset()
	}
}

// markup adds what is written already and skips n bytes.
func (p *inlineParser) markup(written string, n int) {
	p.flush()
	p.parts.PushBack(&inlinePart{text: written, written: true})
	p.at += n
}

// next reads one piece.
func (p *inlineParser) next() {
	rest := p.text[p.at:]
	switch c := rest[0]; c {
	case '\\':
		p.escape(rest)
		return
	case '`':
		p.code(rest)
		return
	case '<':
		if p.angle(rest) {
			return
		}
	case '!':
		if strings.HasPrefix(rest, "![") && p.link(rest[1:], 1) {
			return
		}
	case '[':
		if p.link(rest, 0) {
			return
		}
	case '&':
		if entity := inlineEntity.FindString(rest); entity != "" {
			p.plain.WriteString(html.UnescapeString(entity))
			p.at += len(entity)
			return
		}
	case '*', '_', '~':
		p.run(rest, c)
		return
	case '\n':
		p.newline()
		return
	default:
		if p.links && p.bare(rest) {
			return
		}
	}
	p.plain.WriteByte(rest[0])
	p.at++
}

func (p *inlineParser) escape(rest string) {
	switch {
	case strings.HasPrefix(rest, "\\\n"):
		p.markup("\n", 2)
		p.skipSpaces()
	case len(rest) > 1 && strings.IndexByte(escapable, rest[1]) >= 0:
		p.plain.WriteByte(rest[1])
		p.at += 2
	default:
		p.plain.WriteByte('\\')
		p.at++
	}
}

// newline reads a line's end. Two spaces before it make it a break.
func (p *inlineParser) newline() {
	text := p.plain.String()
	trimmed := strings.TrimRight(text, " ")
	p.plain.Reset()
	p.plain.WriteString(trimmed)
	if len(text)-len(trimmed) >= 2 {
		p.markup("\n", 1)
	} else {
		p.plain.WriteByte('\n')
		p.at++
	}
	p.skipSpaces()
}

func (p *inlineParser) skipSpaces() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// code reads a code span.
func (p *inlineParser) code(rest string) {
	mark := inlineCode.FindString(rest)
	for from := len(mark); from < len(rest); {
		n := strings.Index(rest[from:], mark)
		if n < 0 {
			break
		}
		end := from + n
		if after := len(inlineCode.FindString(rest[end:])); after != len(mark) {
			from = end + after
			continue
		}
		span := strings.ReplaceAll(rest[len(mark):end], "\n", " ")
		if len(span) > 2 && span[0] == ' ' && span[len(span)-1] == ' ' && strings.TrimSpace(span) != "" {
			span = span[1 : len(span)-1]
		}
		p.markup("`"+span+"`", end+len(mark))
		return
	}
	p.plain.WriteString(mark)
	p.at += len(mark)
}

// angle reads an address or a tag in angle brackets.
func (p *inlineParser) angle(rest string) bool {
	if m := inlineAutolink.FindStringSubmatch(rest); m != nil {
		p.markup("["+teamsMentions(m[1])+"]("+m[1]+")", len(m[0]))
		return true
	}
	if m := inlineMailLink.FindStringSubmatch(rest); m != nil {
		p.markup("["+teamsMentions(m[1])+"](mailto:"+m[1]+")", len(m[0]))
		return true
	}
	if tag := inlineHTML.FindString(rest); tag != "" {
		p.markup(tag, len(tag))
		return true
	}
	return false
}

// link reads a link or, behind an exclamation mark, an image. Teams gets no images.
func (p *inlineParser) link(rest string, before int) bool {
	end := closingBracket(rest)
	if end < 0 || before == 0 && !p.links {
		return false
	}
	m := inlineTarget.FindStringSubmatch(rest[end+1:])
	if m == nil {
		return false
	}
	written := ""
	if before == 0 {
		target := strings.TrimSuffix(strings.TrimPrefix(m[1], "<"), ">")
		written = "[" + writeInline(rest[1:end], false) + "](" + unescapeMarkdown(target) + ")"
	}
	p.markup(written, before+end+1+len(m[0]))
	return true
}

// closingBracket is where the bracket that rest begins with is closed, or -1.
func closingBracket(rest string) int {
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '`':
			mark := inlineCode.FindString(rest[i:])
			if n := strings.Index(rest[i+len(mark):], mark); n >= 0 {
				i += 2*len(mark) + n - 1
			}
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// bare reads an address that stands in the text without any mark.
func (p *inlineParser) bare(rest string) bool {
	c := rest[0]
	if c != 'h' && c != 'H' && c != 'w' && c != 'W' && !isWordByte(c) {
		return false
	}
	if p.at > 0 && (isWordByte(p.text[p.at-1]) || strings.IndexByte(".+-/@", p.text[p.at-1]) >= 0) {
		return false
	}
	if address := trimLink(bareLink.FindString(rest)); len(address) > len("www.") && strings.Contains(address, ".") {
		target := address
		if strings.EqualFold(address[:4], "www.") {
			target = "http://" + address
		}
		p.markup("["+teamsMentions(address)+"]("+target+")", len(address))
		return true
	}
	if mail := strings.TrimRight(bareMail.FindString(rest), "-_"); mail != "" {
		p.markup("["+teamsMentions(mail)+"](mailto:"+mail+")", len(mail))
		return true
	}
	return false
}

// trimLink leaves out the punctuation behind an address.
func trimLink(address string) string {
	for address != "" {
		last := address[len(address)-1]
		if strings.IndexByte("?!.,:*_~'\"", last) < 0 && (last != ')' || strings.Count(address, ")") <= strings.Count(address, "(")) {
			break
		}
		address = address[:len(address)-1]
	}
	return address
}

// run reads marks that may begin or end an emphasis.
func (p *inlineParser) run(rest string, mark byte) {
	n := len(rest) - len(strings.TrimLeft(rest, string(mark)))
	before, after := ' ', ' '
	if p.at > 0 {
		before, _ = utf8.DecodeLastRuneInString(p.text[:p.at])
	}
	if n < len(rest) {
		after, _ = utf8.DecodeRuneInString(rest[n:])
	}
	punctuation := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	left := !unicode.IsSpace(after) && (!punctuation(after) || unicode.IsSpace(before) || punctuation(before))
	right := !unicode.IsSpace(before) && (!punctuation(before) || unicode.IsSpace(after) || punctuation(after))
	part := &inlinePart{text: rest[:n], mark: mark, length: n, canOpen: left, canClose: right}
	if mark == '_' {
		part.canOpen, part.canClose = left && (!right || punctuation(before)), right && (!left || punctuation(after))
	}
	if mark == '~' && n > 2 {
		part.canOpen, part.canClose = false, false
	}
	p.flush()
	p.parts.PushBack(part)
	p.at += n
}
