package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program is one of those in programs, and what a user's program pays for it.
type program struct {
	name, does string
	peer       string // the program that it is held against
	more       int64  // bytes that it may have more than that
	modules    int    // modules that it may link, but for this one
}

const megabyte = 1 << 20

var programs = []program{
	{name: "bare", does: "creates a channel endpoint with net/http"},
	{name: "novu", does: "creates a channel endpoint", peer: "bare", more: megabyte, modules: 3},
	{name: "bridge", does: "the same, and serves HTTP", peer: "novu", more: 500_000, modules: 3},
	{name: "agent", does: "echoes what people write to a bot", peer: "bridge", more: 300_000, modules: 3},
	{name: "goteamsnotify", does: "posts to a Workflow with " + teamsNotify},
	{name: "webhook", does: "posts to a Workflow", peer: "goteamsnotify", more: megabyte, modules: 3},
	{name: "msal", does: "gets a Graph token with " + msal},
	{name: "msteams", does: "gets a Graph token", peer: "msal", more: 0, modules: 3},
}

type footprint struct {
	size    int64
	modules []string
	cold    time.Duration // of a build with an empty cache, the standard library included
}

func TestFootprint(t *testing.T) {
	sizes := make(map[string]int64)
	for _, p := range programs {
		f := build(t, p.name, false)
		sizes[p.name] = f.size
		t.Logf("%s: %d bytes, %v", p.name, f.size, f.modules)
		if p.peer == "" {
			continue
		}
		assert.LessOrEqual(t, f.size, sizes[p.peer]+p.more, p.name)
		assert.LessOrEqual(t, len(f.modules), p.modules, "%s: %v", p.name, f.modules)
	}
}

// build builds a program as for release.
func build(t *testing.T, name string, cold bool) footprint {
	t.Helper()
	var f footprint
	out := filepath.Join(t.TempDir(), name)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./programs/"+name)
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if cold {
		cmd.Env = append(cmd.Env, "GOCACHE="+t.TempDir())
	}
	start := time.Now()
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	if cold {
		f.cold = time.Since(start)
	}
	info, err := os.Stat(out)
	require.NoError(t, err)
	f.size = info.Size()
	listed, err := exec.CommandContext(t.Context(), "go", "version", "-m", out).Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(listed)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "dep" && fields[1] != "github.com/novu-go/novu" {
			f.modules = append(f.modules, fields[1])
		}
	}
	return f
}
