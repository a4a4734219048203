package documents_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// commandLine is a call of the program in an indented line, or between backquotes.
	commandLine = regexp.MustCompile("(?m)(?:^    (?:.*&& )?|`)(?:go run \\./cmd/)?novu-teams ([a-z]+)([^`\\n]*)")
	flagName    = regexp.MustCompile(`(?:^|\s)-([a-z][a-z-]*)`)
)

// Every command line of novu-teams in every document names a command and flags that there are.
func TestCommandLinesAreRight(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "novu-teams")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/novu-teams")
	cmd.Dir = root
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)

	checked, texts := 0, map[string]string{}
	for name, text := range documents(t) {
		for _, line := range commandLine.FindAllStringSubmatch(text, -1) {
			checked++
			command := line[1]
			if _, asked := texts[command]; !asked {
				texts[command] = helpOf(t.Context(), binary, command)
			}
			if !assert.NotEmpty(t, texts[command], "%s: there is no command %s: %s", name, command, line[0]) {
				continue
			}
			arguments, _, _ := strings.Cut(line[2], "  ")
			for _, flag := range flagName.FindAllStringSubmatch(arguments, -1) {
				assert.Regexp(t, `(?m)^  -`+flag[1]+`\b`, texts[command]+"\n  -h\n", "%s: %s has no such flag: %s", name, command, line[0])
			}
		}
	}
	assert.Greater(t, checked, 20)
}

// helpOf is what the program says of a command, or nothing if it does not know it.
func helpOf(ctx context.Context, binary, command string) string {
	help, err := exec.CommandContext(ctx, binary, command, "-h").CombinedOutput()
	if err != nil {
		return ""
	}
	return string(help)
}
