package conformance_test

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const apiDir = "testdata/api"

// The exported API is what is written down in testdata/api. Whoever changes it says
// so in CHANGELOG.md and runs
//
//	go test ./internal/conformance -run TestAPI -update
func TestAPI(t *testing.T) {
	t.Parallel()
	var files []string
	for _, p := range packages(t) {
		name := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(p.Path(), module), "/"), "/", "-")
		if name == "" {
			name = p.Name()
		}
		file := filepath.Join(apiDir, name+".txt")
		files = append(files, file)
		want := api(p)
		if *rewrite {
			require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		}
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(got), want, "the API of %s has changed: say so in CHANGELOG.md, then run go test ./internal/conformance -run TestAPI -update", p.Path())
	}
	written, err := filepath.Glob(filepath.Join(apiDir, "*.txt"))
	require.NoError(t, err)
	assert.ElementsMatch(t, files, written, "packages")
}

// api is what a package exports, one thing a line, sorted. Names of parameters
// are not part of it.
func api(p *types.Package) string {
	w := &dump{pkg: p}
	for _, name := range p.Scope().Names() {
		switch obj := p.Scope().Lookup(name).(type) {
		case *types.Const:
			w.line(obj, "const %s %s = %s", name, w.name(obj.Type()), obj.Val().ExactString())
		case *types.Var:
			w.line(obj, "var %s %s", name, w.name(obj.Type()))
		case *types.Func:
			w.line(obj, "func %s%s", name, w.signature(obj.Signature()))
		case *types.TypeName:
			w.typeName(obj)
		}
	}
	return strings.Join(w.lines, "\n") + "\n"
}

type dump struct {
	pkg   *types.Package
	lines []string
}

func (w *dump) line(obj types.Object, format string, args ...any) {
	if obj.Exported() {
		w.lines = append(w.lines, fmt.Sprintf(format, args...))
	}
}

func (w *dump) name(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == w.pkg {
			return ""
		}
		return p.Path()
	})
}

// signature is a function's without the names, which callers don't write.
func (w *dump) signature(s *types.Signature) string {
	if s.TypeParams().Len() > 0 {
		return strings.TrimPrefix(w.name(s), "func")
	}
	unnamed := types.NewSignatureType(nil, nil, nil, withoutNames(s.Params()), withoutNames(s.Results()), s.Variadic())
	return strings.TrimPrefix(w.name(unnamed), "func")
}

func withoutNames(t *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range t.Variables() {
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), "", v.Type()))
	}
	return types.NewTuple(vars...)
}

func (w *dump) typeName(obj *types.TypeName) {
	if !obj.Exported() {
		return
	}
	equals := " "
	if obj.IsAlias() {
		equals = " = "
	}
	switch t := obj.Type().Underlying().(type) {
	case *types.Struct:
		w.line(obj, "type %s%s%sstruct", obj.Name(), w.typeParams(obj), equals)
		for i := range t.NumFields() {
			tag := ""
			if t.Tag(i) != "" {
				tag = " `" + t.Tag(i) + "`"
			}
			w.line(t.Field(i), "type %s struct: %s %s%s", obj.Name(), t.Field(i).Name(), w.name(t.Field(i).Type()), tag)
		}
	case *types.Interface:
		w.line(obj, "type %s%sinterface", obj.Name(), equals)
		for m := range t.Methods() {
			w.line(m, "type %s interface: %s%s", obj.Name(), m.Name(), w.signature(m.Signature()))
		}
	case *types.Signature:
		if w.private(t) { // an option: what it does is its own business
			w.line(obj, "type %s%sfunc", obj.Name(), equals)
			break
		}
		w.line(obj, "type %s%sfunc%s", obj.Name(), equals, w.signature(t))
	default:
		w.line(obj, "type %s%s%s", obj.Name(), equals, w.name(t))
	}
	w.methods(obj)
}

func (w *dump) typeParams(obj *types.TypeName) string {
	named, is := types.Unalias(obj.Type()).(*types.Named)
	if !is || named.TypeParams().Len() == 0 {
		return ""
	}
	var list []string
	for p := range named.TypeParams().TypeParams() {
		list = append(list, p.String()+" "+w.name(p.Constraint()))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// private reports whether a function's parameters are of types that nobody else
// can name.
func (w *dump) private(s *types.Signature) bool {
	for v := range s.Params().Variables() {
		t := v.Type()
		if p, is := t.(*types.Pointer); is {
			t = p.Elem()
		}
		if named, is := t.(*types.Named); is && named.Obj().Pkg() == w.pkg && !named.Obj().Exported() {
			return true
		}
	}
	return false
}

func (w *dump) methods(obj *types.TypeName) {
	named, is := types.Unalias(obj.Type()).(*types.Named)
	if !is {
		return
	}
	methods := slices.SortedFunc(named.Methods(), func(a, b *types.Func) int { return strings.Compare(a.Name(), b.Name()) })
	for _, m := range methods {
		receiver := obj.Name()
		if _, pointer := m.Signature().Recv().Type().(*types.Pointer); pointer {
			receiver = "*" + receiver
		}
		w.line(m, "method (%s) %s%s", receiver, m.Name(), w.signature(m.Signature()))
	}
}
