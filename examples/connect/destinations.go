package main

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/webhook"
)

// destination is an endpoint as the page shows it.
type destination struct {
	ID, Kind, Name, Detail string
	endpoint               novu.Endpoint
}

const (
	kindChannel = "Channel"
	kindPerson  = "Person"
	kindWebhook = "Workflows webhook"
)

// destinations are the customer's endpoints, the oldest first.
func (a *app) destinations(ctx context.Context, c *customer) ([]destination, error) {
	var all []destination
	for e, err := range a.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{
		ContextKeys: c.context().Keys(), IntegrationIdentifier: a.integration, OrderDirection: novu.Ascending,
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, a.shown(e))
	}
	return all, nil
}

func (a *app) shown(e novu.ChannelEndpoint) destination {
	d := destination{ID: e.Identifier, Name: a.names.of(e.Identifier), endpoint: e.Endpoint}
	switch at := e.Endpoint.(type) {
	case novu.MSTeamsChannelEndpoint:
		d.Kind, d.Detail = kindChannel, at.ChannelID
	case novu.MSTeamsUserEndpoint:
		d.Kind, d.Detail = kindPerson, at.UserID
	case novu.WebhookEndpoint:
		d.Kind, d.Detail = kindWebhook, "Its URL is a credential and is not shown."
		if to, err := webhook.ParseURL(at.URL.Reveal()); err == nil {
			d.Detail = to.Host()
		}
	default:
		d.Kind = string(at.Type())
	}
	if d.Name == "" {
		d.Name = d.Kind
	}
	return d
}

func people(destinations []destination) (count int) {
	for _, d := range destinations {
		if d.Kind == kindPerson {
			count++
		}
	}
	return count
}

// add registers an endpoint for the customer, unless it is registered already:
// Novu would store it twice and send twice.
func (a *app) add(ctx context.Context, s *session, params novu.CreateChannelEndpointParams, name string) error {
	have, err := a.destinations(ctx, s.customer)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(have, func(d destination) bool { return reflect.DeepEqual(d.endpoint, params.Endpoint) }) {
		s.complain(name + " is among the destinations already.")
		return nil
	}
	params.IntegrationIdentifier, params.Context = a.integration, s.context()
	made, err := a.novu.ChannelEndpoints.Create(ctx, params)
	if err != nil {
		return err
	}
	a.names.set(made.Identifier, name)
	s.say(name + " is added.")
	return nil
}

// addWebhook registers the URL of a Workflow that somebody made in Teams.
func (a *app) addWebhook(w http.ResponseWriter, r *http.Request, s *session) error {
	to, err := webhook.ParseURL(r.PostFormValue("url"))
	var invalid *webhook.Error
	if errors.As(err, &invalid) {
		s.complain("The webhook was not added: its URL " + strings.Join(invalid.Fields["url"], "; ") + ".")
		return back(w, r, "/#webhook")
	}
	if err != nil {
		return err
	}
	err = a.add(r.Context(), s, novu.CreateChannelEndpointParams{
		SubscriberID: s.webhookSubscriber(), Endpoint: novu.WebhookEndpoint{URL: to.Secret()},
	}, kindWebhook)
	if err != nil {
		return err
	}
	return back(w, r, "/")
}

func (a *app) removeDestination(w http.ResponseWriter, r *http.Request, s *session) error {
	endpoint, err := a.ownEndpoint(r.Context(), s.customer, r.PostFormValue("id"))
	if err != nil {
		return err
	}
	if err := a.novu.ChannelEndpoints.Delete(r.Context(), endpoint.Identifier); err != nil {
		return err
	}
	s.say(a.shown(*endpoint).Name + " is removed.")
	return back(w, r, "/")
}

// ownEndpoint gets an endpoint by an id that came from a browser. One that is
// another customer's looks as if it were not there.
func (a *app) ownEndpoint(ctx context.Context, c *customer, id string) (*novu.ChannelEndpoint, error) {
	endpoint, err := a.novu.ChannelEndpoints.Get(ctx, id)
	switch {
	case errors.Is(err, novu.ErrInvalidParams):
		return nil, errNotYours
	case err != nil:
		return nil, err
	case endpoint.IntegrationIdentifier != a.integration || !slices.Equal(endpoint.ContextKeys, c.context().Keys()):
		return nil, errNotYours
	}
	return endpoint, nil
}

// names are what people call the endpoints; Novu keeps only ids. Yours belong
// into your database.
type names struct {
	mu   sync.Mutex
	byID map[string]string
}

func (n *names) of(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byID[id]
}

func (n *names) set(id, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byID == nil {
		n.byID = map[string]string{}
	}
	n.byID[id] = name
}
