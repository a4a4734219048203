package documents_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// known are the packages that a block may use without saying so.
var known = map[string]string{
	"novu": module, "msteams": module + "/msteams", "manifest": module + "/msteams/manifest", "webhook": module + "/webhook",
	"novutest": module + "/novutest", "doctor": module + "/doctor", "httpmock": "github.com/jarcoal/httpmock", "assert": "github.com/stretchr/testify/assert",
	"require": "github.com/stretchr/testify/require", "http": "net/http", "slog": "log/slog", "json": "encoding/json",
	"context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "os": "os", "time": "time", "testing": "testing", "strings": "strings",
}

const module = "github.com/novu-go/novu"

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// readmeBlocks are the Go blocks of the README.
func readmeBlocks(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	var blocks []string
	for _, match := range goBlock.FindAllStringSubmatch(string(readme), -1) {
		blocks = append(blocks, match[1])
	}
	require.NotEmpty(t, blocks)
	return blocks
}

// Every Go block of the README compiles as part of a program outside the module.
func TestEveryReadmeBlockCompiles(t *testing.T) {
	t.Parallel()
	compile := compiler(t)
	for n, block := range readmeBlocks(t) {
		assert.NoError(t, compiles(compile, block), "block %d of the README:\n%s", n+1, block)
	}
	for _, wrong := range []string{"client.Nothing(ctx)\n", "return 1\n"} {
		require.Error(t, compiles(compile, wrong))
	}
}

// Every Go block of the README also stands in a test, most of which run it.
func TestEveryReadmeBlockIsTested(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	require.NoError(t, filepath.WalkDir("../../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		sources.WriteString(withoutIndentation(string(source)))
		return err
	}))
	for _, block := range readmeBlocks(t) {
		assert.Contains(t, sources.String(), withoutIndentation(block))
	}
}

func withoutIndentation(code string) string {
	var lines strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			lines.WriteString(line + "\n")
		}
	}
	return lines.String()
}

// compiles tries the block as a file, as declarations, and as the body of a
// function, with the results that its return statements may have.
func compiles(compile func(string) error, block string) error {
	if strings.Contains(block, "\npackage ") || strings.HasPrefix(block, "package ") {
		return compile(block)
	}
	if regexp.MustCompile(`^(func|type|import|const|var \() `).MatchString(block) {
		return compile(header(block) + block)
	}
	var errs []error
	for _, results := range []string{"", "error", "string", "(string, error)", "(bool, error)"} {
		err := compile(header(block) + "func _() " + results + " {\n" + block + "\npanic(0)\n}\n")
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("as func() %s: %w", results, err))
	}
	return errors.Join(errs...)
}

var selector = regexp.MustCompile(`\b([a-z]+)\.[A-Z]`)

func header(block string) string {
	var imports []string
	for _, use := range selector.FindAllStringSubmatch(block, -1) {
		if path, is := known[use[1]]; is {
			imports = append(imports, fmt.Sprintf("import %q\n", path))
		}
	}
	slices.Sort(imports)
	return "package documents_test\n" + strings.Join(slices.Compact(imports), "")
}

// compiler type-checks a file beside the prelude. A variable that a fragment
// leaves unused is no error.
func compiler(t *testing.T) func(source string) error {
	t.Helper()
	files := token.NewFileSet()
	prelude, err := parser.ParseFile(files, "testdata/readme.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	packages := importer.ForCompiler(files, "gc", exports(t))
	return func(source string) error {
		file, err := parser.ParseFile(files, "block.go", source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		var errs []error
		config := types.Config{Importer: packages, GoVersion: "go1.25", Error: func(err error) {
			if typed := (types.Error{}); !errors.As(err, &typed) || !typed.Soft {
				errs = append(errs, err)
			}
		}}
		_, _ = config.Check("documents_test", files, []*ast.File{prelude, file}, nil)
		return errors.Join(errs...)
	}
}

// exports finds the compiled form of all that this module can import.
func exports(t *testing.T) func(path string) (io.ReadCloser, error) {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for _, path := range known {
		args = append(args, path)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	found := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		found[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		data, err := os.ReadFile(found[path])
		return io.NopCloser(bytes.NewReader(data)), err
	}
}
