package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/novu-go/novu/msteams/setup"
)

func setupPlan(ctx context.Context, s *setup.Setup, f setupFlags, out io.Writer) error {
	plan, err := s.Plan(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if err := printSetup(out, f.json, plan.String(), plan); err != nil {
		return err
	}
	return somethingLeft(!plan.Empty())
}

func setupApply(ctx context.Context, s *setup.Setup, f setupFlags, out io.Writer) error {
	plan, err := s.Plan(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if !f.json {
		fmt.Fprint(out, plan)
	}
	if err := carryOut(ctx, s, plan, f, out); err != nil || f.subscriber == "" {
		return err
	}
	return runDoctor(ctx, []string{"-subscriber", f.subscriber}, console{out: out, err: io.Discard})
}

func setupDestroy(ctx context.Context, s *setup.Setup, f setupFlags, out io.Writer) error {
	plan, err := s.PlanDestroy(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	if !f.json {
		fmt.Fprint(out, plan)
	}
	return carryOut(ctx, s, plan, f, out)
}

// carryOut applies a plan and prints what is left.
func carryOut(ctx context.Context, s *setup.Setup, plan *setup.Plan, f setupFlags, out io.Writer) error {
	result, failure := s.Apply(ctx, plan)
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
	if err := printSetup(out, f.json, text.String(), result); err != nil {
		return err
	}
	return errors.Join(
		unfinished(ctx, failure, "What is done stays done. Run it again to go on."),
		somethingLeft(len(result.Pending) > 0 && failure == nil),
	)
}

func setupRotate(ctx context.Context, s *setup.Setup, f setupFlags, out io.Writer) error {
	rotation, err := s.Rotate(ctx, setup.RotateParams{Within: f.within, Overlap: f.overlap})
	if err != nil {
		return unfinished(ctx, err, "Run it again: it goes on where it was.")
	}
	return printSetup(out, f.json, describeRotation(rotation), rotation)
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
func setupKeys(ctx context.Context, s *setup.Setup, f setupFlags, out io.Writer) error {
	keys, err := s.Keys(ctx)
	if err != nil {
		return unfinished(ctx, err, nothingDone)
	}
	text, ends := describeKeys(keys, time.Now(), f.warn)
	if err := printSetup(out, f.json, text, keys); err != nil {
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
