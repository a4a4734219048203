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
	"novu": module, "msteams": module + "/msteams", "manifest": module + "/msteams/manifest", "setup": module + "/msteams/setup",
	"webhook": module + "/webhook", "agent": module + "/agent", "customers": module + "/customers", "doctor": module + "/doctor",
	"novutest": module + "/novutest", "httpmock": "github.com/jarcoal/httpmock",
	"assert": "github.com/stretchr/testify/assert", "require": "github.com/stretchr/testify/require", "synctest": "testing/synctest",
	"http": "net/http", "slog": "log/slog", "json": "encoding/json", "context": "context", "errors": "errors", "fmt": "fmt",
	"expvar": "expvar", "log": "log", "os": "os", "time": "time", "testing": "testing", "strings": "strings",
}

const module = "github.com/novu-go/novu"

const root = "../../.."

// documents are the README and the pages in docs, by path below the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	texts := map[string]string{}
	for _, name := range append(names, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"),
		filepath.Join(root, "SECURITY.md"), filepath.Join(root, "CHANGELOG.md")) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		path, err := filepath.Rel(root, name)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	return texts
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

func goBlocks(text string) []string {
	var blocks []string
	for _, match := range goBlock.FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// Every Go block of every document compiles as part of a program outside the module.
func TestEveryBlockCompiles(t *testing.T) {
	t.Parallel()
	compile := compiler(t)
	for name, text := range documents(t) {
		for n, block := range goBlocks(text) {
			assert.NoError(t, compiles(compile, block), "block %d of %s:\n%s", n+1, name, block)
		}
	}
	for _, wrong := range []string{"client.Nothing(ctx)\n", "return 1\n", "package main\n\nfunc main() { nothing() }\n"} {
		require.Error(t, compiles(compile, wrong))
	}
}

// Every Go block of the README stands in a test too, most of which run it. The program is run below.
func TestEveryReadmeBlockIsTested(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		sources.WriteString(withoutIndentation(string(source)))
		return err
	}))
	blocks := goBlocks(documents(t)["README.md"])
	assert.GreaterOrEqual(t, len(blocks), 4)
	for _, block := range blocks {
		if !isProgram(block) {
			assert.Contains(t, sources.String(), withoutIndentation(block))
		}
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

// isProgram reports whether the block is a whole file.
func isProgram(block string) bool {
	return strings.HasPrefix(block, "package ") && !strings.HasPrefix(block, "package documents_test\n")
}

// compiles tries the block as a file, as declarations, and as the body of a
// function, with the results that its return statements may have.
func compiles(compile func(string) error, block string) error {
	if isProgram(block) {
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

// compiler type-checks a program, or a fragment beside the prelude. A variable that a fragment leaves
// unused is no error.
func compiler(t *testing.T) func(source string) error {
	t.Helper()
	files := token.NewFileSet()
	prelude, err := parser.ParseFile(files, "testdata/prelude.go", nil, parser.SkipObjectResolution)
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
		parts := []*ast.File{file}
		if !isProgram(source) {
			parts = append(parts, prelude)
		}
		_, _ = config.Check(file.Name.Name, files, parts, nil)
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
