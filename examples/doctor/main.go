// Command doctor says why a notification does not arrive in Microsoft Teams.
//
//	NOVU_SECRET_KEY=… doctor -subscriber acme -workflow build-failed -context tenant:acme
//
// It only reads, unless -send-test is given. With -demo it examines a chain on an
// emulator that is broken in several places. Its exit status is 0 where nothing
// is broken, 1 where something is, and 2 where it could not find out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
)

const (
	exitBroken = 1
	exitError  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var report *doctor.Report
	if err == nil {
		report, err = examine(ctx, f, stderr)
	}
	if report != nil {
		if printErr := show(report, f.json, stdout); printErr != nil {
			err = errors.Join(err, printErr)
		}
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "doctor:", strings.TrimPrefix(err.Error(), "doctor: "))
		return exitError
	case report.Verdict == doctor.Broken:
		return exitBroken
	}
	return 0
}

func show(report *doctor.Report, asJSON bool, stdout io.Writer) error {
	if !asJSON {
		return report.Print(stdout)
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}

func examine(ctx context.Context, f flags, stderr io.Writer) (*doctor.Report, error) {
	if f.demo {
		return examineDemo(ctx, f)
	}
	client, err := novu.NewClientFromEnv()
	if err != nil {
		return nil, fmt.Errorf("%w; set NOVU_SECRET_KEY to the environment's secret key and, for the EU or a server of your own, NOVU_BASE_URL, or try -demo", err)
	}
	opts := []doctor.Option{doctor.WithCheckTimeout(f.timeout)}
	if os.Getenv("MSTEAMS_CLIENT_ID") == "" {
		fmt.Fprintln(stderr, "doctor: MSTEAMS_CLIENT_ID is not set, so that nothing is asked of Microsoft; set it with MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID for the whole picture")
	} else {
		ms, err := msteams.NewClientFromEnv()
		if err != nil {
			return nil, fmt.Errorf("%w; set MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID to those of the bot's app registration, or none of them", err)
		}
		opts = append(opts, doctor.WithMSTeams(ms))
	}
	return doctor.New(client, opts...).Examine(ctx, f.question.Question)
}

type flags struct {
	question question
	json     bool
	demo     bool
	timeout  time.Duration
}

const help = `Says why a notification does not arrive in Microsoft Teams.

  doctor -subscriber acme -workflow build-failed -context tenant:acme

NOVU_SECRET_KEY and NOVU_BASE_URL name the Novu server. With MSTEAMS_CLIENT_ID,
MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID, those of the bot's app registration,
Microsoft is asked too (elsewhere, with MSTEAMS_LOGIN_URL, MSTEAMS_GRAPH_URL and
MSTEAMS_CONNECTOR_URL). NO_COLOR turns colour off.

It only reads, unless -send-test is given. The exit status is 0 where nothing is
broken, 1 where something is, and 2 where that could not be found out.

`

// parse reads the flags. For -h it prints what they mean and returns flag.ErrHelp.
func parse(args []string, stdout io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("doctor", flag.ContinueOnError)
	set.SetOutput(io.Discard) // what is wrong is told once, by the caller
	q := &f.question
	set.StringVar(&q.SubscriberID, "subscriber", "", "whom the notification is for: the `id` of a subscriber (required)")
	set.StringVar(&q.WorkflowID, "workflow", "", "the `id` of the workflow that is triggered; without it no workflow is checked")
	set.StringVar(&q.IntegrationIdentifier, "integration", "", "the `identifier` of an integration to check besides those of the endpoints")
	set.Func("context", "a context of the trigger, as `type:id`; may be given several times", q.addContext)
	set.Func("payload", "the trigger's payload, a `JSON` object, for a workflow whose content is a value of it", func(text string) error {
		if json.Unmarshal([]byte(text), &q.Payload) != nil {
			return errors.New("it must be a JSON object")
		}
		return nil
	})
	set.BoolVar(&q.SendTest, "send-test", false, "post a test message to each endpoint about which nothing is broken")
	set.BoolVar(&f.json, "json", false, "print the report as JSON")
	set.BoolVar(&f.demo, "demo", false, "examine a chain on an emulator that is broken in several places; needs nothing else")
	set.DurationVar(&f.timeout, "timeout", doctor.DefaultCheckTimeout, "how long a single check may take")
	err := set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)
		set.SetOutput(stdout)
		set.PrintDefaults()
		return f, err
	case err != nil:
		return f, fmt.Errorf("%w; -h lists the flags", err)
	case set.NArg() > 0:
		return f, fmt.Errorf("unexpected argument %q: everything is said with flags, which -h lists", set.Arg(0))
	case f.timeout <= 0:
		return f, errors.New("-timeout must be longer than nothing, such as 20s")
	case q.SubscriberID == "" && !f.demo:
		return f, errors.New("-subscriber is missing: say whom the notification is for, or try -demo")
	}
	return f, nil
}

// question adds to the doctor's what flags need.
type question struct{ doctor.Question }

func (q *question) addContext(text string) error {
	kind, id, found := strings.Cut(text, ":")
	if !found || kind == "" || id == "" {
		return errors.New("it must be type:id, such as tenant:acme")
	}
	if q.Context == nil {
		q.Context = novu.ContextPayload{}
	}
	q.Context[kind] = novu.ContextValue{ID: id}
	return nil
}
