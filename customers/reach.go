package customers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// inParallel is how many requests of one call are under way at once.
const inParallel = 20

// installPatience is how long the bot connector may take to notice an installation.
const installPatience = 10 * time.Second

// probe asks Microsoft whether the bot can write to a destination, without writing. It costs one
// request.
func (c *Customer) probe(ctx context.Context, tenant *msteams.Tenant, d *Destination) error {
	switch d.Kind {
	case KindChannel:
		return c.probeChannel(ctx, tenant, d.ChannelID, nil)
	case KindPerson:
		_, err := tenant.OpenChat(ctx, d.UserID)
		return err
	}
	return nil
}

// probeChannel reads in the channel as the bot, which is as near to posting as a read can come. It
// hands the first members to look.
func (c *Customer) probeChannel(ctx context.Context, tenant *msteams.Tenant, channelID string, look func(*msteams.Member)) error {
	seen := 0
	for member, err := range tenant.Roster(ctx, channelID) {
		if err != nil {
			return err
		}
		c.client.names.person(tenant.ID(), &member)
		if look != nil {
			look(&member)
		}
		if seen++; seen == 50 { // the smallest page
			break
		}
	}
	return nil
}

// reachChannel makes sure that a channel is the tenant's own and that the bot can write there.
func (c *Customer) reachChannel(ctx context.Context, op string, tenant *msteams.Tenant, params AddChannelParams) error {
	membership, known, err := c.findChannel(ctx, op, tenant, params)
	if err != nil {
		return err
	}
	if membership == "" {
		membership = msteams.MembershipStandard
	}
	foreign := !known // until a member of the tenant is seen
	probe := func() error {
		return c.probeChannel(ctx, tenant, params.ChannelID, func(m *msteams.Member) {
			foreign = foreign && !strings.EqualFold(m.TenantID, tenant.ID())
		})
	}
	install := func(appID string) error { return tenant.InstallInTeam(ctx, params.TeamID, appID) }
	remedy := "have an owner of the team add the app (team > Manage team > Apps), then add the channel again"
	if membership != msteams.MembershipStandard {
		install = nil // the app in the team is not enough
		remedy = "have an owner of the channel add the app to it (channel > Manage channel > Apps), then add it again, or choose a standard channel"
	}
	if err := c.reach(ctx, op, tenant, probe, install, string(membership)+" channel", remedy); err != nil {
		return err
	}
	if foreign {
		return c.fail(op, ErrWrongTenant, "no member of the channel belongs to the tenant "+tenant.ID(), "choose a channel of the connected organization")
	}
	return nil
}

// findChannel looks the channel up in the customer's tenant: the bot serves all customers, and
// would post into any of their tenants. Where Graph may not be asked, known is false.
func (c *Customer) findChannel(ctx context.Context, op string, tenant *msteams.Tenant, params AddChannelParams) (membership msteams.MembershipType, known bool, err error) {
	teams, err := tenant.LookupTeams(ctx, params.TeamID)
	if err == nil {
		err = teams[0].Err
	}
	switch {
	case errors.Is(err, msteams.ErrForbidden), errors.Is(err, msteams.ErrNotConsented):
		return "", false, nil
	case errors.Is(err, msteams.ErrNotFound):
		return "", false, &Error{
			Op: op, Customer: c.id, Message: "the connected tenant has no team " + params.TeamID, kinds: []error{ErrUnreachable}, cause: err,
			Remedy: "choose one that Teams lists",
		}
	case err != nil:
		return "", false, c.wrap(op, err)
	}
	c.rememberTeam(tenant.ID(), teams[0])
	for _, channel := range teams[0].Channels {
		if channel.ID == params.ChannelID {
			return channel.MembershipType, true, nil
		}
	}
	return "", false, c.fail(op, ErrUnreachable, "the team "+teams[0].DisplayName+" has no channel "+params.ChannelID, "choose one that Channels lists")
}

// reachPerson makes sure that the bot can write to a person.
func (c *Customer) reachPerson(ctx context.Context, op string, tenant *msteams.Tenant, userID string) error {
	probe := func() error { _, err := tenant.OpenChat(ctx, userID); return err }
	var install func(string) error
	if !strings.HasPrefix(userID, "29:") { // which Graph does not know
		install = func(appID string) error { return tenant.InstallForUser(ctx, userID, appID) }
	}
	return c.reach(ctx, op, tenant, probe, install, "person", "have the person add the app in Teams (Apps), then add the person again")
}

// reach probes, installs the app where it is missing, and probes again until Teams has noticed.
func (c *Customer) reach(ctx context.Context, op string, tenant *msteams.Tenant, probe func() error, install func(appID string) error, what, remedy string) error {
	err := probe()
	if err == nil {
		return nil
	}
	if install == nil || !errors.Is(err, msteams.ErrBotNotInstalled) || c.client.config.ManifestID == "" {
		return c.outOfReach(op, err, nil, what, remedy)
	}
	app, installErr := tenant.CatalogApp(ctx, c.client.config.ManifestID)
	if installErr == nil {
		installErr = install(app.ID)
	}
	if installErr != nil {
		return c.outOfReach(op, err, installErr, what, remedy)
	}
	for waited, pause := time.Duration(0), 250*time.Millisecond; errors.Is(err, msteams.ErrBotNotInstalled) && waited < installPatience; pause *= 2 {
		if err = probe(); err == nil || !sleep(ctx, pause) {
			break
		}
		waited += pause
	}
	if err != nil {
		return c.outOfReach(op, err, nil, what, "the app has just been installed and Teams may need a minute: add it again then")
	}
	return nil
}

// refusals are what Microsoft says where it lets the bot not write to a place. Anything else says
// nothing about it.
var refusals = []error{
	msteams.ErrBotNotInstalled, msteams.ErrBotBlocked, msteams.ErrBotDisabled, msteams.ErrForbidden,
	msteams.ErrConversationNotFound, msteams.ErrMemberNotFound, msteams.ErrNotFound,
}

// outOfReach is the error of a place where the bot can't write, or of a service that did not tell.
func (c *Customer) outOfReach(op string, err, installErr error, what, remedy string) error {
	is := func(kind error) bool { return errors.Is(err, kind) }
	switch {
	case !slices.ContainsFunc(refusals, is):
		return c.wrap(op, err)
	case isOutage(installErr):
		return c.wrap(op, installErr)
	case is(msteams.ErrConversationNotFound), is(msteams.ErrMemberNotFound):
		return &Error{
			Op: op, Customer: c.id, Message: "Teams knows no such " + what, Remedy: "choose another", kinds: []error{ErrUnreachable}, cause: err,
		}
	}
	message := "the bot can't write to this " + what
	if installErr != nil {
		message += ", and could not be installed: " + installErr.Error()
	}
	return &Error{Op: op, Customer: c.id, Message: message, Remedy: remedy, kinds: []error{ErrUnreachable}, cause: err}
}

// connectionOf checks that a destination goes through the customer's connection.
func (c *Customer) connectionOf(op string, d *Destination, connection *novu.ChannelConnection) error {
	if d.connection == connection.Identifier || d.connection == "" && d.tenant != "" {
		return nil
	}
	return c.fail(op, ErrUnreachable, "it belongs to a connection that is gone", "remove it and add it again")
}
