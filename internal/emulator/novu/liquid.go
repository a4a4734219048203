package novu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/osteele/liquid"
)

// An output is {{ … }}, a tag {% … %}.
var (
	liquidOutput  = regexp.MustCompile(`\{\{-?((?:[^{}'"]|'[^']*'|"[^"]*")*?)-?\}\}`)
	liquidFilter  = regexp.MustCompile(`\|\s*([a-zA-Z_]\w*)`)
	liquidQuoted  = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	liquidFilters = strings.Fields(`abs append at_least at_most capitalize ceil compact concat date default divided_by downcase escape
		escape_once first floor join json last lstrip map minus modulo newline_to_br plus prepend remove remove_first replace
		replace_first reverse round rstrip size slice sort sort_natural split strip strip_html strip_newlines times truncate
		truncatewords uniq upcase url_decode url_encode where inspect type`)
)

// printFilter stands at the end of every output. It prints as Novu does.
const printFilter = "novu_print"

// render fills a template in, in the order of this server's version: 3.15 runs
// Liquid over the whole text, 3.19 parses text that is JSON first and runs
// Liquid in each of its strings.
func (s *Server) render(template string, scope *liquidScope) (string, error) {
	var parsed any
	if !s.is319() || !startsJSON(template) || emulator.Decode([]byte(template), &parsed) != nil {
		return renderLiquid(template, scope)
	}
	return renderJSON(template, scope)
}

func startsJSON(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// renderJSON runs Liquid in each string of a JSON text and keeps the order of its keys.
func renderJSON(text string, scope *liquidScope) (string, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out bytes.Buffer
	if err := renderValue(d, &out, scope); err != nil {
		return "", err
	}
	return out.String(), nil
}

func renderValue(d *json.Decoder, out *bytes.Buffer, scope *liquidScope) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, isDelim := token.(json.Delim)
	if !isDelim {
		if text, isText := token.(string); isText {
			rendered, err := renderLiquid(text, scope)
			if err != nil {
				return err
			}
			token = rendered
		}
		out.Write(emulator.Encode(token))
		return nil
	}
	out.WriteString(delim.String())
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if delim == '{' {
			if err := renderValue(d, out, scope); err != nil { // the key
				return err
			}
			out.WriteByte(':')
		}
		if err := renderValue(d, out, scope); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if err != nil {
		return err
	}
	fmt.Fprint(out, end)
	return nil
}

// renderLiquid runs Liquid. A filter that Liquid does not know passes its value
// on, as in Novu.
func renderLiquid(template string, scope *liquidScope) (string, error) {
	if !strings.Contains(template, "{{") && !strings.Contains(template, "{%") {
		return template, nil
	}
	if unclosed(template) {
		return "", fmt.Errorf("output is not closed")
	}
	engine := liquid.NewEngine()
	engine.RegisterFilter(printFilter, scope.print)
	for _, name := range unknownFilters(template) {
		engine.RegisterFilter(name, func(v any, _ ...any) any { return v })
	}
	printing := liquidOutput.ReplaceAllStringFunc(template, func(output string) string {
		inner := liquidOutput.FindStringSubmatch(output)[1]
		if strings.TrimSpace(inner) == "" {
			return ""
		}
		return strings.Replace(output, inner, inner+" | "+printFilter+" ", 1)
	})
	out, err := engine.ParseAndRenderString(printing, scope.values)
	if err != nil {
		return "", err
	}
	return out, nil
}

// unclosed tells whether an output or a tag begins and does not end.
func unclosed(template string) bool {
	for _, pair := range []struct{ open, end string }{{"{{", "}}"}, {"{%", "%}"}} {
		rest := template
		for {
			_, behind, opens := strings.Cut(rest, pair.open)
			if !opens {
				break
			}
			_, rest, opens = strings.Cut(behind, pair.end)
			if !opens {
				return true
			}
		}
	}
	return false
}

// unknownFilters are the filters of a template's outputs that Liquid does not know.
func unknownFilters(template string) []string {
	var unknown []string
	for _, output := range liquidOutput.FindAllStringSubmatch(template, -1) {
		for _, filter := range liquidFilter.FindAllStringSubmatch(liquidQuoted.ReplaceAllString(output[1], ""), -1) {
			if name := filter[1]; !slices.Contains(liquidFilters, name) && !slices.Contains(unknown, name) {
				unknown = append(unknown, name)
			}
		}
	}
	return unknown
}

// singleQuoted turns the quotes of JSON into single ones.
func singleQuoted(raw []byte) string {
	return strings.ReplaceAll(strings.ReplaceAll(string(raw), `\"`, `"`), `"`, `'`)
}
