package main

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// novuTeams carries out a command line.
func novuTeams(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), args, console{in: strings.NewReader(""), out: &out, err: &err})
	return status, out.String(), err.String()
}

func TestHelpListsTheCommands(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}} {
		status, stdout, stderr := novuTeams(t, args...)
		assert.Zero(t, status)
		assert.Empty(t, stderr)
		for _, c := range commands() {
			assert.Contains(t, stdout, "\n  "+c.name+" ")
		}
	}
}

// The package's doc lists the same commands.
func TestDocListsTheCommands(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	doc, _, _ := strings.Cut(string(source), "package main")
	for _, c := range commands() {
		assert.Regexp(t, `(?m)^//\t`+c.name+` +\w`, doc, "list it in main.go")
	}
}

func TestHelpExplainsACommand(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		for _, args := range [][]string{{"help", c.name}, {c.name, "-h"}} {
			status, stdout, stderr := novuTeams(t, args...)
			assert.Zero(t, status)
			assert.Empty(t, stderr)
			assert.Contains(t, stdout, "\n  novu-teams "+c.name, "an example")
		}
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := novuTeams(t)
	assert.Equal(t, exitUnknown, status)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "Usage: novu-teams COMMAND")

	for _, args := range [][]string{{"doktor"}, {"help", "doktor"}, {"-doctor"}} {
		status, stdout, stderr = novuTeams(t, args...)
		assert.Equal(t, exitUnknown, status)
		assert.Empty(t, stdout)
		assert.True(t, strings.HasPrefix(stderr, `novu-teams: there is no command "`+args[len(args)-1]+`"`), stderr)
		assert.Contains(t, stderr, "Usage: novu-teams COMMAND")
	}
}

// A wrong flag gets the same answer from every command: what is wrong, and where the command is explained.
func TestAWrongFlagIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		for _, wrong := range []string{"-no-such-flag", "argument"} {
			status, stdout, stderr := novuTeams(t, c.name, wrong)
			assert.Equal(t, exitUnknown, status)
			assert.Empty(t, stdout)
			first, second, _ := strings.Cut(stderr, "\n")
			assert.True(t, strings.HasPrefix(first, "novu-teams "+c.name+": "), first)
			assert.Contains(t, first, wrong)
			assert.Equal(t, "See \"novu-teams help "+c.name+"\".\n", second)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := novuTeams(t, "version")
	assert.Zero(t, status)
	assert.Empty(t, stderr)
	assert.Regexp(t, `^novu-teams \S+ `+runtime.Version()+` `+runtime.GOOS+`/`+runtime.GOARCH+`\n$`, stdout)
}
