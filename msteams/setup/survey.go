package setup

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// found is what a read answered: a value, that there is none (known, but no
// value), or why it could not be read.
type found[T any] struct {
	value *T
	known bool
	err   error
}

// missing reports whether there certainly is none.
func (f found[T]) missing() bool { return f.known && f.value == nil }

// answered makes the outcome of a read; a 404 is an answer.
func answered[T any](value *T, err error) found[T] {
	if err == nil {
		return found[T]{value: value, known: true}
	}
	if isMissing(err) {
		return found[T]{known: true}
	}
	return found[T]{err: err}
}

// run is what one call of Plan, Apply or Rotate has found out. Each field is
// written by one read only, so that independent reads can go at once.
type run struct {
	*Setup
	claims map[doorName]claims
	closed map[doorName]error // why an open door gives no token

	app         found[application]
	deleted     found[application]
	graph       found[servicePrincipal] // Graph's own, whose id differs in each tenant
	principal   found[servicePrincipal] // the application's
	assignments found[[]roleAssignment]
	grant       found[permissionGrant]

	environment string
	integration found[novu.Integration]
	endpoint    found[string] // the bot's messaging endpoint, where one is configured

	subscription found[string]
	provider     found[resourceProvider]
	group        found[resourceGroupInfo]
	others       found[bool] // the group holds more than the bot; read for PlanDestroy only
	bot          found[bot]
	channel      found[botChannel]

	catalog  found[catalogApp]
	installs []found[msteams.InstalledApp] // as Config.InstallInTeams

	current Step           // that is being carried out
	turns   int            // reads of the application by its key and by its id
	madeApp bool           // the application was made in this run
	secret  msteams.Secret // of the application, made in this run or shown by Novu
}

// begin returns a run whose tokens have been checked.
func (s *Setup) begin(ctx context.Context) (*run, error) {
	r := &run{
		Setup: s, claims: map[doorName]claims{}, closed: map[doorName]error{},
		installs: make([]found[msteams.InstalledApp], len(s.config.InstallInTeams)),
	}
	var mu sync.Mutex
	var wrong []error
	var tasks []func()
	for name, d := range s.doors {
		if !d.open() || name == azureDoor && s.config.Azure == nil {
			continue
		}
		tasks = append(tasks, func() {
			c, err := d.inspect(ctx)
			mu.Lock()
			defer mu.Unlock()
			r.claims[name] = c
			if errors.Is(err, ErrWrongTenant) {
				wrong = append(wrong, err)
			} else if err != nil {
				r.closed[name] = err
			}
		})
	}
	atOnce(tasks...)
	if err := ended(ctx, "get tokens"); err != nil {
		return nil, err
	}
	return r, errors.Join(wrong...)
}

// survey reads everything, at once where it is independent.
func (r *run) survey(ctx context.Context, destroy bool) error {
	readApp := r.readApp
	if destroy {
		readApp = r.readAppOrNone
	}
	atOnce(
		func() { readApp(ctx) },
		func() { r.readGraph(ctx) },
		func() { r.readIntegration(ctx) },
		func() { r.readEndpoint(ctx) },
		func() {
			r.readSubscription(ctx)
			atOnce(func() { r.readProvider(ctx) }, func() { r.readGroup(ctx) })
		},
	)
	atOnce(
		func() {
			r.readPrincipal(ctx)
			atOnce(func() { r.readAssignments(ctx) }, func() { r.readGrant(ctx) })
		},
		func() { r.readBot(ctx); r.readChannel(ctx) },
		func() {
			r.readCatalog(ctx)
			r.readInstalls(ctx)
		},
	)
	if destroy {
		r.readRest(ctx)
	}
	return ended(ctx, "read what exists")
}

// atOnce runs the tasks in parallel and waits for all.
func atOnce(tasks ...func()) {
	var group sync.WaitGroup
	for _, task := range tasks {
		group.Go(task)
	}
	group.Wait()
}

// ended is the error of a call whose context is over.
func ended(ctx context.Context, op string) error {
	if ctx.Err() == nil {
		return nil
	}
	return (&Error{Op: op, cause: context.Cause(ctx)}).is("", ctx.Err())
}

// appID is the application's client id, "" while it is not known.
func (r *run) appID() string {
	switch {
	case r.app.value != nil:
		return r.app.value.AppID
	case r.deleted.value != nil && r.deleted.value.isOurs():
		return r.deleted.value.AppID
	}
	return r.config.ClientID
}

// usable reports whether requests can be sent through the door.
func (r *run) usable(name doorName) bool { return r.doors[name].open() && r.closed[name] == nil }

// readIntegration finds the integration of the key's own environment.
func (r *run) readIntegration(ctx context.Context) {
	if r.environment == "" {
		environment, err := r.novu.Environment(ctx)
		if err != nil {
			r.integration = found[novu.Integration]{err: err}
			return
		}
		r.environment = environment.ID
	}
	list, err := r.novu.Integrations.List(ctx)
	if err != nil {
		r.integration = found[novu.Integration]{err: err}
		return
	}
	r.integration = found[novu.Integration]{known: true}
	for i := range list {
		if list[i].Identifier == r.config.IntegrationIdentifier && list[i].EnvironmentID == r.environment {
			r.integration.value = &list[i]
		}
	}
	if one := r.integration.value; one != nil && one.Credentials.ClientSecret != "" {
		r.secret = one.Credentials.ClientSecret
	}
}

// readEndpoint finds what the bot's messaging endpoint is to be.
func (r *run) readEndpoint(ctx context.Context) {
	if r.config.AgentIdentifier == "" {
		if r.config.MessagingEndpoint != "" {
			r.endpoint = found[string]{value: &r.config.MessagingEndpoint, known: true}
		}
		return
	}
	agent, err := r.novu.Agents.Get(ctx, r.config.AgentIdentifier)
	if err == nil {
		var url string
		url, err = r.novu.AgentWebhookURL(agent, r.config.IntegrationIdentifier)
		r.endpoint = found[string]{value: &url, known: true}
	}
	if err != nil {
		r.endpoint = found[string]{err: err}
	}
}

// wantsEndpoint reports whether a messaging endpoint is configured.
func (r *run) wantsEndpoint() bool {
	return r.config.AgentIdentifier != "" || r.config.MessagingEndpoint != ""
}

// withoutQuery is a URL as plans show it: its query may hold a key.
func withoutQuery(url string) string {
	base, _, has := strings.Cut(url, "?")
	if has {
		return base + "?[redacted]"
	}
	return base
}
