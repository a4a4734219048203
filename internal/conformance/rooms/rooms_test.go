// Package rooms_test keeps the house in order: who imports whom, how long a file is, where a test stands,
// and how a struct is written.
package rooms_test

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	root   = "../../.."
	module = "github.com/novu-go/novu"
)

// mayImport lists, for each package of the module, the packages of the module that it may import. The
// root is ".". Tests may import more.
var mayImport = map[string][]string{
	".":                {"internal/check", "internal/redact", "internal/rest"},
	"msteams":          {"internal/check", "internal/redact", "internal/rest", "internal/services"},
	"webhook":          {"internal/check", "internal/redact", "internal/rest", "internal/publicip"},
	"msteams/manifest": {"internal/check"},
	"agent":            {".", "internal/check", "internal/redact", "internal/publicip"},
	"msteams/setup": {
		".", "msteams", "msteams/manifest", "internal/check", "internal/redact", "internal/rest", "internal/services",
	},
	"customers": {".", "msteams", "webhook", "internal/check", "internal/redact"},
	"doctor": {
		".", "agent", "msteams", "msteams/manifest", "msteams/setup", "webhook", "internal/check", "internal/redact",
		"doctor/internal/taskgraph",
	},
	"doctor/internal/taskgraph": nil,
	// novutest makes clients for its servers and takes their params; the emulator itself imports no client.
	"novutest":                    {".", "msteams", "msteams/setup", "webhook", "internal/redact", "internal/emulator", "internal/emulator/chat", "internal/emulator/microsoft", "internal/emulator/novu"},
	"internal/emulator":           nil,
	"internal/emulator/microsoft": {"internal/emulator"},
	"internal/emulator/novu":      {"internal/emulator", "internal/emulator/microsoft", "internal/publicip"},
	"internal/emulator/chat":      {"internal/emulator", "internal/emulator/microsoft", "internal/emulator/novu"},
	"internal/rest":               {"internal/check", "internal/redact"},
	"internal/check":              nil,
	"internal/redact":             nil,
	"internal/publicip":           nil,
	"internal/services":           {"internal/rest"},
}

func TestWhoImportsWhom(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = root
	output, err := cmd.Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(output)) {
		names := strings.Fields(line)
		importer := inModule(names[0])
		if strings.HasPrefix(importer, "internal/conformance") {
			continue
		}
		allowed, known := mayImport[importer]
		program := strings.HasPrefix(importer, "examples/") || strings.HasPrefix(importer, "cmd/")
		assert.True(t, known || program, "%s is new here: say in this test whom it may import", importer)
		for _, imported := range names[1:] {
			switch name := inModule(imported); {
			case name == "":
			case program:
				assert.NotContains(t, name, "internal/", "%s sees public packages only", importer)
			default:
				assert.Contains(t, allowed, name, "%s imports it", importer)
			}
		}
	}
}

// inModule is a package's path inside the module, empty if it is outside.
func inModule(importPath string) string {
	if importPath == module {
		return "."
	}
	name, inside := strings.CutPrefix(importPath, module+"/")
	if !inside {
		return ""
	}
	return name
}

// goFiles are the Go files of the repository, nested modules included, by path below the root.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			name, err := filepath.Rel(root, path)
			files = append(files, name)
			return err
		}
		return nil
	}))
	return files
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	const most = 400
	for _, name := range goFiles(t) {
		file, err := os.Open(filepath.Join(root, name))
		require.NoError(t, err)
		lines := 0
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			lines++
		}
		require.NoError(t, file.Close())
		assert.LessOrEqual(t, lines, most, name)
	}
}

// Whoever reads a file of the client finds its tests beside it, and nothing else there.
func TestTestsOfTheClientStandBesideTheirFile(t *testing.T) {
	t.Parallel()
	files := goFiles(t)
	for _, name := range files {
		tested, isTest := strings.CutSuffix(name, "_test.go")
		if !isTest || strings.Contains(name, string(filepath.Separator)) || tested == "example" {
			continue
		}
		assert.True(t, slices.Contains(files, tested+".go"), "%s tests no file", name)
	}
}
