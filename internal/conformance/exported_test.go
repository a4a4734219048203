package conformance_test

import (
	"bytes"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/novu-go/novu"

// packages are those that users can import, as the compiler sees them.
func packages(t *testing.T) []*types.Package {
	t.Helper()
	list, err := load()
	require.NoError(t, err)
	return list
}

var load = sync.OnceValues(func() ([]*types.Package, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	var public []string
	for line := range strings.Lines(string(out)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		name, file, _ := strings.Cut(rest, "\t")
		exports[path] = file
		if isPublic(path) && name != "main" && file != "" {
			public = append(public, path)
		}
	}
	compiled := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		data, err := os.ReadFile(exports[path])
		return io.NopCloser(bytes.NewReader(data)), err
	})
	var list []*types.Package
	for _, path := range public {
		p, err := compiled.Import(path)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
})

func isPublic(path string) bool {
	return (path == module || strings.HasPrefix(path, module+"/")) && !strings.Contains(path, "/internal/") && !strings.Contains(path, "/examples/")
}

// exportedTypes are the exported types of a package, aliases included.
func exportedTypes(p *types.Package) []*types.TypeName {
	var list []*types.TypeName
	for _, name := range p.Scope().Names() {
		if t, isType := p.Scope().Lookup(name).(*types.TypeName); isType && t.Exported() {
			list = append(list, t)
		}
	}
	return list
}
