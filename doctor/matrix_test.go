package doctor_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// A chain that is broken in one place has one broken link, and the verdict that the exit status
// follows from.
func TestOneFaultIsOneFinding(t *testing.T) {
	onEachVersion(t, func(t *testing.T, version novutest.Version) {
		ways := 0
		try := func(healthy func() *chain, faults []fault) {
			for _, f := range of(version, faults) {
				t.Run(f.name, func(t *testing.T) {
					c := healthy().on(version)
					f.breaks(c)
					report := c.examine(t)
					var links []doctor.Check
					for _, found := range report.Broken() {
						links = append(links, found.Check)
					}
					if f.verdict != doctor.Broken {
						assert.Equal(t, f.then, links, "%s", report)
						return
					}
					ways++
					assert.Equal(t, doctor.Broken, report.Verdict)
					assert.Equal(t, []doctor.Check{f.check}, links, "%s", report)
				})
			}
		}
		try(healthy, allFaults())
		try(healthyWebhook, webhookFaults)
		assert.GreaterOrEqual(t, ways, 22)
	})
}
