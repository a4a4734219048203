package customers_test

import (
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

func TestAddingTwiceIsOnce(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.connected("acme")
		channel := s.channel(acme, "Eng", "Builds")
		ada, err := acme.FindPerson(t.Context(), "ada@contoso.example")
		require.NoError(t, err)
		add := []func() (*customers.Destination, error){
			func() (*customers.Destination, error) { return acme.AddChannel(t.Context(), channel) },
			func() (*customers.Destination, error) {
				return acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ADA@contoso.example"})
			},
			func() (*customers.Destination, error) {
				return acme.AddPerson(t.Context(), customers.AddPersonParams{UserID: ada.ObjectID})
			},
			func() (*customers.Destination, error) {
				return acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
			},
		}
		var work sync.WaitGroup
		for range 5 {
			for _, one := range add {
				work.Go(func() {
					_, err := one()
					assert.NoError(t, err)
				})
			}
		}
		work.Wait()
		assert.Len(t, s.destinations(acme), 3)
		renamed, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL, Name: "Ops"})
		require.NoError(t, err)
		assert.Equal(t, "Ops", renamed.Name)
		assert.Len(t, s.destinations(acme), 3)
	})
}

func TestAddChannelByLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	ids := s.channel(acme, "Eng", "Builds")
	link := func(tenant string) customers.AddChannelParams {
		return customers.AddChannelParams{Link: "https://teams.microsoft.com/l/channel/" + url.PathEscape(ids.ChannelID) + "/Builds?groupId=" + ids.TeamID + "&tenantId=" + tenant}
	}
	added, err := acme.AddChannel(t.Context(), link(novutest.DefaultTenantID))
	require.NoError(t, err)
	assert.Equal(t, ids.ChannelID, added.ChannelID)
	_, err = acme.AddChannel(t.Context(), link(otherTenant))
	require.ErrorIs(t, err, customers.ErrWrongTenant)
}

func TestTheBotIsInstalledWherePermitted(t *testing.T) {
	t.Parallel()
	tenant := contoso()
	tenant.WithoutBot = true
	s := newSiteOf(t, tenant)
	acme := s.connected("acme")
	_, err := acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
	require.NoError(t, err)
	_, err = acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ben@contoso.example"})
	require.NoError(t, err)
	for _, o := range s.notify(acme, customers.NotifyParams{}) {
		require.NoError(t, o.Err)
	}

	s = newSiteOf(t, tenant)
	acme = s.connected("acme")
	forbidden := novutest.GraphFault(403, "Forbidden", "Missing role permissions on the request. API requires one of 'TeamsAppInstallation.ReadWriteSelfForTeam.All'. Roles on the request ''.")
	forbidden.Method, forbidden.Route = "POST", "/_graph/v1.0/teams/{team}/installedApps"
	s.Inject(forbidden)
	_, err = acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
	require.ErrorIs(t, err, customers.ErrUnreachable)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	require.ErrorContains(t, err, "could not be installed")
	require.ErrorContains(t, err, "have an owner of the team add the app")
	assert.Empty(t, s.destinations(acme))
}

func TestAPrivateChannelIsRefusedWithTheWayOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	secret := s.channel(acme, "Eng", "Secret")
	_, err := acme.AddChannel(t.Context(), secret)
	require.ErrorIs(t, err, customers.ErrUnreachable)
	require.ErrorContains(t, err, "private channel")
	require.ErrorContains(t, err, "Manage channel > Apps")
	assert.Empty(t, s.destinations(acme))
	s.InstallBot(secret.ChannelID)
	_, err = acme.AddChannel(t.Context(), secret)
	require.NoError(t, err)
}

// Where Graph may not be asked, the roster tells whether the channel is the tenant's own.
func TestWithoutGraph(t *testing.T) {
	t.Parallel()
	tenant := contoso()
	s := newSite(t)
	acme := s.connected("acme")
	params := s.channel(acme, "Eng", "Builds")
	tenant.Roles = []string{}
	foreign := novutest.NewTenant(otherTenant, 1, 2, 2)
	s = newSiteOf(t, tenant, novutest.WithTenant(foreign))
	acme = s.connected("acme")
	s.Inject(novutest.GraphFault(403, "Forbidden", "Missing role permissions on the request. API requires one of 'X'. Roles on the request ''."))
	added, err := acme.AddChannel(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, "channel, name unknown", added.Name)
	assert.False(t, added.NameKnown)
	elsewhere := s.MSTeams().Tenant(otherTenant)
	s.ClearFaults()
	for team, err := range elsewhere.Teams(t.Context(), msteams.ListTeamsParams{}) {
		require.NoError(t, err)
		for channel, err := range elsewhere.Channels(t.Context(), team.ID) {
			require.NoError(t, err)
			s.Inject(novutest.GraphFault(403, "Forbidden", "no"))
			_, err = acme.AddChannel(t.Context(), customers.AddChannelParams{TeamID: team.ID, ChannelID: channel.ID})
			require.ErrorIs(t, err, customers.ErrWrongTenant)
			s.ClearFaults()
		}
	}
	assert.Len(t, s.destinations(acme), 1)
}

// What an earlier connection left behind is replaced.
func TestDestinationOfAConnectionThatIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	params := s.channel(acme, "Eng", "Builds")
	_, err := acme.AddChannel(t.Context(), params)
	require.NoError(t, err)
	found, err := acme.WaitConnected(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.novu.ChannelConnections.Delete(t.Context(), found.Identifier))
	_, err = s.novu.ChannelConnections.Create(t.Context(), novu.CreateChannelConnectionParams{
		IntegrationIdentifier: integration, Context: novu.ContextPayload{"tenant": {ID: "acme"}}, ConnectionMode: novu.ConnectionModeShared,
		Workspace: novu.Workspace{ID: novutest.DefaultTenantID}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
	})
	require.NoError(t, err)
	status, err := acme.Status(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, status.Destinations[0].Err, customers.ErrUnreachable)
	_, err = acme.AddChannel(t.Context(), params)
	require.NoError(t, err)
	assert.Len(t, s.destinations(acme), 1)
	for _, o := range s.notify(acme, customers.NotifyParams{}) {
		require.NoError(t, o.Err)
	}
}

// A subscriber of yours keeps what is stored of it.
func TestSubscribersAreLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"ada", "acme"} {
		_, err := s.novu.Subscribers.Create(t.Context(), novu.CreateSubscriberParams{SubscriberID: id, FirstName: "A", Data: map[string]any{"plan": "gold"}})
		require.NoError(t, err)
	}
	acme := s.teams.Customer("acme")
	for i, id := range []string{"ada", ""} {
		_, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: novu.Secret(fmt.Sprintf("%s%d", webhookURL, i)), SubscriberID: id})
		require.NoError(t, err)
	}
	for _, id := range []string{"ada", "acme"} {
		got, err := s.novu.Subscribers.Get(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"plan": "gold"}, got.Data)
	}
	_, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL, SubscriberID: "nobody"})
	require.ErrorIs(t, err, novu.ErrNotFound)
	require.ErrorContains(t, err, "Subscribers.Create")
}

func TestRestoreDestination(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	_, err := acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
	require.NoError(t, err)
	_, err = acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ada@contoso.example"})
	require.NoError(t, err)
	_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL, Name: "Operations"})
	require.NoError(t, err)
	before := s.destinations(acme)
	for _, d := range before {
		require.NoError(t, acme.RemoveDestination(t.Context(), d.Identifier))
	}
	require.Empty(t, s.destinations(acme))
	for _, d := range before {
		restored, err := acme.RestoreDestination(t.Context(), d)
		require.NoError(t, err)
		assert.Equal(t, d.Name, restored.Name)
	}
	after := s.destinations(acme)
	require.Len(t, after, 3)
	assert.Equal(t, before[2].Name, after[2].Name)
	_, err = acme.RestoreDestination(t.Context(), customers.Destination{})
	require.ErrorIs(t, err, customers.ErrInvalidParams)
}
