package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/novu-go/novu/doctor"
)

// sweepAll examines all customers. As JSON it prints a report a line, as each is ready. Otherwise
// it prints what is wrong with whom, and a line that sums up.
func sweepAll(ctx context.Context, d *doctor.Doctor, f doctorFlags, stdout io.Writer) error {
	counts := map[doctor.Verdict]int{}
	var worst error
	after := f.sweep.After
	for report, err := range d.Sweep(ctx, f.sweep) {
		if err != nil {
			goOn := "Nobody was examined."
			if after != "" {
				goOn = "Go on with -after " + after
				err = fmt.Errorf("%w; go on with -after %s", err, after)
			}
			return unfinished(ctx, err, goOn)
		}
		counts[report.Verdict]++
		if status := statusOf(report.Verdict); worst == nil || report.Verdict == doctor.Broken {
			worst = status
		}
		if err := showOne(report, f, stdout); err != nil {
			return unknown(err)
		}
		after = report.Cursor
	}
	if !f.json {
		if _, err := fmt.Fprintln(stdout, sumUp(counts)); err != nil {
			return unknown(err)
		}
	}
	return worst
}

func showOne(report *doctor.Report, f doctorFlags, stdout io.Writer) error {
	if f.broken && report.Verdict != doctor.Broken {
		return nil
	}
	if f.json {
		if f.broken {
			report = report.OnlyBroken()
		}
		return printJSONLine(stdout, report)
	}
	if report.Verdict == doctor.OK {
		return nil
	}
	if err := onlyWrong(report, f.broken).Print(stdout); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout)
	return err
}

// onlyWrong leaves out of a report what is ok and what depends on something else.
func onlyWrong(report *doctor.Report, onlyBroken bool) *doctor.Report {
	if onlyBroken || report.Verdict == doctor.Broken {
		return report.OnlyBroken()
	}
	wrong := *report
	wrong.Findings = nil
	for _, found := range report.Findings {
		if found.Verdict != doctor.OK && found.Because == "" {
			wrong.Findings = append(wrong.Findings, found)
		}
	}
	return &wrong
}

func sumUp(counts map[doctor.Verdict]int) string {
	total := 0
	var parts []string
	for _, v := range []doctor.Verdict{doctor.Broken, doctor.NotChecked, doctor.Warning, doctor.OK} {
		total += counts[v]
		if n := counts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if total == 0 {
		return "There are no connections and endpoints for Teams."
	}
	return fmt.Sprintf("%d examined: %s", total, strings.Join(parts, ", "))
}
