package rest_test

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/rest"
)

func TestVersionIn(t *testing.T) {
	t.Parallel()
	const path = "github.com/novu-go/novu"
	dep := func(version string, replace *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{
			Main: debug.Module{Path: "example.com/shop", Version: "v9.9.9"},
			Deps: []*debug.Module{{Path: "github.com/novu-go/other", Version: "v8.8.8"}, {Path: path, Version: version, Replace: replace}},
		}
	}
	for name, row := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"imported by a program": {info: dep("v1.2.3", nil), want: "1.2.3"},
		"replaced by a fork":    {info: dep("v1.2.3", &debug.Module{Path: "example.com/fork", Version: "v1.2.4"}), want: "1.2.4"},
		"replaced by a folder":  {info: dep("v1.2.3", &debug.Module{Path: "../novu"}), want: "devel"},
		"of our own programs":   {info: &debug.BuildInfo{Main: debug.Module{Path: path, Version: "v0.1.1-0.20261126000000-089a1e1ab825"}}, want: "0.1.1-0.20261126000000-089a1e1ab825"},
		"built from a clone":    {info: &debug.BuildInfo{Main: debug.Module{Path: path, Version: "(devel)"}}, want: "devel"},
		"without modules":       {info: nil, want: "devel"},
	} {
		assert.Equal(t, row.want, rest.VersionIn(row.info), name)
	}
}
