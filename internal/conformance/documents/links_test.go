package documents_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchor is what a heading is called in a link.
func anchor(title string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

var image = regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]+)\)`)

// Every picture says in words what it shows. A drawing does so itself too, stands on its own, and
// can be read on a dark page.
func TestPicturesSpeak(t *testing.T) {
	t.Parallel()
	drawings := 0
	for name, text := range documents(t) {
		for _, match := range image.FindAllStringSubmatch(text, -1) {
			assert.Greater(t, len(match[1]), 20, "%s shows %s without words", name, match[2])
			if filepath.Ext(match[2]) != ".svg" {
				continue
			}
			drawings++
			source, err := os.ReadFile(filepath.Join(root, filepath.Dir(name), match[2]))
			require.NoError(t, err)
			var drawing struct {
				Title      string `xml:"title"`
				Desc       string `xml:"desc"`
				LabelledBy string `xml:"aria-labelledby,attr"`
				Style      string `xml:"style"`
			}
			require.NoError(t, xml.Unmarshal(source, &drawing), match[2])
			assert.NotEmpty(t, drawing.Title, match[2])
			assert.NotEmpty(t, drawing.Desc, match[2])
			assert.NotEmpty(t, drawing.LabelledBy, match[2])
			assert.Contains(t, drawing.Style, "prefers-color-scheme: dark", match[2])
			outside := strings.ReplaceAll(string(source), `xmlns="http://www.w3.org/2000/svg"`, "")
			assert.NotRegexp(t, `https?:|@import|@font-face|<script|<image|<foreignObject`, outside, match[2])
		}
	}
	assert.Positive(t, drawings)
}

// Whoever begins with the README reaches every page in docs.
func TestEveryPageIsReached(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	reached := map[string]bool{"README.md": true}
	for next := []string{"README.md"}; len(next) > 0; next = next[1:] {
		for _, match := range link.FindAllStringSubmatch(texts[next[0]], -1) {
			path, _, _ := strings.Cut(match[1], "#")
			target := filepath.Join(filepath.Dir(next[0]), path)
			if _, is := texts[target]; is && !reached[target] {
				reached[target] = true
				next = append(next, target)
			}
		}
	}
	for name := range texts {
		assert.True(t, reached[name], "no page leads to %s", name)
	}
	assert.Less(t, strings.Count(texts["README.md"], "\n"), 200, "the README is to be short")
}

// Every link of every document that stays inside the repository leads to something.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	texts, followed := documents(t), 0
	for name, text := range texts {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			followed++
			path, fragment, _ := strings.Cut(match[1], "#")
			target := filepath.Join(filepath.Dir(name), path)
			if path == "" {
				target = name
			}
			_, err := os.Stat(filepath.Join(root, target))
			require.NoError(t, err, "%s links to %s", name, match[1])
			if fragment == "" {
				continue
			}
			var anchors []string
			for _, title := range heading.FindAllStringSubmatch(texts[target], -1) {
				anchors = append(anchors, anchor(title[1]))
			}
			assert.Contains(t, anchors, fragment, "%s links to %s", name, match[1])
		}
	}
	assert.Positive(t, followed)
}
