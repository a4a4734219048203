package msteams

import (
	"context"
	"iter"
	"net/http"
	"sync"

	"github.com/novu-go/novu/internal/rest"
)

// TeamChannels is a team with its channels. Err says why the channels are missing or incomplete: a
// team that has been deleted in the meantime, or that the app may not see, does not end the list.
type TeamChannels struct {
	Team
	Channels []Channel
	Err      error
}

// batchesInFlight bounds what is asked at once and what is held in memory.
const batchesInFlight = 12

// Directory lists every team with its channels, in the order of Teams. It asks for the channels of
// 20 teams in one request, several of them at a time and ahead of what is taken. That is many times
// faster than [Tenant.Channels] for each team. RateLimits.Channels applies; per-team limits do not,
// since each team is asked once. Breaking out cancels outstanding requests. It needs
// Team.ReadBasic.All and Channel.ReadBasic.All.
//
// API: GET /teams, POST /$batch
func (t *Tenant) Directory(ctx context.Context, opts ...ChannelsOption) iter.Seq2[TeamChannels, error] {
	const op = "list directory"
	o := newChannelsOptions(opts)
	return func(yield func(TeamChannels, error) bool) {
		if err := t.ready(ctx, op, checkParams(op).teamsParams(o.teams)); err != nil {
			yield(TeamChannels{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		for chunk := range t.readAhead(ctx, o, &workers) {
			result := <-chunk
			for _, team := range result.teams {
				if !yield(team, nil) {
					return
				}
			}
			if result.err != nil {
				yield(TeamChannels{}, result.err)
				return
			}
		}
		if err := t.ended(ctx, op); err != nil { // before there was anything to read
			yield(TeamChannels{}, err)
		}
	}
}

// chunk is the teams of one batch, or why the list ends.
type chunk struct {
	teams []TeamChannels
	err   error
}

// readAhead lists the teams and starts a batch for every twenty. The channel that it returns holds
// the results to come in the order of the list. Its capacity bounds how many batches are in flight.
func (t *Tenant) readAhead(ctx context.Context, o *channelsOptions, workers *sync.WaitGroup) <-chan chan chunk {
	coming := make(chan chan chunk, batchesInFlight-1)
	start := func(work func() chunk) bool {
		result := make(chan chunk, 1)
		select {
		case coming <- result:
		case <-ctx.Done():
			return false
		}
		workers.Go(func() { result <- work() })
		return true
	}
	size := t.client.limits.most(perChannels, t.client.limits.most(allChannels, maxBatch))
	workers.Go(func() {
		defer close(coming)
		var teams []TeamChannels
		for team, err := range t.Teams(ctx, o.teams) {
			if err != nil {
				if start(func() chunk { return t.channelsOf(ctx, o, teams) }) {
					start(func() chunk { return chunk{err: err} })
				}
				return
			}
			teams = append(teams, TeamChannels{Team: team})
			if len(teams) == size {
				full := teams
				teams = nil
				if !start(func() chunk { return t.channelsOf(ctx, o, full) }) {
					return
				}
			}
		}
		if len(teams) > 0 {
			start(func() chunk { return t.channelsOf(ctx, o, teams) })
		}
	})
	return coming
}

// channelsOf fills in the channels of the teams.
func (t *Tenant) channelsOf(ctx context.Context, o *channelsOptions, teams []TeamChannels) chunk {
	const op = "list channels"
	route, query := o.route()
	items := make([]*batchItem, len(teams))
	for i := range teams {
		items[i] = &batchItem{path: batchPath(route, teams[i].ID, query), route: route}
	}
	if err := t.batch(ctx, op, items); err != nil {
		return chunk{err: err}
	}
	for i, item := range items {
		team := &teams[i]
		var page graphPage[Channel]
		if team.Err = t.read(op, item, decode(&page, missingItems)); team.Err != nil {
			continue
		}
		team.Channels = page.Value
		if page.Next != "" {
			team.Err = t.restOf(ctx, op, team, page)
		}
		for j := range team.Channels {
			team.Channels[j].TeamID = team.ID
		}
	}
	return chunk{teams: teams, err: t.ended(ctx, op)}
}

// restOf follows the pages of a team whose list did not fit into its batch.
func (t *Tenant) restOf(ctx context.Context, op string, team *TeamChannels, page graphPage[Channel]) error {
	next, err := t.nextPage(newWalk(op, t.id), page.Next, len(page.Value))
	if err != nil {
		return err
	}
	list := graphList[Channel](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0/teams/{id}/channels", URL: next, Header: knowShared, Pace: t.batchPace(1),
	}, nil)
	for channel, err := range list {
		if err != nil {
			return err
		}
		team.Channels = append(team.Channels, channel)
	}
	return nil
}
