package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
)

func runDoctor(ctx context.Context, args []string, c console) error {
	f, err := parseDoctorFlags(args, c)
	if err != nil {
		return err
	}
	if f.all {
		d, err := newDoctor(f, c.err)
		if err != nil {
			return unknown(err)
		}
		return sweepAll(ctx, d, f, c.out)
	}
	report, err := examine(ctx, f, c.err)
	if report != nil {
		err = errors.Join(err, show(report, f, c.out))
	}
	if err != nil {
		return unfinished(ctx, err, "What was found until then stands above.")
	}
	return statusOf(report.Verdict)
}

// statusOf is nil if nothing is broken and everything could be checked.
func statusOf(v doctor.Verdict) error {
	switch v {
	case doctor.Broken:
		return &statusError{status: exitBroken}
	case doctor.NotChecked:
		return &statusError{status: exitUnknown}
	}
	return nil
}

func show(report *doctor.Report, f doctorFlags, stdout io.Writer) error {
	if f.broken {
		report = report.OnlyBroken()
	}
	if f.json {
		return printJSON(stdout, report)
	}
	if err := report.Print(stdout); err != nil || f.demo {
		return err
	}
	return printAdvice(stdout, report)
}

func examine(ctx context.Context, f doctorFlags, stderr io.Writer) (*doctor.Report, error) {
	if f.demo {
		return examineDemo(ctx, f)
	}
	d, err := newDoctor(f, stderr)
	if err != nil {
		return nil, err
	}
	return d.Examine(ctx, f.question.Question)
}

// newDoctor asks the servers that the environment names.
func newDoctor(f doctorFlags, stderr io.Writer) (*doctor.Doctor, error) {
	client, err := novuClient()
	if err != nil {
		return nil, fmt.Errorf("%w, or try -demo", err)
	}
	ms, err := msteamsClient()
	if err != nil {
		return nil, err
	}
	opts := append(f.options(stderr), f.agent.options(f.question.IntegrationIdentifier)...)
	if ms == nil {
		fmt.Fprintln(stderr, "MSTEAMS_CLIENT_ID is not set, so Microsoft is not asked. For the whole picture, set it with MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID.")
	} else {
		opts = append(opts, doctor.WithMSTeams(ms))
	}
	return doctor.New(client, opts...)
}

// options are those that the flags stand for. On a terminal, a slow examination shows how far it
// is.
func (f doctorFlags) options(stderr io.Writer) []doctor.Option {
	opts := []doctor.Option{doctor.WithCheckTimeout(f.timeout), doctor.WithTimeout(f.limit)}
	if isTerminal(stderr) {
		opts = append(opts, doctor.WithProgress(showProgress(stderr, time.Now)))
	}
	return opts
}

// showProgress prints a line every few seconds, so that a fast examination prints none.
func showProgress(w io.Writer, now func() time.Time) func(doctor.Progress) {
	const pause = 3 * time.Second
	last := now()
	return func(p doctor.Progress) {
		if at := now(); at.Sub(last) >= pause {
			last = at
			fmt.Fprintf(w, "%d of %d checks made, now %s\n", p.Done, p.Total, p.Finding.Subject)
		}
	}
}

type doctorFlags struct {
	question question
	agent    agentFlags
	all      bool
	sweep    doctor.SweepParams
	json     bool
	broken   bool
	demo     bool
	timeout  time.Duration
	limit    time.Duration
}

const doctorHelp = `Finds out why a notification does not arrive in Microsoft Teams, or why a bot
does not answer there.

  novu-teams doctor -customer acme -workflow alert
  novu-teams doctor -subscriber ada -workflow build-failed -context tenant:acme
  novu-teams doctor -transaction txn_6b0732e7hpsiyhjhdhqs
  novu-teams doctor -agent support -subscriber ada
  novu-teams doctor -all -json
  novu-teams doctor -demo

Without the bot's app registration in the environment, Microsoft is not asked, and
what only Microsoft can tell is not checked. NO_COLOR turns color off.

With -all it examines all customers, and prints a report for each connection that
has a problem; with -json, a line for every one. A sweep that was cut short goes
on with -after and the cursor of its last report.

With -agent it examines one of Novu's agents: the agent, its bridge, its
integration and bot, and whether it recognizes the subscriber who writes to it.

It only reads, unless -send-test is given. The exit status is 0 if nothing is
broken, 1 if something is, and 2 if not everything could be checked.
`

func parseDoctorFlags(args []string, c console) (doctorFlags, error) {
	var f doctorFlags
	set := newFlags("doctor", doctorHelp+environmentHelp)
	q := &f.question
	customer := set.String("customer", "", "the `id` of the customer whom the notification is for: short for -subscriber ID -context tenant:ID")
	set.StringVar(&q.SubscriberID, "subscriber", "", "the `id` of the subscriber whom the notification is for")
	set.StringVar(&q.TransactionID, "transaction", "", "the transaction `id` that the trigger returned; tells what became of it, and needs no other flag")
	set.StringVar(&q.WorkflowID, "workflow", "", "the `id` of the workflow that is triggered; without it no workflow is checked")
	set.StringVar(&q.IntegrationIdentifier, "integration", "", "the `identifier` of an integration to check besides those of the endpoints; alone, whether it is ready")
	set.Func("context", "a context of the trigger, as `type:id`; may be given several times", q.addContext)
	set.Func("payload", "the payload of the trigger, a `JSON` object, for a workflow whose content is one of its values", func(text string) error {
		if json.Unmarshal([]byte(text), &q.Payload) != nil {
			return errors.New("it must be a JSON object")
		}
		return nil
	})
	set.BoolVar(&q.SendTest, "send-test", false, "post a test message to each endpoint with which nothing is wrong")
	f.agent.define(set, q)
	set.BoolVar(&f.all, "all", false, "examine all customers of the environment")
	set.StringVar(&f.sweep.After, "after", "", "with -all: go on behind the report with this `cursor`")
	set.IntVar(&f.sweep.Shards, "shards", 1, "with -all: divide the customers among this `number` of processes")
	set.IntVar(&f.sweep.Shard, "shard", 0, "with -all: the share of this process, a `number` from 0")
	set.BoolVar(&f.json, "json", false, "print the report as JSON")
	set.BoolVar(&f.broken, "broken", false, "print only what is broken")
	set.BoolVar(&f.demo, "demo", false, "examine a chain on an emulator that is broken in several places; needs nothing else")
	set.DurationVar(&f.timeout, "timeout", doctor.DefaultCheckTimeout, "how long a single check may take")
	set.DurationVar(&f.limit, "limit", doctor.DefaultTimeout, "how long the whole examination may take; what is left then is not checked")
	if err := parseFlags(set, args, c); err != nil {
		return f, err
	}
	if *customer != "" {
		q.SubscriberID = cmp.Or(q.SubscriberID, *customer)
		if err := q.addContext("tenant:" + *customer); err != nil {
			return f, misuse("-customer: %w", err)
		}
	}
	switch {
	case f.timeout <= 0:
		return f, misuse("-timeout must be longer than nothing, such as 20s")
	case f.limit <= 0:
		return f, misuse("-limit must be longer than nothing, such as 2m")
	case f.all && (f.demo || q.isAsked()):
		return f, misuse("-all examines every customer, so it goes with no flag that names one, and not with -demo")
	case !f.all && (f.sweep != doctor.SweepParams{Shards: 1}):
		return f, misuse("-after, -shard and -shards go with -all")
	case f.all && (f.sweep.Shards < 1 || f.sweep.Shard < 0 || f.sweep.Shard >= f.sweep.Shards):
		return f, misuse("-shard must be from 0 to one less than -shards")
	case q.SubscriberID == "" && q.TransactionID == "" && q.AgentIdentifier == "" && !q.isIntegration() && !f.demo && !f.all:
		return f, misuse("-customer is missing: say whom the notification is for, there or with -subscriber; give -transaction, -agent or only -integration instead, or try -demo")
	}
	return f, f.agent.check(q)
}

// question adds to the doctor's what flags need.
type question struct{ doctor.Question }

// isAsked tells whether a flag names a notification.
func (q *question) isAsked() bool {
	return q.AgentIdentifier != "" || q.SubscriberID != "" || q.TransactionID != "" || q.WorkflowID != "" || q.IntegrationIdentifier != "" ||
		q.Context != nil || q.Payload != nil || q.SendTest
}

// isIntegration tells whether the question is about an integration alone.
func (q *question) isIntegration() bool {
	return q.IntegrationIdentifier != "" && q.WorkflowID == "" && q.Context == nil && q.Payload == nil && !q.SendTest
}

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
