package novu_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// Every Go block of the README stands in a file that is compiled with the
// tests, and mostly run by them, so that none can rot.
func TestReadmeBlocksAreCompiled(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var sources strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			source, err := os.ReadFile(name)
			require.NoError(t, err)
			sources.WriteString(flat(string(source)))
		}
	}
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	assert.GreaterOrEqual(t, len(blocks), 6)
	for _, block := range blocks {
		assert.Contains(t, sources.String(), flat(block[1]))
	}
}

// flat makes indentation not count.
func flat(code string) string {
	var lines strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			lines.WriteString(line + "\n")
		}
	}
	return lines.String()
}
