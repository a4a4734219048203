package doctor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

func TestASecretThatEndsIsToldBefore(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithFixture(novutest.Fixture{
		Integrations: []any{object{
			"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": object{"clientId": clientID, "secretKey": clientSecret, "tenantId": homeTenant},
		}},
		Subscribers: []any{object{"subscriberId": "acme"}},
	}))
	for name, test := range map[string]struct {
		keys    []setup.Key
		verdict doctor.Verdict
	}{
		"it is told nothing":    {verdict: doctor.OK},
		"long to go":            {keys: []setup.Key{{ID: "1", InUse: true, ExpiresAt: time.Now().AddDate(0, 3, 0)}}, verdict: doctor.OK},
		"soon":                  {keys: []setup.Key{{ID: "1", InUse: true, ExpiresAt: time.Now().AddDate(0, 0, 20)}}, verdict: doctor.Warning},
		"over":                  {keys: []setup.Key{{ID: "1", InUse: true, ExpiresAt: time.Now().AddDate(0, 0, -1)}}, verdict: doctor.Broken},
		"another that ends":     {keys: []setup.Key{{ID: "1", ExpiresAt: time.Now()}}, verdict: doctor.OK},
		"without a known end":   {keys: []setup.Key{{ID: "1", InUse: true}}, verdict: doctor.OK},
		"the new one is in use": {keys: []setup.Key{{ID: "1", ExpiresAt: time.Now()}, {ID: "2", InUse: true, ExpiresAt: time.Now().AddDate(1, 0, 0)}}, verdict: doctor.OK},
	} {
		d, err := doctor.New(srv.Client(), doctor.WithKeys("teams", test.keys...))
		require.NoError(t, err)
		report, err := d.Examine(t.Context(), doctor.Question{SubscriberID: "acme", IntegrationIdentifier: "teams"})
		require.NoError(t, err)
		for _, f := range report.Findings {
			if f.Check != doctor.CheckCredentials {
				continue
			}
			verdict := f.Verdict
			if verdict == doctor.NotChecked {
				verdict = doctor.OK // the server keeps credentials back, and nothing more is known
			}
			assert.Equal(t, test.verdict, verdict, name)
			if test.verdict != doctor.OK {
				assert.Contains(t, f.Remedy, "rotate")
				assert.Equal(t, "1", f.Evidence["keyId"])
			}
		}
	}
	_, err := doctor.New(srv.Client(), doctor.WithKeys(""))
	require.ErrorIs(t, err, novu.ErrInvalidParams)
}

// Before there is a customer, the question names the integration alone.
func TestAnIntegrationAloneIsExamined(t *testing.T) {
	t.Parallel()
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		srv := novutest.NewServer(t, novutest.WithVersion(version), novutest.WithFixture(novutest.Fixture{
			Integrations: []any{object{
				"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": false,
				"credentials": object{"clientId": clientID, "secretKey": clientSecret, "tenantId": homeTenant},
			}},
		}), novutest.WithApp(novutest.App{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}))
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}, srv.MSTeamsOptions()...)
		require.NoError(t, err)
		d, err := doctor.New(srv.Client(), doctor.WithMSTeams(ms))
		require.NoError(t, err)
		report, err := d.Examine(t.Context(), doctor.Question{IntegrationIdentifier: "teams"})
		require.NoError(t, err)
		assert.Contains(t, report.String(), "The integration teams")
		verdicts := map[doctor.Check]doctor.Verdict{}
		for _, f := range report.Findings {
			verdicts[f.Check] = f.Verdict
		}
		for check, verdict := range map[doctor.Check]doctor.Verdict{
			doctor.CheckIntegration: doctor.OK, doctor.CheckActive: doctor.Broken, doctor.CheckCredentials: doctor.OK,
			doctor.CheckGraph: doctor.OK, doctor.CheckBot: doctor.OK,
		} {
			assert.Equal(t, verdict, verdicts[check], "%s at %s", check, version)
		}
		assert.NotContains(t, verdicts, doctor.CheckSubscriber)

		report, err = d.Examine(t.Context(), doctor.Question{IntegrationIdentifier: "other"})
		require.NoError(t, err)
		assert.Equal(t, doctor.Broken, report.Verdict)
		_, err = d.Examine(t.Context(), doctor.Question{IntegrationIdentifier: "teams", WorkflowID: "alert"})
		require.ErrorIs(t, err, doctor.ErrInvalidParams, "a workflow is for somebody")
	}
}
