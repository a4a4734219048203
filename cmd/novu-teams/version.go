package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/novu-go/novu"
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
		return printJSON(c.out, map[string]string{"version": novu.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(c.out, "novu-teams %s %s %s/%s\n", novu.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
