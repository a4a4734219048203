package doctor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// manyCustomers is what a sweep is tried with.
const manyCustomers = 5_000

// The fake clock shows how long a sweep takes under Microsoft's limits, and nothing else: the emulator
// answers at once.
func TestASweepTakesLittleMoreTimeThanTheLimitsDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		real := realClock()
		f := newFleet(manyCustomers)
		f.options = append(f.options, novutest.WithInMemory())
		f.tenants[77].Unconsented = true
		srv := f.server(t)
		defer srv.Close()
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
			msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), BotLogin: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
			msteams.WithHTTPClient(srv.HTTPClient()))
		require.NoError(t, err)
		d := mustNew(t, srv.Client(), doctor.WithMSTeams(ms))
		t.Logf("set up: %v real", realClock()-real)
		real, began = realClock(), time.Now()
		reports, broken := 0, 0
		for report, err := range d.Sweep(t.Context(), doctor.SweepParams{}) {
			require.NoError(t, err)
			reports++
			if report.Verdict != doctor.OK {
				broken++
				assert.Equal(t, tenantID(77), report.TenantID, "%s", report)
			}
		}
		took := time.Since(began)
		t.Logf("%d customers in %v, %v real", reports, took, realClock()-real)
		assert.Equal(t, manyCustomers, reports)
		assert.Equal(t, 1, broken)
		time.Sleep(time.Hour)
	})
}
