package novu

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTeamsMarkdown(t *testing.T) {
	for _, c := range []struct{ name, given, want string }{
		{name: "headings", given: "# Title\ntext\n\nOther\n===", want: "Title\n\ntext\n\nOther"},
		{name: "emphasis", given: "**b** __b__ *i* _i_ ***both*** ~~no~~ ~no~", want: "**b** **b** _i_ _i_ _**both**_ ~~no~~ ~~no~~"},
		{name: "marks without a partner", given: "2 * 3 ** 4 snake_case_name *", want: "2 * 3 ** 4 snake_case_name *"},
		{name: "escapes and entities", given: `\*no\* &amp; &lt;b&gt; C:\dir`, want: `*no* & <b> C:\dir`},
		{name: "code", given: "`a *b*` ``x ` y`` ` open", want: "`a *b*` `x ` y` ` open"},
		{name: "fence", given: "~~~go run\nx := 1\n\n  y\n~~~\nafter", want: "```go\nx := 1\n\n  y\n```\n\nafter"},
		{name: "indented code", given: "    x\n      y\n\ntext", want: "```\nx\n  y\n```\n\ntext"},
		{name: "links", given: `[l](https://x.example "t") [a*b*](<u v>) ![i](p.png) <https://a.example>`,
			want: "[l](https://x.example) [a_b_](u v)  [https://a.example](https://a.example)"},
		{name: "bare links", given: "See https://x.example/a_b, www.x.example or a@x.example.",
			want: "See [https://x.example/a_b](https://x.example/a_b), [www.x.example](http://www.x.example) or [a@x.example](mailto:a@x.example)."},
		{name: "mentions", given: "@Frank, a @bob_1 `@c` **@Eve** @ @-x", want: "<at>Frank</at>, a <at>bob_1</at> `@c` **<at>Eve</at>** @ @-x"},
		{name: "emoji", given: "{{emoji:wave}} {{EMOJI:rocket}} {{emoji:nope}} :smile:", want: "👋 🚀 nope :smile:"},
		{name: "lists", given: "* a\n* b\n    * c\n\n      more\n* [x] done\n\n3) three\n4) four", want: "- a\n- b\n  - c\n    more\n- done\n\n3. three\n4. four"},
		{name: "quotes", given: "> one\n> two\nlazy\n>\n> - x\n\nafter", want: "> one\ntwo\nlazy\n> - x\n\nafter"},
		{name: "tables", given: "a|b\n-|:-:\n1|`x\\|y`\n2", want: "| a | b |\n| --- | --- |\n| 1 | `x\\|y` |\n| 2 |  |"},
		{name: "rules and breaks", given: "a  \nb\\\nc\n\n* * *\nd", want: "a\nb\nc\n\n---\n\nd"},
		{name: "HTML", given: "<div>\n*x*\n</div>\n\na<br>*b* <b>c</b>", want: "<div>\n*x*\n</div>\n\na<br>_b_ <b>c</b>"},
		{name: "nothing", given: " \n\n", want: ""},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, teamsMarkdown(c.given)) })
	}
}

// Long texts must not cost more than they are long.
func TestTeamsMarkdownOfLongTexts(t *testing.T) {
	for _, part := range []string{"*", "_a", "~", "`", "[", "> ", "<", "@a", "a.", "- ", "|"} {
		text := strings.Repeat(part, 20_000)
		assert.NotEmpty(t, teamsMarkdown(text), part)
	}
}

func FuzzTeamsMarkdown(f *testing.F) {
	for _, seed := range []string{"# a\n- b\n  1. c\n> d\n```\ne", "**a _b_ [c](d) `e`**", "|a|b|\n|-|-|\n|1|", "\\", "<@a>\n@b", "&#x0;&"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { _ = teamsMarkdown(text) })
}
