package msteams

import (
	"context"
	"net/url"
	"slices"
)

// LookupTeams returns the teams with these ids and their channels, in the order given. It asks for
// ten teams in one request. A team that does not exist, or that the app may not see, has an Err and
// does not fail the others. It needs Team.ReadBasic.All and Channel.ReadBasic.All.
//
// API: POST /v1.0/$batch
func (t *Tenant) LookupTeams(ctx context.Context, teamIDs ...string) ([]TeamChannels, error) {
	const op = "look up teams"
	checks := checkParams(op)
	for _, id := range teamIDs {
		checks.team(id)
	}
	if err := t.ready(ctx, op, checks); err != nil {
		return nil, err
	}
	var found []TeamChannels
	size := max(1, t.client.limits.most(perChannels, t.client.limits.most(allChannels, maxBatch))/2)
	for part := range slices.Chunk(teamIDs, size) {
		teams, err := t.lookupTeams(ctx, op, part)
		if err != nil {
			return nil, err
		}
		found = append(found, teams...)
	}
	return found, nil
}

func (t *Tenant) lookupTeams(ctx context.Context, op string, teamIDs []string) ([]TeamChannels, error) {
	const teamRoute = "/teams/{id}"
	channelsRoute, query := new(channelsOptions).route()
	var items []*batchItem
	for _, id := range teamIDs {
		items = append(items,
			&batchItem{path: batchPath(teamRoute, id, url.Values{"$select": {"id,displayName,description"}}), route: teamRoute},
			&batchItem{path: batchPath(channelsRoute, id, query), route: channelsRoute})
	}
	if err := t.batch(ctx, op, items); err != nil {
		return nil, err
	}
	teams := make([]TeamChannels, len(teamIDs))
	for i, id := range teamIDs {
		team := &teams[i]
		team.ID = id
		var page graphPage[Channel]
		if team.Err = t.read(op, items[2*i], decode(&team.Team, missingID)); team.Err == nil {
			team.Err = t.read(op, items[2*i+1], decode(&page, missingItems))
		}
		team.Channels = page.Value
		if team.Err == nil && page.Next != "" {
			team.Err = t.restOf(ctx, op, team, page)
		}
		for j := range team.Channels {
			team.Channels[j].TeamID = id
		}
	}
	return teams, t.ended(ctx, op)
}
