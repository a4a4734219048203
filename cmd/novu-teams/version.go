package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Prints the version of this program, with the Go version and the platform it was built for.

  novu-teams version
  novu-teams version -json
`

func runVersion(_ context.Context, args []string, c console) error {
	flags := newFlags("version", versionHelp)
	asJSON := flags.Bool("json", false, "print JSON")
	if err := parseFlags(flags, args, c); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.out, map[string]string{"version": moduleVersion(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(c.out, "novu-teams %s %s %s/%s\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
