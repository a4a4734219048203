package customers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.teams.Customer("acme")
		status, err := acme.Status(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, status.Err, customers.ErrNotConnected)
		assert.Nil(t, status.Connection)

		acme = s.connected("acme")
		reached, lost := s.channel(acme, "Eng", "General"), s.channel(acme, "Sales", "Leads")
		for _, params := range []customers.AddChannelParams{reached, lost} {
			_, err := acme.AddChannel(t.Context(), params)
			require.NoError(t, err)
		}
		ada, err := acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ada@contoso.example"})
		require.NoError(t, err)
		_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
		require.NoError(t, err)
		s.RemoveConversation(lost.ChannelID)
		s.UninstallBot(ada.UserID)
		status, err = s.another().Customer("acme").Status(t.Context())
		require.NoError(t, err)
		var got []string
		for _, d := range status.Destinations {
			got = append(got, d.Name+": "+string(d.Reachability))
		}
		assert.Equal(t, []string{
			"Engineering / General: reachable", "Sales / Leads: unreachable", "Ada Lovelace: unreachable", "webhook, name unknown: not checked",
		}, got)
		require.ErrorContains(t, status.Destinations[1].Err, "Teams knows no such channel")
		require.ErrorContains(t, status.Destinations[2].Err, "have the person add the app")
		require.NoError(t, status.Destinations[3].Err)

		s.Inject(novutest.SignInFault(7000229))
		status, err = s.another().Customer("acme").Status(t.Context())
		require.NoError(t, err, "what Microsoft does not tell is in the status")
		require.ErrorIs(t, status.Err, msteams.ErrNotConsented)
		assert.Equal(t, customers.NotChecked, status.Destinations[0].Reachability)
		s.ClearFaults()
		s.Inject(novutest.Fault{Route: "/v1/channel-connections", Status: http.StatusInternalServerError, Body: "{}"})
		_, err = acme.Status(t.Context())
		require.ErrorIs(t, err, novu.ErrServer)
	})
}

// A page can ask for the status of twenty destinations, each in a team of its own, by a process
// that knows no names.
func TestStatusIsCheap(t *testing.T) {
	t.Parallel()
	s := newSiteOf(t, novutest.NewTenant("", 22, 2, 60))
	acme := s.connected("acme")
	n := 0
	for team, err := range acme.Teams(t.Context(), msteams.ListTeamsParams{}) {
		require.NoError(t, err)
		for channel, err := range acme.Channels(t.Context(), team.ID) {
			require.NoError(t, err)
			_, err = acme.AddChannel(t.Context(), customers.AddChannelParams{TeamID: team.ID, ChannelID: channel.ID})
			require.NoError(t, err)
			break
		}
		if n++; n == 20 {
			break
		}
	}
	fresh := s.another().Customer("acme")
	s.Inject(novutest.Fault{Delay: 100 * time.Millisecond})
	before, start := len(s.Requests()), time.Now()
	status, err := fresh.Status(t.Context())
	require.NoError(t, err)
	took := time.Since(start)
	asked := len(s.Requests()) - before
	t.Logf("%d requests, %v at 100 ms each", asked, took.Round(time.Millisecond))
	assert.LessOrEqual(t, asked, 25)
	assert.Less(t, took, 2*time.Second)
	named := 0
	for _, d := range status.Destinations {
		assert.Equal(t, customers.Reachable, d.Reachability)
		if d.NameKnown {
			named++
		}
	}
	assert.Equal(t, 10, named, "as many names as one more request brings")
	status, err = fresh.Status(t.Context())
	require.NoError(t, err)
	for _, d := range status.Destinations {
		assert.True(t, d.NameKnown, "the next call knows more")
	}
}

// The first page of the picker is one page of Graph's, however large the tenant is.
func TestThePickersFirstPaint(t *testing.T) {
	t.Parallel()
	s := newSiteOf(t, novutest.NewTenant("", 2500, 2, 1))
	acme := s.connected("acme")
	n := 0
	for _, err := range acme.Teams(t.Context(), msteams.ListTeamsParams{PageSize: 50}) {
		require.NoError(t, err)
		if n++; n == 50 {
			break
		}
	}
	graph := 0
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, "/_graph/") {
			graph++
		}
	}
	assert.Equal(t, 1, graph)
	for team, err := range acme.Teams(t.Context(), msteams.ListTeamsParams{NamePrefix: "team 24"}) {
		require.NoError(t, err)
		assert.Regexp(t, "^Team 24", team.DisplayName)
	}
}
