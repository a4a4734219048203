package documents_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	section  = regexp.MustCompile(`(?m)^## (.+)$`)
	errorRow = regexp.MustCompile("(?m)^\\| `(\\*?\\w+)` \\|")
)

// inEveryPackage is the section for the kinds that all packages share.
const inEveryPackage = "In every package"

// errors.md names every error of every public package in the section of that package, and nothing
// that is not there.
func TestEveryErrorIsExplained(t *testing.T) {
	t.Parallel()
	explained := map[string][]string{}
	text := documents(t)["docs/errors.md"]
	sections := section.FindAllStringSubmatchIndex(text, -1)
	for n, at := range sections {
		end := len(text)
		if n+1 < len(sections) {
			end = sections[n+1][0]
		}
		for _, row := range errorRow.FindAllStringSubmatch(text[at[1]:end], -1) {
			explained[text[at[2]:at[3]]] = append(explained[text[at[2]:at[3]]], row[1])
		}
	}
	shared := explained[inEveryPackage]
	delete(explained, inEveryPackage)
	require.NotEmpty(t, shared)

	exported := exportedErrors(t)
	require.Contains(t, exported["novu"], "ErrCursorLost")
	require.Contains(t, exported["novu"], "*TriggerError")
	for path, names := range exported {
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(shared, name) })
		assert.ElementsMatch(t, names, explained[path], "what errors.md says of package %s", path)
	}
	assert.Subset(t, slices.Collect(maps.Keys(exported)), slices.Collect(maps.Keys(explained)))
}

// exportedErrors are the variables Err… and the types …Error of the module's public packages, by
// the package's path. A type is named by its pointer. Error itself, which every package has, is left out.
func exportedErrors(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if hidden := path != root && strings.HasPrefix(entry.Name(), "."); hidden || path != root && nested == nil ||
				slices.Contains([]string{"internal", "testdata", "cmd", "examples"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(path))
		if name == "." {
			name = "novu"
		}
		found[name] = append(found[name], errorsOf(file)...)
		return err
	}))
	return found
}

func errorsOf(file *ast.File) []string {
	var names []string
	for _, declaration := range file.Decls {
		general, is := declaration.(*ast.GenDecl)
		if !is {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if general.Tok == token.VAR && strings.HasPrefix(name.Name, "Err") && name.IsExported() {
						names = append(names, name.Name)
					}
				}
			case *ast.TypeSpec:
				if strings.HasSuffix(spec.Name.Name, "Error") && spec.Name.Name != "Error" && spec.Name.IsExported() {
					names = append(names, "*"+spec.Name.Name)
				}
			}
		}
	}
	return names
}
