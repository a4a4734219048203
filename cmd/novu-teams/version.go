package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Prints the version of this program, with the Go version and the platform it was built for.

  novu-teams version
`

func runVersion(_ context.Context, args []string, stdout, _ io.Writer) error {
	if err := parseFlags(newFlags("version", versionHelp), args, stdout); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stdout, "novu-teams %s %s %s/%s\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// moduleVersion comes from the build: a release's tag, or the commit of a clone.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}
