package rest

import (
	"runtime/debug"
	"strings"
)

const modulePath = "github.com/novu-go/novu"

// Version is that of this module in the running program.
var Version = func() string {
	info, _ := debug.ReadBuildInfo()
	return VersionIn(info)
}()

// VersionIn returns the version of this module in a program: "1.2.3" of a release, one with a date and
// a commit of anything between releases, "devel" if the build does not say.
func VersionIn(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path != modulePath {
			continue
		}
		for m.Replace != nil {
			m = m.Replace
		}
		if strings.HasPrefix(m.Version, "v") {
			return m.Version[1:]
		}
	}
	return "devel"
}
