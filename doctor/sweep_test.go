package doctor_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// fleet is an environment with many customers.
type fleet struct {
	*chain
	fixture novutest.Fixture
	tenants []novutest.Tenant
}

func tenantID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func customerName(n int) string { return fmt.Sprintf("customer-%d", n) }

func customerContext(n int) object { return object{"tenant": customerName(n)} }

// newFleet has n customers, each with a connection and an endpoint for a channel.
func newFleet(n int) *fleet {
	f := &fleet{chain: healthy()}
	f.integration["credentials"] = f.credentials
	f.fixture.Integrations = []any{f.integration}
	for i := range n {
		tenant := novutest.NewTenant(tenantID(i), 1, 2, 1)
		f.tenants = append(f.tenants, tenant)
		f.fixture.Subscribers = append(f.fixture.Subscribers, object{"subscriberId": customerName(i)})
		f.fixture.Connections = append(f.fixture.Connections, object{
			"identifier": "connection-" + customerName(i), "integrationIdentifier": "teams", "subscriberId": customerName(i),
			"context": customerContext(i), "workspace": object{"id": tenant.ID}, "auth": object{"accessToken": "app-only"},
		})
		f.add(i, "channel", "ms_teams_channel", object{"teamId": tenant.Teams[0].ID, "channelId": tenant.Teams[0].Channels[1].ID})
	}
	return f
}

// add gives customer n another endpoint.
func (f *fleet) add(n int, name, kind string, to object) {
	e := object{
		"identifier": customerName(n) + "-" + name, "integrationIdentifier": "teams", "subscriberId": customerName(n),
		"context": customerContext(n), "type": kind, "endpoint": to,
	}
	if kind != "webhook" {
		e["connectionIdentifier"] = "connection-" + customerName(n)
	}
	f.fixture.Endpoints = append(f.fixture.Endpoints, e)
}

func (f *fleet) server(t *testing.T) *novutest.Server {
	t.Helper()
	options := append([]novutest.Option{
		novutest.WithFixture(f.fixture), novutest.WithApp(novutest.App{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}),
	}, f.options...)
	for _, tenant := range f.tenants {
		options = append(options, novutest.WithTenant(tenant))
	}
	srv := novutest.NewServer(t, options...)
	for _, after := range f.after {
		after(srv)
	}
	return srv
}

// reportsOf runs a sweep to its end.
func reportsOf(t *testing.T, d *doctor.Doctor, params doctor.SweepParams) []*doctor.Report {
	t.Helper()
	var all []*doctor.Report
	for report, err := range d.Sweep(t.Context(), params) {
		require.NoError(t, err)
		all = append(all, report)
	}
	return all
}

func connectionsOf(reports []*doctor.Report) []string {
	var all []string
	for _, r := range reports {
		all = append(all, r.ConnectionIdentifier)
	}
	return all
}

func TestASweepOfHealthyCustomersFindsNothing(t *testing.T) {
	f := newFleet(30)
	srv := f.server(t)
	reports := reportsOf(t, f.of(t, srv), doctor.SweepParams{})
	require.Len(t, reports, 30)
	for _, r := range reports {
		assert.Equal(t, doctor.OK, r.Verdict, "%s", r)
		assert.NotEmpty(t, r.Cursor)
		assert.Equal(t, "connection-"+r.SubscriberID, r.ConnectionIdentifier)
		assert.Equal(t, []string{"tenant:" + r.SubscriberID}, r.ContextKeys)
		assert.NotEmpty(t, r.TenantID)
		assert.NotEmpty(t, r.Find(doctor.CheckReachable))
		assert.NotEmpty(t, r.Find(doctor.CheckBot), "the integration is part of every report")
	}
	assertOnlyReads(t, srv, len(f.fixture.Integrations))
}

// Each customer is broken in another way, and the others are not.
func TestASweepNamesWhatIsBrokenForEachCustomer(t *testing.T) {
	f := newFleet(10)
	want := map[string]doctor.Check{}
	breaks := func(n int, check doctor.Check, change func()) {
		want["connection-"+customerName(n)] = check
		change()
	}
	breaks(0, doctor.CheckConsent, func() { f.tenants[0].Unconsented = true })
	breaks(1, doctor.CheckInstalled, func() {
		f.after = append(f.after, func(srv *novutest.Server) { srv.UninstallBot(f.tenants[1].Teams[0].ID) })
	})
	breaks(2, doctor.CheckChannel, func() {
		f.fixture.Endpoints[2].(object)["endpoint"].(object)["channelId"] = "19:gone@thread.tacv2"
	})
	breaks(3, doctor.CheckEndpointConnection, func() {
		delete(f.fixture.Endpoints[3].(object), "connectionIdentifier")
	})
	breaks(4, doctor.CheckConnectionContext, func() { delete(f.fixture.Connections[4].(object), "context") })
	breaks(5, doctor.CheckInstalled, func() {
		f.add(5, "user", "ms_teams_user", object{"userId": f.tenants[5].Users[0].ID})
		f.after = append(f.after, func(srv *novutest.Server) { srv.UninstallBot(f.tenants[5].Users[0].ID) })
	})
	breaks(6, doctor.CheckConnectionTenant, func() { f.fixture.Connections[6].(object)["workspace"] = object{"id": ""} })
	f.add(7, "hook", "webhook", object{"url": "https://contoso.webhook.office.com/webhookb2/" + webhookSig})
	f.fixture.Endpoints = append(f.fixture.Endpoints, slackEndpoint("teams"))
	f.fixture.Subscribers = append(f.fixture.Subscribers, object{"subscriberId": "acme"})
	srv := f.server(t)
	got, others := map[string]doctor.Check{}, map[string]doctor.Check{}
	for _, r := range reportsOf(t, f.of(t, srv), doctor.SweepParams{}) {
		for _, found := range r.Broken() {
			switch r.ConnectionIdentifier {
			case "":
				others[r.SubscriberID] = found.Check
			default:
				got[r.ConnectionIdentifier] = found.Check
			}
		}
		assertSilent(t, r, srv)
	}
	delete(want, "connection-"+customerName(3)) // it is reported by subscriber
	assert.Equal(t, want, got)
	assert.Equal(t, map[string]doctor.Check{
		customerName(3): doctor.CheckEndpointConnection, customerName(7): doctor.CheckWebhookURL, "acme": doctor.CheckEndpointIDs,
	}, others)
}

func TestASweepNamesConnectionsThatAreGone(t *testing.T) {
	f := newFleet(3)
	f.fixture.Connections = f.fixture.Connections[:2]
	delete(f.fixture.Endpoints[2].(object), "connectionIdentifier")
	srv := f.server(t)
	require.NoError(t, srv.Client().ChannelConnections.Delete(t.Context(), "connection-"+customerName(1)))
	var broken []string
	for _, r := range reportsOf(t, f.of(t, srv), doctor.SweepParams{}) {
		for _, found := range r.Broken() {
			broken = append(broken, string(found.Check)+" "+r.ConnectionIdentifier)
		}
	}
	assert.ElementsMatch(t, []string{"connection.exists connection-" + customerName(1), "endpoint.connection "}, broken)
}

// A secret that Microsoft does not accept breaks every customer, and is asked about once.
func TestASweepExaminesAnIntegrationOnce(t *testing.T) {
	f := newFleet(8)
	f.credentials["secretKey"] = "not~the.secret"
	f.add(8, "hook", "webhook", object{"url": webhookURL})
	f.fixture.Subscribers = append(f.fixture.Subscribers, object{"subscriberId": customerName(8)})
	srv := f.server(t)
	before := len(srv.Requests())
	for _, r := range reportsOf(t, f.of(t, srv), doctor.SweepParams{}) {
		if r.ConnectionIdentifier == "" {
			assert.Equal(t, doctor.OK, r.Verdict, "a webhook needs no credentials: %s", r)
			continue
		}
		require.Len(t, r.Broken(), 1, "%s", r)
		assert.Equal(t, doctor.CheckGraph, r.Broken()[0].Check)
	}
	tokens := 0
	for _, r := range srv.Requests()[before:] {
		if strings.HasPrefix(r.Path, "/_login/") {
			tokens++
		}
	}
	assert.Equal(t, 1, tokens)
}

func TestASweepIsResumedBehindAnyReport(t *testing.T) {
	f := newFleet(20)
	f.add(3, "hook", "webhook", object{"url": webhookURL})
	// A tenant with three connections is one customer with three reports.
	for i := range 2 {
		f.fixture.Connections = append(f.fixture.Connections, object{
			"identifier": fmt.Sprintf("more-%d", i), "integrationIdentifier": "teams", "subscriberId": customerName(i),
			"workspace": object{"id": tenantID(5)}, "auth": object{"accessToken": "app-only"},
		})
	}
	srv := f.server(t)
	d := f.of(t, srv)
	all := reportsOf(t, d, doctor.SweepParams{})
	require.Len(t, all, 23)
	for i, r := range all {
		rest := reportsOf(t, d, doctor.SweepParams{After: r.Cursor})
		require.Equal(t, connectionsOf(all[i+1:]), connectionsOf(rest), "after report %d", i)
	}
	// The customer whom the cursor names may be gone meanwhile.
	gone := slices.IndexFunc(all, func(r *doctor.Report) bool { return r.ConnectionIdentifier == "connection-"+customerName(7) })
	require.NoError(t, srv.Client().ChannelEndpoints.Delete(t.Context(), customerName(7)+"-channel"))
	require.NoError(t, srv.Client().ChannelConnections.Delete(t.Context(), all[gone].ConnectionIdentifier))
	assert.Equal(t, connectionsOf(all[gone+1:]), connectionsOf(reportsOf(t, d, doctor.SweepParams{After: all[gone].Cursor})))
}

func TestShardsDivideTheTenants(t *testing.T) {
	f := newFleet(40)
	f.fixture.Connections = append(f.fixture.Connections, object{
		"identifier": "second", "integrationIdentifier": "teams", "subscriberId": customerName(0),
		"workspace": object{"id": strings.ToUpper(tenantID(5))}, "auth": object{"accessToken": "app-only"},
	})
	srv := f.server(t)
	d := f.of(t, srv)
	shardOf := map[string]int{}
	var all []string
	for shard := range 4 {
		reports := reportsOf(t, d, doctor.SweepParams{Shard: shard, Shards: 4})
		assert.NotEmpty(t, reports)
		all = append(all, connectionsOf(reports)...)
		for _, r := range reports {
			id := strings.ToLower(r.TenantID)
			if had, seen := shardOf[id]; seen {
				assert.Equal(t, had, shard, "two sweeps examine tenant %s", id)
			}
			shardOf[id] = shard
		}
	}
	assert.ElementsMatch(t, connectionsOf(reportsOf(t, d, doctor.SweepParams{})), all)
}

// Whatever little of the lists is held at a time, every customer comes once, in the same order.
func TestASweepHoldsPartOfTheListsAtATime(t *testing.T) {
	f := newFleet(25)
	f.add(2, "hook", "webhook", object{"url": webhookURL})
	for i := range 12 {
		f.add(9, fmt.Sprint(i), "ms_teams_channel", object{"teamId": f.tenants[9].Teams[0].ID, "channelId": f.tenants[9].Teams[0].Channels[1].ID})
	}
	srv := f.server(t)
	d := f.of(t, srv)
	all := reportsOf(t, d, doctor.SweepParams{})
	require.Len(t, all, 26)
	for _, held := range []int{1, 3, 7, 20, 50} {
		doctor.HoldAtATime(d, held)
		some := reportsOf(t, d, doctor.SweepParams{})
		require.Equal(t, connectionsOf(all), connectionsOf(some), "%d at a time", held)
		for i := range all {
			assert.Equal(t, len(all[i].Findings), len(some[i].Findings))
		}
	}
}

func TestACustomerWithManyEndpointsIsExaminedInParts(t *testing.T) {
	f := newFleet(1)
	for i := range 130 {
		f.add(0, fmt.Sprint(i), "ms_teams_channel", object{"teamId": f.tenants[0].Teams[0].ID, "channelId": f.tenants[0].Teams[0].Channels[1].ID})
	}
	srv := f.server(t)
	before := len(srv.Requests())
	reports := reportsOf(t, f.of(t, srv), doctor.SweepParams{})
	require.Len(t, reports, 1)
	assert.Len(t, reports[0].Find(doctor.CheckReachable), 131)
	assert.Len(t, reports[0].Find(doctor.CheckConsent), 1)
	assert.Equal(t, doctor.OK, reports[0].Verdict)
	routes := map[string]int{}
	for _, r := range srv.Requests()[before:] {
		routes[r.Route]++
	}
	assert.Equal(t, 1, routes["/_graph/v1.0/teams/{team}/allChannels"], "%v", routes)
}

func TestASweepThatCannotGoOn(t *testing.T) {
	f := newFleet(3)
	for name, params := range map[string]doctor.SweepParams{
		"Shard": {Shard: 2, Shards: 2}, "Shards": {Shards: -1}, "After": {After: "x"}, "Concurrency": {Concurrency: -1},
	} {
		srv := f.server(t)
		for report, err := range f.of(t, srv).Sweep(t.Context(), params) {
			assert.Nil(t, report)
			require.ErrorIs(t, err, doctor.ErrInvalidParams)
			require.ErrorContains(t, err, name)
		}
	}
	for _, route := range []string{"/v1/environments/me", "/v1/integrations", "/v1/channel-connections", "/v1/channel-endpoints"} {
		srv := f.server(t)
		srv.Inject(novutest.Fault{Route: route, Status: 500})
		errors := 0
		for report, err := range f.of(t, srv).Sweep(t.Context(), doctor.SweepParams{}) {
			assert.Nil(t, report)
			require.ErrorContains(t, err, "doctor: sweep: ")
			errors++
		}
		assert.Equal(t, 1, errors, route)
	}
}

func TestLeavingASweepEndsItsRequests(t *testing.T) {
	f := newFleet(50)
	srv := f.server(t)
	for _, err := range f.of(t, srv).Sweep(t.Context(), doctor.SweepParams{Concurrency: 2}) {
		require.NoError(t, err)
		break
	}
	after := len(srv.Requests())
	assert.Less(t, after, 200)
	assert.Len(t, srv.Requests(), after)
}

// Neither is a list that ends early, because somebody deletes what a page was to continue after.
func TestASweepReadsAListAgainThatLostItsPlace(t *testing.T) {
	f := newFleet(150)
	srv := f.server(t)
	srv.Inject(novutest.Fault{
		Route: "/v1/channel-connections", Skip: 1, Count: 1, Status: 200,
		Body: `{"data":[],"next":null,"previous":null,"totalCount":0,"totalCountCapped":false}`,
	})
	reports := reportsOf(t, f.of(t, srv), doctor.SweepParams{})
	seen := map[string]bool{}
	for _, name := range connectionsOf(reports) {
		seen[name] = true
	}
	assert.Len(t, slices.Collect(maps.Keys(seen)), 150)
	assert.Len(t, reports, 150)
}

// A sweep may take hours, and a secret that was good at first may expire meanwhile.
func TestASweepLooksAtAnIntegrationAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(30)
		f.options = append(f.options, novutest.WithInMemory())
		srv := f.server(t)
		defer srv.Close()
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
			msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
			msteams.WithHTTPClient(srv.HTTPClient()))
		require.NoError(t, err)
		d := mustNew(t, srv.Client(), doctor.WithMSTeams(ms))
		verdicts := map[doctor.Verdict]int{}
		for report, err := range d.Sweep(t.Context(), doctor.SweepParams{Concurrency: 1}) {
			require.NoError(t, err)
			verdicts[report.Verdict]++
			if verdicts[doctor.OK] == 10 && verdicts[doctor.Broken] == 0 {
				srv.Inject(at("/_login/"+homeTenant+"/*", novutest.SignInFault(7000222)))
				time.Sleep(2 * time.Hour)
			}
		}
		assert.Greater(t, verdicts[doctor.Broken], 10, "%v", verdicts)
		time.Sleep(time.Hour)
	})
}
