package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// asProgram makes the test binary behave as novu-teams.
const asProgram = "NOVU_TEAMS_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// installed is a folder with the program in it, and an environment that holds nothing else.
func installed(t *testing.T) (folder string, environment []string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	folder = t.TempDir()
	require.NoError(t, os.Symlink(self, filepath.Join(folder, "novu-teams")))
	return folder, []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir()}
}

// demonstration runs the demo until the test ends, and returns what it prints at first.
func demonstration(t *testing.T, folder string, environment []string, args ...string) (printed []string) {
	t.Helper()
	var stderr bytes.Buffer
	demo := exec.CommandContext(context.Background(), "./novu-teams", append([]string{"demo"}, args...)...)
	demo.Dir, demo.Env, demo.Stderr = folder, environment, &stderr
	stdout, err := demo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, demo.Start())
	t.Cleanup(func() {
		require.NoError(t, demo.Process.Signal(os.Interrupt))
		require.NoError(t, demo.Wait())
		assert.Contains(t, stderr.String(), "Stopped: 10 messages landed, and 1 failure.")
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		printed = append(printed, lines.Text())
		if strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
			break
		}
	}
	return printed
}

// What the demonstration prints is pasted into another shell, line by line.
func TestTheDemosCommandsWork(t *testing.T) {
	t.Parallel()
	folder, environment := installed(t)
	var exports, commands []string
	for _, line := range demonstration(t, folder, environment, "-addr", "127.0.0.1:0") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "export ") {
			exports = append(exports, line)
		} else if strings.HasPrefix(line, "./novu-teams ") {
			commands = append(commands, line)
		}
	}
	require.Len(t, exports, 9)
	require.Len(t, commands, 16)
	for i, want := range []struct {
		status int
		says   string
	}{
		{says: "acme is connected to Acme Bakeries"},
		{says: "webhook Operations: delivered"},
		{says: "globex is connected to the tenant"},
		{says: "Fleet"},
		{says: "Port"},
		{says: "land in Fleet / Port"},
		{says: "Gia Harbor"},
		{says: "land in Gia Harbor"},
		{says: "person Gia Harbor: delivered"},
		{says: "The bot has left"},
		{status: exitBroken, says: "channel Bakery / Ovens: NOT delivered"},
		{status: exitBroken, says: installBot},
		{says: "land in Bakery / Ovens"},
		{says: "Bakery / Ovens: delivered"},
		{says: "Nothing is broken"},
		{says: "Removed of globex: 1 connection and 2 destinations."},
	} {
		shell := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(exports, "\n")+"\n"+commands[i])
		shell.Dir, shell.Env, shell.Stdin = folder, environment, strings.NewReader("yes\n")
		status, printed := followed(t, shell)
		assert.Equal(t, want.status, status, "%s: %s", commands[i], printed)
		assert.Contains(t, printed, want.says, commands[i])
	}
}

// followed runs a command, and opens the address that it prints as a browser whose person approves.
func followed(t *testing.T, command *exec.Cmd) (status int, printed string) {
	t.Helper()
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed += lines.Text() + "\n"
		if address := strings.TrimSpace(lines.Text()); strings.HasPrefix(address, "http://") && strings.Contains(address, "/adminconsent") {
			assert.Equal(t, http.StatusOK, get(t, address, "").status)
		}
	}
	_ = command.Wait()
	return command.ProcessState.ExitCode(), printed
}

func TestTheDemosChannelBreaks(t *testing.T) {
	bakeries(t)
	assert.Contains(t, succeeds(t, "demo", "-break", "channel"), "is gone")
	status, stdout, _ := discreet(t, "doctor", "-customer", "acme", "-workflow", "alert", "-broken")
	assert.Equal(t, exitBroken, status)
	assert.Contains(t, stdout, "Endpoint acme-ovens")
	assert.Contains(t, stdout, "\n"+replacePlace+"\n")
	succeeds(t, "remove", "-customer", "acme", "-destination", "acme-ovens")
	status, stdout, _ = discreet(t, "doctor", "-customer", "acme", "-workflow", "alert")
	assert.Zero(t, status, stdout)
}

func TestBreakingWhatIsNoDemonstration(t *testing.T) {
	on(t, nil, false)
	status, _, stderr := discreet(t, "demo", "-break", "bot")
	assert.Equal(t, exitUnknown, status)
	assert.Contains(t, stderr, "NOVU_BASE_URL is not set")
	for _, address := range []string{"http://127.0.0.1:1", "::", novutest.NewServer(t).URL() + "/elsewhere"} {
		t.Setenv("NOVU_BASE_URL", address)
		status, _, stderr = discreet(t, "demo", "-break", "bot")
		assert.Equal(t, exitUnknown, status)
		assert.Contains(t, stderr, "novu-teams demo: ")
	}
}

func TestTheDemoOnAnAddressInUse(t *testing.T) {
	addr := strings.TrimPrefix(novutest.NewServer(t).URL(), "http://")
	status, stdout, stderr := discreet(t, "demo", "-addr", addr)
	assert.Equal(t, exitBroken, status)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "choose another address with -addr 127.0.0.1:0")
}

func TestTheDemoEndsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, stdout, stderr := discreetDemo(ctx, t)
	assert.Zero(t, status)
	assert.Contains(t, stdout, "acme is connected, globex is not")
	assert.Contains(t, stderr, "Stopped: 0 messages landed, and 0 failures.")
}

// discreetDemo prints made-up secrets, which are there to be pasted.
func discreetDemo(ctx context.Context, t *testing.T) (status int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	status = run(ctx, []string{"demo", "-addr", "127.0.0.1:0"}, console{out: &out, err: &complaints})
	return status, out.String(), complaints.String()
}

func TestTheProgramsName(t *testing.T) {
	t.Parallel()
	for called, want := range map[string]string{
		"novu-teams": "novu-teams", "./novu-teams": "./novu-teams", "/opt/my programs/novu-teams": "'/opt/my programs/novu-teams'",
		"/tmp/go-build123/b001/exe/novu-teams": "go run ./cmd/novu-teams",
	} {
		assert.Equal(t, want, programName(called))
	}
}
