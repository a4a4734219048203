package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams/setup"
)

func (r *setupRun) plan(ctx context.Context) error {
	plan, err := r.Plan(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if err := printSetup(r.out, r.json, plan.String(), plan); err != nil {
		return err
	}
	return somethingLeft(!plan.Empty())
}

func (r *setupRun) apply(ctx context.Context) error {
	plan, err := r.Plan(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if !r.json {
		fmt.Fprint(r.out, plan)
	}
	if err := r.carryOut(ctx, plan); err != nil {
		return err
	}
	return r.examine(ctx)
}

const allDone = "What was planned is done, and was not examined."

// examine lets the doctor look at what was made. What it could not find out, such as what only
// Microsoft can tell, does not make the set-up a failure.
func (r *setupRun) examine(ctx context.Context) error {
	keys, err := r.Keys(ctx)
	if err != nil {
		return unfinished(ctx, err, allDone)
	}
	opts := []doctor.Option{doctor.WithKeys(r.integration, keys...)}
	if r.microsoft != nil {
		opts = append(opts, doctor.WithMSTeams(r.microsoft))
	}
	d, err := doctor.New(r.novu, opts...)
	if err != nil {
		return unknown(err)
	}
	report, err := d.Examine(ctx, doctor.Question{SubscriberID: r.subscriber, IntegrationIdentifier: r.integration})
	if err != nil {
		return unfinished(ctx, err, allDone)
	}
	if !r.json {
		fmt.Fprintln(r.out)
	}
	if err := show(report, doctorFlags{json: r.json}, r.out); err != nil {
		return err
	}
	return somethingLeft(report.Verdict == doctor.Broken)
}

func (r *setupRun) destroy(ctx context.Context) error {
	plan, err := r.PlanDestroy(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if !r.json {
		fmt.Fprint(r.out, plan)
	}
	return r.carryOut(ctx, plan)
}

// carryOut applies a plan and prints what is left.
func (r *setupRun) carryOut(ctx context.Context, plan *setup.Plan) error {
	result, failure := r.Apply(ctx, plan)
	if result == nil {
		return unfinished(ctx, failure, nothingDone)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\nDone: %d. Left: %d.\n", len(result.Done), len(result.Pending))
	for _, step := range result.Pending {
		fmt.Fprintf(&text, "\n%s %q is left", step.Kind, step.Key)
		for _, line := range [][2]string{{"why", step.Reason}, {"who", step.Role}, {"how", step.Remedy}, {"link", step.Link}} {
			if line[1] != "" {
				fmt.Fprintf(&text, "\n  %s: %s", line[0], line[1])
			}
		}
		text.WriteString("\n")
	}
	if err := printSetup(r.out, r.json, text.String(), result); err != nil {
		return err
	}
	return errors.Join(
		unfinished(ctx, failure, "What is done stays done. Run it again to go on."),
		somethingLeft(len(result.Pending) > 0 && failure == nil),
	)
}

func (r *setupRun) rotate(ctx context.Context) error {
	rotation, err := r.Rotate(ctx, setup.RotateParams{Within: r.within, Overlap: r.overlap})
	if err != nil {
		return unfinished(ctx, err, "Run it again: it goes on where it was.")
	}
	return printSetup(r.out, r.json, describeRotation(rotation), rotation)
}

func describeRotation(r *setup.Rotation) string {
	var text strings.Builder
	if r.Rotated {
		fmt.Fprintf(&text, "Novu now holds the secret %s (%q), which ends on %s.\n", r.Current.ID, r.Current.Name, r.Current.ExpiresAt.Format(time.DateOnly))
	} else {
		fmt.Fprintf(&text, "The secret in use, %s (%q), ends on %s: it was not replaced.\n", r.Current.ID, r.Current.Name, r.Current.ExpiresAt.Format(time.DateOnly))
	}
	for _, k := range r.Removed {
		fmt.Fprintf(&text, "Removed the old secret %s (%q).\n", k.ID, k.Name)
	}
	for _, k := range r.Kept {
		fmt.Fprintf(&text, "Kept the old secret %s (%q). A run after %s removes it.\n", k.ID, k.Name, r.RemoveAfter.Format(time.DateTime))
	}
	return text.String()
}

// setupKeys lists the secrets and, for a cron job, says by its exit status whether the one in use
// ends soon.
func (r *setupRun) keys(ctx context.Context) error {
	keys, err := r.Keys(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	text, ends := describeKeys(keys, time.Now(), r.warn)
	if err := printSetup(r.out, r.json, text, keys); err != nil {
		return err
	}
	return somethingLeft(ends)
}

func describeKeys(keys []setup.Key, now time.Time, warn time.Duration) (text string, ends bool) {
	var b strings.Builder
	used := false
	for _, k := range keys {
		notes := []string{"ends on " + k.ExpiresAt.Format(time.DateOnly)}
		if k.InUse {
			notes = append(notes, "in use")
			used = true
		}
		if !k.Ours {
			notes = append(notes, "not made by novu-teams")
		}
		if k.InUse && k.ExpiresAt.Before(now.Add(warn)) {
			ends = true
			notes = append(notes, "REPLACE IT: novu-teams setup rotate")
		}
		fmt.Fprintf(&b, "%s  %-32q  %s\n", k.ID, k.Name, strings.Join(notes, ", "))
	}
	if !used {
		b.WriteString("It is not known which secret Novu holds: run novu-teams setup apply.\n")
	}
	return b.String(), ends || !used
}
