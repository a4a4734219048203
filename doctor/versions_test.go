package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

var versions = []novutest.Version{novutest.Version315, novutest.Version319}

// onEachVersion runs a test on both versions of Novu that were recorded.
func onEachVersion(t *testing.T, test func(*testing.T, novutest.Version)) {
	t.Helper()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) { test(t, version) })
	}
}

// of leaves out the faults that the version does not have.
func of(version novutest.Version, faults []fault) []fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.only != "" && f.only != version })
}

// healthyVerdict is that of a chain with which nothing is wrong. On an older server the doctor
// warns that connect URLs need the older route.
func healthyVerdict(version novutest.Version) doctor.Verdict {
	if version == novutest.Version315 {
		return doctor.Warning
	}
	return doctor.OK
}

// alarms are the problems that a report names, but for the older route of an older server.
func alarms(version novutest.Version, r *doctor.Report) []string {
	all := problems(r)
	if version == novutest.Version315 {
		all = slices.DeleteFunc(all, func(s string) bool { return strings.HasPrefix(s, string(doctor.CheckRoutes)) })
	}
	return all
}

func (c *chain) on(version novutest.Version) *chain {
	c.version = version
	return c
}
