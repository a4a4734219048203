package customers_test

import (
	"context"
	"net/http"
	"net/url"
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

// The tenant that is expected stands in the connection, so that every process knows it.
func TestWrongTenant(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.teams.Customer("acme")
		link, err := acme.ConnectURL(t.Context(), customers.ConnectParams{TenantID: otherTenant})
		require.NoError(t, err)
		assert.Contains(t, link.URL.Reveal(), "/"+otherTenant+"/v2.0/adminconsent", "Microsoft accepts no other")
		link.URL = novu.Secret(strings.Replace(link.URL.Reveal(), otherTenant, novutest.DefaultTenantID, 1)) // as if it did
		s.visit(link, nil)

		for _, c := range []*customers.Customer{acme, s.another().Customer("acme")} {
			_, err = c.WaitConnected(t.Context())
			require.ErrorIs(t, err, customers.ErrWrongTenant)
			require.ErrorContains(t, err, otherTenant+" was expected")
			_, err = c.AddPerson(t.Context(), customers.AddPersonParams{Email: "ada@contoso.example"})
			require.ErrorIs(t, err, customers.ErrWrongTenant)
			status, err := c.Status(t.Context())
			require.NoError(t, err)
			assert.False(t, status.Connected)
			require.ErrorIs(t, status.Err, customers.ErrWrongTenant)
		}
		_, err = acme.Disconnect(t.Context())
		require.NoError(t, err)
		s.visit(acme.ConnectURL(t.Context(), customers.ConnectParams{TenantID: novutest.DefaultTenantID}))
		got, err := acme.WaitConnected(t.Context())
		require.NoError(t, err)
		assert.Equal(t, novutest.DefaultTenantID, got.Workspace.ID)
	})
}

func TestMovingToAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newSite(t, novutest.WithTenant(novutest.Tenant{ID: otherTenant, Teams: []novutest.Team{{Name: "New"}}}))
	acme := s.connected("acme")
	old := s.channel(acme, "Eng", "Builds")
	_, err := acme.AddChannel(t.Context(), old)
	require.NoError(t, err)
	_, err = acme.ConnectURL(t.Context(), customers.ConnectParams{TenantID: otherTenant})
	require.ErrorIs(t, err, customers.ErrWrongTenant)
	require.ErrorContains(t, err, "call Disconnect")
	_, err = acme.Disconnect(t.Context())
	require.NoError(t, err)
	s.visit(acme.ConnectURL(t.Context(), customers.ConnectParams{TenantID: otherTenant}))
	_, err = acme.WaitConnected(t.Context())
	require.NoError(t, err)
	_, err = acme.AddChannel(t.Context(), old)
	require.ErrorIs(t, err, customers.ErrUnreachable, "a team of the old tenant")
	_, err = acme.AddChannel(t.Context(), s.channel(acme, "New", "General"))
	require.NoError(t, err)
}

// Two customers in one tenant have nothing in common.
func TestTwoCustomersInOneTenant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme, globex := s.connected("acme"), s.connected("globex")
	params := s.channel(acme, "Eng", "Builds")
	first, err := acme.AddChannel(t.Context(), params)
	require.NoError(t, err)
	second, err := globex.AddChannel(t.Context(), params)
	require.NoError(t, err)
	assert.NotEqual(t, first.Identifier, second.Identifier)
	require.ErrorIs(t, globex.RemoveDestination(t.Context(), first.Identifier), novu.ErrNotFound)
	_, err = globex.Disconnect(t.Context())
	require.NoError(t, err)
	assert.Len(t, s.destinations(acme), 1)
	for _, o := range s.notify(acme, customers.NotifyParams{}) {
		require.NoError(t, o.Err)
	}
}

func TestWaitConnectedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.teams.Customer("acme").WaitConnected(ctx)
	require.ErrorIs(t, err, customers.ErrNotConnected)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "make a new one with ConnectURL")
}

// An answer that Microsoft sends to a page of the product's goes on to Novu only where the
// administrator agreed.
func TestFinishConnect(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.teams.Customer("acme")
		link, err := acme.ConnectURL(t.Context(), customers.ConnectParams{RedirectURL: "http://127.0.0.1:9/consent"})
		require.NoError(t, err)
		browser := s.HTTPClient()
		browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		answered := func(choice string) url.Values {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link.URL.Reveal()+"&_consent="+choice, nil)
			require.NoError(t, err)
			resp, err := browser.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			to, err := resp.Location()
			require.NoError(t, err)
			assert.Equal(t, "/consent", to.Path)
			return to.Query()
		}
		_, err = s.teams.FinishConnect(answered("decline"))
		require.ErrorIs(t, err, msteams.ErrConsentDeclined)
		next, err := s.teams.FinishConnect(answered("approve"))
		require.NoError(t, err)
		assert.Less(t, s.visit(&novu.OAuthURL{URL: next}, nil), 400)
		_, err = acme.WaitConnected(t.Context())
		require.NoError(t, err)
	})
}

func TestLinkURL(t *testing.T) {
	t.Parallel()
	s := newSite(t, novutest.WithDirectory(novutest.DefaultTenantID, "b3a0c8de-41f7-4f0e-8f53-6f0f5e2d9c02"), novutest.WithUserTenantID())
	_, err := s.teams.Customer("acme").LinkURL(t.Context(), "")
	require.ErrorIs(t, err, customers.ErrNotConnected)
	acme := s.connected("acme")
	_, err = acme.LinkURL(t.Context(), "nobody")
	require.ErrorIs(t, err, novu.ErrNotFound)
	s.visit(acme.LinkURL(t.Context(), ""))
	all := s.destinations(acme)
	require.Len(t, all, 1)
	assert.Equal(t, customers.KindPerson, all[0].Kind)

	older := newSite(t, novutest.WithVersion(novutest.Version315))
	_, err = older.connected("acme").LinkURL(t.Context(), "")
	require.ErrorIs(t, err, novu.ErrRouteNotFound)
	require.ErrorContains(t, err, "AddPerson")
	for _, r := range older.Requests() {
		assert.NotContains(t, string(r.Body), "link_user", "an older server would make a stray connection of it")
	}
}

func TestAnExpiredURLConnectsNothing(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.teams.Customer("acme")
		link, err := acme.ConnectURL(t.Context(), customers.ConnectParams{})
		require.NoError(t, err)
		s.Advance(5*time.Minute + time.Second)
		assert.Equal(t, http.StatusBadRequest, s.visit(link, nil))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err = acme.WaitConnected(ctx)
		require.ErrorIs(t, err, customers.ErrNotConnected)
		require.Less(t, s.visit(acme.ConnectURL(t.Context(), customers.ConnectParams{})), 400)
		_, err = acme.WaitConnected(t.Context())
		require.NoError(t, err)
	})
}
