// Package release_test holds what scripts/release refuses.
package release_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkout is a repository that could be released but for what a test changes.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	for _, program := range []string{"bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed, so scripts/release was not tested", program)
		}
	}
	c := &checkout{t: t, dir: t.TempDir()}
	script, err := os.ReadFile("../../../scripts/release")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(c.dir, "scripts"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "scripts", "release"), script, 0o600))
	c.write("go.mod", "module github.com/novu-go/novu\n\ngo 1.25.0\n")
	c.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0 (2026-11-26)\n\n### Added\n\n- Everything.\n")
	c.git("init", "-q", "-b", "main")
	c.commit()
	return c
}

func (c *checkout) write(name, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600))
}

func (c *checkout) git(args ...string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...) //nolint:gosec // the test's own arguments
	cmd.Dir = c.dir
	out, err := cmd.CombinedOutput()
	require.NoError(c.t, err, string(out))
}

func (c *checkout) commit() {
	c.t.Helper()
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "test")
}

// release runs the script with a go command that does nothing but read go.mod, and returns what it says.
func (c *checkout) release(args ...string) (string, error) {
	c.t.Helper()
	goCommand := c.t.TempDir()
	real, err := exec.LookPath("go")
	require.NoError(c.t, err)
	script := "#!/bin/sh\ncase $1 in mod) exec " + real + " \"$@\";; esac\necho \"go $* asks $GOPROXY\"\n"
	require.NoError(c.t, os.WriteFile(filepath.Join(goCommand, "go"), []byte(script), 0o700))                                   //nolint:gosec // it is run
	cmd := exec.CommandContext(c.t.Context(), "bash", append([]string{filepath.Join(c.dir, "scripts", "release")}, args...)...) //nolint:gosec // the test's own arguments
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "RELEASE_SKIP_CI=1", "PATH="+goCommand+string(os.PathListSeparator)+os.Getenv("PATH"),
		"GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *checkout) tags() string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", "tag")
	cmd.Dir = c.dir
	out, err := cmd.Output()
	require.NoError(c.t, err)
	return strings.TrimSpace(string(out))
}

func TestReleaseRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change  func(*checkout)
		version string
		says    string
	}{
		"no version":               {version: "0.1", says: "must look like v1.2.3"},
		"open changes":             {change: func(c *checkout) { c.write("new.go", "package novu\n") }, says: "not committed"},
		"another branch":           {change: func(c *checkout) { c.git("switch", "-q", "-c", "other") }, says: "not the branch main"},
		"a tag twice":              {change: func(c *checkout) { c.git("tag", "v0.1.0") }, says: "exists"},
		"nothing in the changelog": {version: "v0.2.0", says: `says nothing under "## 0.2.0"`},
		"an empty chapter": {change: func(c *checkout) {
			c.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n## 0.0.1\n\n- Old.\n")
			c.commit()
		}, says: "says nothing"},
		"a fix of what nobody had": {change: func(c *checkout) {
			c.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n### Fixed\n\n- A bug.\n")
			c.commit()
		}, says: "first release"},
		"a replace line": {change: func(c *checkout) {
			c.write("go.mod", "module github.com/novu-go/novu\n\ngo 1.25.0\n\nreplace example.com/a => ../a\n")
			c.commit()
		}, says: "replace line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			if row.change != nil {
				row.change(c)
			}
			if row.version == "" {
				row.version = "v0.1.0"
			}
			before := c.tags()
			out, err := c.release("-tag", row.version)
			require.Error(t, err, out)
			assert.Contains(t, out, row.says)
			assert.Equal(t, before, c.tags())
		})
	}
}

func TestReleaseTagsOnlyWhenTold(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	out, err := c.release("v0.1.0")
	require.NoError(t, err, out)
	assert.Contains(t, out, "-base=none -version=v0.1.0 asks file://", "gorelease must not ask the proxy for versions that there are not")
	assert.Empty(t, c.tags())
	_, err = c.release("-nested", "v0.1.0")
	require.Error(t, err, "the root comes first")
	out, err = c.release("-tag", "v0.1.0")
	require.NoError(t, err, out)
	assert.Equal(t, "v0.1.0", c.tags())
	out, err = c.release("-nested", "v0.1.0")
	require.NoError(t, err, out)
	assert.Contains(t, out, "examples/otel/v0.1.0 examples/azidentity/v0.1.0")

	c.write("CHANGELOG.md", "# Changelog\n\n## 0.1.1\n\n### Fixed\n\n- A bug of 0.1.0.\n")
	c.commit()
	out, err = c.release("v0.1.1")
	require.NoError(t, err, out)
	assert.Contains(t, out, "-base=v0.1.0")
	assert.NotContains(t, out, "file://")
}
