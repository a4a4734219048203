package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// examples are the command lines in the help of a command.
func examples(t *testing.T, command string) (lines [][]string) {
	t.Helper()
	_, help, _ := novuTeams(t, "help", command)
	for _, line := range strings.Split(strings.ReplaceAll(help, "\\\n", ""), "\n") {
		if line, is := strings.CutPrefix(line, "  novu-teams "); is {
			lines = append(lines, words(line))
		}
	}
	return lines
}

// words splits a command line as a shell does.
func words(line string) []string {
	var all []string
	word, quote, quoted := "", rune(0), false
	for _, r := range line + " " {
		switch {
		case r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '"' || r == '\'':
			quote, quoted = r, true
		case r != ' ':
			word += string(r)
		case word != "" || quoted:
			all = append(all, word)
			word, quoted = "", false
		}
	}
	return all
}

func TestWords(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"send", "-text", "Build 4711", "-payload", `{"build": 1}`, ""}, words(`send  -text "Build 4711" -payload '{"build": 1}' ''`))
}

// interruptor interrupts a command as soon as it has printed something.
type interruptor struct {
	mu        sync.Mutex
	text      strings.Builder
	interrupt func()
}

func (i *interruptor) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.interrupt()
	return i.text.Write(p)
}

// Every example in a help text is a command line that is understood, and does what it says where the
// demonstration's servers have what it names.
func TestExamplesRun(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("url.txt", []byte(webhookOf("example")), 0o600))
	fail := map[string]int{ // examples that name what the demonstration has not
		"channels -customer acme -team 11111111-2222-3333-4444-555555555555": exitBroken,
		"add -customer acme -link https://teams.microsoft.com/l/channel/…":   exitUnknown,
		"add -customer acme -team GUID -channel 19:…@thread.tacv2":           exitUnknown,
		"remove -customer acme -destination teams_0f1e2d3c":                  exitBroken,
		"send -customer acme -workflow build-failed -payload":                exitBroken,
		"send -customer acme -workflow alert -text":                          exitBroken, // no workflow for the webhook
		"disconnect -customer acme":                                          exitUnknown,
		"doctor -demo":                                                       exitBroken,
		"doctor -subscriber ada":                                             exitBroken,
		"doctor -agent support":                                              exitBroken,
		"doctor -transaction":                                                exitBroken,
	}
	for _, c := range commands() {
		for _, args := range examples(t, c.name) {
			line := strings.Join(args, " ")
			if args[0] == "setup" || args[0] == "agent" {
				continue // they need Azure, and a bridge
			}
			want := 0
			for begins, expected := range fail {
				if line == begins || strings.HasPrefix(line, begins+" ") && !strings.HasSuffix(line, "-yes") {
					want = expected
				}
			}
			t.Run(line, func(t *testing.T) {
				bakeries(t)
				status, printed, complaints := example(t, args)
				assert.NotContains(t, complaints, "See \"novu-teams help")
				assert.Equal(t, want, status, "%s%s", printed, complaints)
			})
		}
	}
}

// example carries out a command line. What runs until it is interrupted is, as soon as it has printed
// something.
func example(t *testing.T, args []string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, complaints := &interruptor{interrupt: func() {}}, &bytes.Buffer{}
	if args[0] == "demo" || args[0] == "emulator" {
		out.interrupt = cancel
	}
	status = run(ctx, args, console{in: strings.NewReader(""), out: out, err: complaints})
	return status, out.text.String(), complaints.String()
}

func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		assert.NotEmpty(t, examples(t, c.name), c.name)
	}
}
