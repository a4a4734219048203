package novu

import (
	"container/list"
	"strings"
)

// emphasize pairs the marks that begin with those that end an emphasis.
func (p *inlineParser) emphasize() {
	type floorKey struct {
		mark      byte
		length    int
		alsoOpens bool
	}
	floors := map[floorKey]*list.Element{} // below which no beginning was found
	for closer := p.parts.Front(); closer != nil; closer = closer.Next() {
		c := closer.Value.(*inlinePart)
		if c.mark == 0 || !c.canClose {
			continue
		}
		for c.text != "" {
			key := floorKey{mark: c.mark, length: c.length % 3, alsoOpens: c.canOpen}
			if c.mark == '~' {
				key.length = c.length
			}
			opener := p.opener(closer, floors[key])
			if opener == nil {
				floors[key] = closer.Prev()
				break
			}
			p.pair(opener, closer)
		}
	}
}

// opener is the nearest run before closer that begins what it ends, or nil.
func (p *inlineParser) opener(closer, floor *list.Element) *list.Element {
	c := closer.Value.(*inlinePart)
	for e := closer.Prev(); e != nil && e != floor; e = e.Prev() {
		o := e.Value.(*inlinePart)
		if o.mark != c.mark || !o.canOpen || o.text == "" {
			continue
		}
		if c.mark == '~' {
			if len(o.text) == len(c.text) {
				return e
			}
			continue
		}
		if (o.canClose || c.canOpen) && (o.length+c.length)%3 == 0 && (o.length%3 != 0 || c.length%3 != 0) {
			continue
		}
		return e
	}
	return nil
}

// pair writes the emphasis between two runs. Marks between them that found no partner are text.
func (p *inlineParser) pair(opener, closer *list.Element) {
	o, c := opener.Value.(*inlinePart), closer.Value.(*inlinePart)
	for e := opener.Next(); e != closer; e = e.Next() {
		e.Value.(*inlinePart).mark = 0
	}
	written, n := "_", 1
	switch {
	case c.mark == '~':
		written, n = "~~", len(c.text)
	case len(o.text) >= 2 && len(c.text) >= 2:
		written, n = "**", 2
	}
	o.text, c.text = o.text[n:], c.text[n:]
	p.parts.InsertAfter(&inlinePart{text: written, written: true}, opener)
	p.parts.InsertBefore(&inlinePart{text: written, written: true}, closer)
}

// write joins the parts.
func (p *inlineParser) write() string {
	var b, plain strings.Builder
	end := func() {
		b.WriteString(teamsMentions(plain.String()))
		plain.Reset()
	}
	for e := p.parts.Front(); e != nil; e = e.Next() {
		part := e.Value.(*inlinePart)
		if !part.written {
			plain.WriteString(part.text)
			continue
		}
		end()
		b.WriteString(part.text)
	}
	end()
	return b.String()
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// teamsMentions makes @Name what Teams takes for a mention, outside addresses and tags.
func teamsMentions(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := passedOver(text, i); n > 0 {
			b.WriteString(text[i : i+n])
			i += n
			continue
		}
		end := i + 1
		if text[i] == '@' && (i == 0 || text[i-1] != '<' && !isWordByte(text[i-1])) {
			for end < len(text) && isWordByte(text[end]) {
				end++
			}
		}
		if end > i+1 {
			b.WriteString("<at>" + text[i+1:end] + "</at>")
		} else {
			b.WriteByte(text[i])
		}
		i = end
	}
	return b.String()
}

// passedOver is how long the code, tag or address is that begins at i, in which an @ is no mention.
func passedOver(text string, i int) int {
	rest := text[i:]
	untilSpace := func() int {
		if n := strings.IndexAny(rest, " \t\r\n<>"); n >= 0 {
			return n
		}
		return len(rest)
	}
	switch {
	case rest[0] == '`':
		mark := rest[:1]
		if strings.HasPrefix(rest, "```") {
			mark = rest[:3]
		}
		if n := strings.Index(rest[len(mark):], mark); n >= 0 && (len(mark) == 3 || !strings.Contains(rest[1:1+n], "\n")) {
			return n + 2*len(mark)
		}
	case rest[0] == '<':
		if n := strings.IndexAny(rest, ">\r\n"); n >= 0 && rest[n] == '>' {
			return n + 1
		}
	case hasFold(rest, "https://") && len(rest) > 8, hasFold(rest, "http://") && len(rest) > 7:
		return untilSpace()
	case isHostByte(rest[0]) && (i == 0 || !isHostByte(text[i-1])):
		n := 0
		for n < len(rest) && isHostByte(rest[n]) {
			n++
		}
		dot := strings.LastIndexByte(rest[:n], '.')
		if n < len(rest) && strings.IndexByte("/?#", rest[n]) >= 0 && dot > 0 && n-dot > 2 && strings.Trim(strings.ToLower(rest[dot+1:n]), "abcdefghijklmnopqrstuvwxyz") == "" {
			return untilSpace()
		}
	}
	return 0
}

func hasFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

func isHostByte(c byte) bool { return c != '_' && isWordByte(c) || c == '.' || c == '-' }
