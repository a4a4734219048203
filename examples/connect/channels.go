package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// shown is how many channels or people one page lists.
const shown = 100

type channelsPage struct {
	Query   string
	Teams   []msteams.TeamChannels
	Matches int  // channels that the query finds
	All     int  // channels that there are
	More    bool // than are shown
}

// channels lists the teams of the customer's tenant with their channels, those
// that the query finds.
func (a *app) channels(w http.ResponseWriter, r *http.Request, s *session) error {
	tenant, _, err := a.tenant(r.Context(), s.customer)
	if err != nil {
		return err
	}
	all, err := a.directories.read(r.Context(), tenant, a.now())
	if err != nil {
		return err
	}
	a.show(w, http.StatusOK, "channels", s, search(all, r.FormValue("q")))
	return nil
}

// search finds a channel by a part of its name or of its team's.
func search(all []msteams.TeamChannels, query string) *channelsPage {
	query = strings.TrimSpace(query)
	page := &channelsPage{Query: query}
	for _, team := range all {
		page.All += len(team.Channels)
		found := msteams.TeamChannels{Team: team.Team, Err: team.Err}
		for _, channel := range team.Channels {
			if !contains(query, team.DisplayName, channel.DisplayName) {
				continue
			}
			page.Matches++
			if page.Matches <= shown {
				found.Channels = append(found.Channels, channel)
			}
		}
		if len(found.Channels) > 0 || found.Err != nil && contains(query, team.DisplayName) {
			page.Teams = append(page.Teams, found)
		}
	}
	page.More = page.Matches > shown
	return page
}

func contains(query string, texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(query)) {
			return true
		}
	}
	return false
}

// addChannel registers a channel after finding it in the customer's own tenant:
// the bot is one for all customers, so Novu would post into any tenant's.
func (a *app) addChannel(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	tenant, connection, err := a.tenant(ctx, s.customer)
	if err != nil {
		return err
	}
	teamID, channelID := r.PostFormValue("team"), r.PostFormValue("channel")
	var chosen *msteams.Channel
	for channel, err := range tenant.Channels(ctx, teamID) {
		if err != nil {
			return err
		}
		if channel.ID == channelID {
			chosen = &channel
			break
		}
	}
	if chosen == nil {
		return errNotYours
	}
	name := chosen.DisplayName
	if team := a.directories.team(tenant.ID(), teamID); team != "" {
		name = team + " / " + name
	}
	endpoint := novu.MSTeamsChannelEndpoint{TeamID: teamID, ChannelID: channelID}
	if err := a.add(ctx, s, novu.CreateChannelEndpointParams{
		SubscriberID: s.subscriber(), ConnectionIdentifier: connection.Identifier, Endpoint: endpoint,
	}, name); err != nil {
		return err
	}
	a.install(ctx, s, tenant, teamID)
	return back(w, r, "/")
}

// install adds the app to the team where it is not there yet. Where that is not
// allowed, an owner of the team has to.
func (a *app) install(ctx context.Context, s *session, tenant *msteams.Tenant, teamID string) {
	found, err := tenant.CatalogApp(ctx, a.bot.ClientID)
	if err == nil {
		err = tenant.InstallInTeam(ctx, teamID, found.ID)
	}
	if err != nil {
		p := explain(err)
		a.log.Error("the app can't be added to a team", "error", err)
		s.complain("The channel is added, but the app could not be added to its team. " + p.Text + " " + p.Remedy)
	}
}

// directories remembers each tenant's teams and channels for a moment, so that
// typing in the search does not ask Microsoft at each letter.
type directories struct {
	mu       sync.Mutex
	byTenant map[string]directory
}

type directory struct {
	teams []msteams.TeamChannels
	until time.Time
}

func (d *directories) read(ctx context.Context, tenant *msteams.Tenant, now time.Time) ([]msteams.TeamChannels, error) {
	d.mu.Lock()
	known := d.byTenant[tenant.ID()]
	d.mu.Unlock()
	if now.Before(known.until) {
		return known.teams, nil
	}
	var teams []msteams.TeamChannels
	for team, err := range tenant.Directory(ctx) {
		if err != nil {
			return nil, err
		}
		teams = append(teams, team)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byTenant == nil {
		d.byTenant = map[string]directory{}
	}
	d.byTenant[tenant.ID()] = directory{teams: teams, until: now.Add(30 * time.Second)}
	return teams, nil
}

// team is a team's name, where it is remembered.
func (d *directories) team(tenantID, teamID string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, team := range d.byTenant[tenantID].teams {
		if team.ID == teamID {
			return team.DisplayName
		}
	}
	return ""
}
