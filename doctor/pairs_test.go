package doctor_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// Of two faults both are named, or one hides the other: then what should have
// found the other says that it was not checked, down to what is wrong,
// or its subject was never come to.
func TestAllPairsOfFaults(t *testing.T) {
	onEachVersion(t, testPairs)
}

func testPairs(t *testing.T, version novutest.Version) {
	pairs := func(healthy func() *chain, faults []fault) {
		faults = of(version, faults)
		for i, a := range faults {
			for _, b := range faults[i+1:] {
				if a.sets == "" || a.sets != b.sets {
					t.Run(a.name+" and "+b.name, func(t *testing.T) { testPair(t, healthy().on(version), a, b) })
				}
			}
		}
	}
	pairs(healthy, allFaults())
	pairs(healthyWebhook, webhookFaults)
}

func testPair(t *testing.T, c *chain, a, b fault) {
	a.breaks(c)
	b.breaks(c)
	report := c.examine(t)
	switch {
	case a.named(report) && b.named(report):
	case a.named(report):
		assert.True(t, hides(report, b), "%s", report)
	case b.named(report):
		assert.True(t, hides(report, a), "%s", report)
	default:
		t.Errorf("neither is named:\n%s", report)
	}
}

// hides tells whether the report accounts for a fault that it does not name.
func hides(r *doctor.Report, f fault) bool {
	found := r.Find(f.check)
	if len(found) == 0 {
		// The subject is a connection, a tenant or a kind of endpoint that nothing
		// leads to.
		return r.Verdict == doctor.Broken
	}
	for _, one := range found {
		for one.Verdict == doctor.NotChecked && one.Because != "" {
			causes := r.Find(one.Because)
			if len(causes) == 0 {
				return false
			}
			one = worst(causes)
		}
		if one.Verdict == doctor.Broken || one.Verdict == doctor.Warning {
			return true
		}
	}
	return false
}

func worst(findings []doctor.Finding) doctor.Finding {
	for _, v := range []doctor.Verdict{doctor.Broken, doctor.NotChecked, doctor.Warning} {
		for _, f := range findings {
			if f.Verdict == v {
				return f
			}
		}
	}
	return findings[0]
}

// What is broken by the doctor's word does not arrive, and the rest does.
func TestTheDoctorAgreesWithWhatIsDelivered(t *testing.T) {
	onEachVersion(t, testAgreements)
}

func testAgreements(t *testing.T, version novutest.Version) {
	agree := func(name string, healthy func() *chain, faults []fault) {
		for _, f := range append(of(version, faults), fault{name: "nothing", breaks: func(*chain) {}}) {
			if !f.unsure {
				t.Run(name+": "+f.name, func(t *testing.T) { testAgreement(t, healthy().on(version), f) })
			}
		}
	}
	agree("bot", healthy, allFaults())
	agree("webhook", healthyWebhook, webhookFaults)
}

func testAgreement(t *testing.T, c *chain, f fault) {
	f.breaks(c)
	srv := c.start(t)
	report, err := c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	_, triggered := srv.Client(once).Events.Trigger(t.Context(), novu.TriggerParams{
		WorkflowID: c.question.WorkflowID, To: novu.ToSubscriber(c.question.SubscriberID), Context: c.question.Context, Payload: c.question.Payload,
	})
	require.NoError(t, srv.Settle(t.Context()))
	arrived := triggered == nil && len(srv.Messages()) == len(c.endpoints) && len(srv.Failures()) == 0
	assert.Equal(t, arrived, len(report.Broken()) == 0 || f.arrives, "%d messages, failures %v\n%s", len(srv.Messages()), srv.Failures(), report)
}
