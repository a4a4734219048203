package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/novu-go/novu/msteams"
)

// directory asks Microsoft about one tenant as one app, and remembers the answers. It asks each
// question once, whatever number of endpoints it concerns, because Graph answers about a team only
// once a second.
type directory struct {
	tenantID string
	app      *app

	consent   memo[*msteams.Consent]
	catalog   memo[*msteams.CatalogApp]
	teams     memo[[]msteams.Team]        // at most mostTeamsSearched
	channels  memo[[]msteams.Channel]     // by team
	installed memo[*msteams.InstalledApp] // by team
	members   memo[*msteams.Member]       // by bot's id
}

// memo remembers the answer to each question.
type memo[T any] struct {
	mu      sync.Mutex
	answers map[string]func() (T, error)
}

func (m *memo[T]) get(question string, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	answer := m.answers[question]
	if answer == nil {
		answer = sync.OnceValues(ask)
		if m.answers == nil {
			m.answers = map[string]func() (T, error){}
		}
		m.answers[question] = answer
	}
	m.mu.Unlock()
	return answer()
}

func (d *directory) tenant() *msteams.Tenant { return d.app.ms.Tenant(d.tenantID) }

// graph is the tenant for questions to Graph. It asks for the token first, which is then cached,
// because a sign-in that fails looks like an answer of Graph's.
func (d *directory) graph(ctx context.Context) (*msteams.Tenant, error) {
	t := d.tenant()
	if _, err := t.GraphToken(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoToken, err)
	}
	return t, nil
}

func (d *directory) readConsent(ctx context.Context) (*msteams.Consent, error) {
	return d.consent.get("", func() (*msteams.Consent, error) { return d.tenant().Consent(ctx) })
}

func (d *directory) catalogApp(ctx context.Context) (*msteams.CatalogApp, error) {
	return d.catalog.get("", func() (*msteams.CatalogApp, error) {
		graph, err := d.graph(ctx)
		if err != nil {
			return nil, err
		}
		return graph.CatalogApp(ctx, d.app.clientID)
	})
}

// channelsOf lists the channels of a team, including those shared with it.
func (d *directory) channelsOf(ctx context.Context, teamID string) ([]msteams.Channel, error) {
	return d.channels.get(teamID, func() ([]msteams.Channel, error) {
		graph, err := d.graph(ctx)
		if err != nil {
			return nil, err
		}
		var all []msteams.Channel
		for c, err := range graph.Channels(ctx, teamID, msteams.WithSharedChannels()) {
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		return all, nil
	})
}

// installedInTeam looks for the app among those of a team.
func (d *directory) installedInTeam(ctx context.Context, teamID string) error {
	_, err := d.installed.get(teamID, func() (*msteams.InstalledApp, error) {
		graph, err := d.graph(ctx)
		if err != nil {
			return nil, err
		}
		return graph.InstalledInTeam(ctx, teamID, d.app.clientID)
	})
	return err
}

func (d *directory) installedForUser(ctx context.Context, objectID string) error {
	graph, err := d.graph(ctx)
	if err == nil {
		_, err = graph.InstalledForUser(ctx, objectID, d.app.clientID)
	}
	return err
}

func (d *directory) user(ctx context.Context, id string) (*msteams.User, error) {
	graph, err := d.graph(ctx)
	if err != nil {
		return nil, err
	}
	return graph.User(ctx, id)
}

// How far the doctor looks for a person whom it knows only by the bot's id.
const (
	mostChannelsSearched = 5
	mostTeamsSearched    = 10
)

// memberByBotID finds a person by the bot's id for them, "29:…", in conversations that the bot is
// in: first in the channels given, then in the tenant's teams. It returns nil if they are in none
// of them.
func (d *directory) memberByBotID(ctx context.Context, botsID string, channels []string) *msteams.Member {
	m, _ := d.members.get(botsID, func() (*msteams.Member, error) {
		t := d.tenant()
		for _, channel := range channels[:min(len(channels), mostChannelsSearched)] {
			if m, err := t.Member(ctx, channel, botsID); err == nil {
				return m, nil
			}
		}
		teams, err := d.firstTeams(ctx)
		if err != nil {
			return nil, err
		}
		for _, team := range teams {
			general, err := t.PrimaryChannel(ctx, team.ID)
			if err != nil {
				continue
			}
			if m, err := t.Member(ctx, general.ID, botsID); err == nil {
				return m, nil
			}
		}
		return nil, errors.New("not found")
	})
	return m
}

func (d *directory) firstTeams(ctx context.Context) ([]msteams.Team, error) {
	return d.teams.get("", func() ([]msteams.Team, error) {
		graph, err := d.graph(ctx)
		if err != nil {
			return nil, err
		}
		var teams []msteams.Team
		for team, err := range graph.Teams(ctx, msteams.ListTeamsParams{}) {
			if err != nil {
				return nil, err
			}
			if teams = append(teams, team); len(teams) == mostTeamsSearched {
				break
			}
		}
		return teams, nil
	})
}

// forget drops what the client has cached for the tenant.
func (d *directory) forget() {
	if !strings.EqualFold(d.tenantID, d.app.tenantID) {
		d.tenant().ForgetToken()
	}
}
