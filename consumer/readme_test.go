package consumer

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
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	// What the blocks use besides the prelude, for go.mod.
	_ "github.com/jarcoal/httpmock"
	_ "github.com/novu-go/novu/doctor"
	_ "github.com/novu-go/novu/msteams/manifest"
	_ "github.com/novu-go/novu/webhook"
	_ "github.com/stretchr/testify/require"
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

func TestEveryReadmeBlockCompiles(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	compile := compiler(t)
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Fatal("the README has no Go blocks")
	}
	for n, block := range blocks {
		if err := compiles(compile, block[1]); err != nil {
			t.Errorf("block %d of the README: %v\n%s", n+1, err, block[1])
		}
	}
	if compiles(compile, "client.Nothing(ctx)\n") == nil || compiles(compile, "return 1\n") == nil {
		t.Error("what can't compile does")
	}
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
	return "package consumer\n" + strings.Join(slices.Compact(imports), "")
}

// compiler type-checks a file beside the prelude. A variable that a fragment
// leaves unused is no error.
func compiler(t *testing.T) func(source string) error {
	t.Helper()
	files := token.NewFileSet()
	prelude, err := parser.ParseFile(files, "prelude.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
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
		_, _ = config.Check("consumer", files, []*ast.File{prelude, file}, nil)
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
	if err != nil {
		t.Fatal(err)
	}
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
