// Command transcript calls every method of the client once, on the environment
// that NOVU_BASE_URL and NOVU_SECRET_KEY name, and prints a line for each: the
// method, how it ended, the errors that errors.Is finds, and what came back.
// What a server makes up is printed as <id>, <time> or <url>, so that the lines
// of two servers can be compared. The environment is to be a fresh one, of which
// nothing is needed afterwards.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/novu-go/novu"
)

func main() {
	if err := run(os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "transcript:", err)
		os.Exit(2)
	}
}

func run(out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var opts []novu.Option
	if strings.HasPrefix(os.Getenv("NOVU_BASE_URL"), "http://") {
		opts = append(opts, novu.WithInsecureHTTP())
	}
	client, err := novu.NewClientFromEnv(opts...)
	if err != nil {
		return err
	}
	write(ctx, client, out)
	return nil
}

// write makes the calls in their order, each on what the earlier ones left.
func write(ctx context.Context, client *novu.Client, out io.Writer) {
	j := &journey{client: client}
	for _, c := range calls {
		patience := 20 * time.Second
		if c.waits {
			patience = 5 * time.Second
		}
		within, cancel := context.WithTimeout(ctx, patience)
		value, err := c.do(within, j)
		cancel()
		_, _ = fmt.Fprintln(out, line(c.name, value, err))
	}
}
