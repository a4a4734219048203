package novu

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"Where is my order?": "Where is my order?",
		" padded \n":         "padded",
		"**bold** <b>html</b> a &amp; b <at>Someone</at> [l](https://x.example)": "bold html a & b @Someone l",
		"<at>Support Bot</at> hi all":                                            "@Support Bot hi all",
		"_it_ *it* ~~no~~ `a*b*c`":                                               "it it no a*b*c",
		"***both*** __b__ **a _b_ c**":                                           "both b a b c",
		"snake_case_name and 2 * 3 * 4":                                          "snake_case_name and 2 * 3 * 4",
		`\*literal\* \_x\_`:                                                      "*literal* _x_",
		"one\ntwo":                                                               "one\ntwo",
		"one\n\ntwo":                                                             "onetwo", // paragraphs are joined without anything
		"# Title\n\ntext":                                                        "Titletext",
		"- a\n- b\n1. c":                                                         "abc",
		"> quoted":                                                               "quoted",
		"```go\nx := 1\ny := 2\n```":                                             "x := 1\ny := 2",
		"a\n\n---\n\nb":                                                          "ab",
		`<a href="https://x.example">link</a> <i>i</i> <s>s</s> <code>c</code>`: "link i s c",
		"<div>a<br>b</div>":               "ab",
		"1 &lt; 2":                        "1 < 2",
		"![alt](https://x)":               "alt",
		"https://x.example/a_b_c?d=1&e=2": "https://x.example/a_b_c?d=1&e=2",
		"plain - with dash. And (this).":  "plain - with dash. And (this).",
		"Grüße 👋 *Ü*":                     "Grüße 👋 Ü",
	} {
		assert.Equal(t, want, plainText(text), text)
	}
}

func FuzzPlainText(f *testing.F) {
	for _, seed := range []string{"**a** _b_ `c`", "<b>x</b>&lt;", "- a\n> b\n```\nc", "\\*[x](y)![]()", "\xff*\xff*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := plainText(text); len(got) > 8*len(text)+8 {
			t.Errorf("%q became %q", text, got)
		}
	})
}
