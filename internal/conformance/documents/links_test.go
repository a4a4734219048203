package documents_test

import (
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
