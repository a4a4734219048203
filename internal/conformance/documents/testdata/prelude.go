// What the documents take for granted around their Go blocks.
package documents_test

import (
	"context"
	"iter"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

var (
	ctx        context.Context
	err        error
	client     *novu.Client
	ms         *msteams.Client
	tenant     *msteams.Tenant
	team       msteams.Team
	acme       *customers.Customer
	s          *setup.Setup
	connection *novu.ChannelConnection
	params     novu.ListChannelEndpointsParams
	e          novu.Endpoint
	builds     iter.Seq[novu.TriggerParams]
	customer   novutest.Fixture
	srv        *novutest.Server
	show       func(novu.Secret)
	where      func(novu.Endpoint) string
	notify     func(context.Context, *novu.Client) error
	bot        agent.Bot
	t          *agent.Turn
	store      keyStore
	queue      deliveryQueue
)

// keyStore remembers keys that were seen.
type keyStore interface {
	MarkOnce(ctx context.Context, key string, lifetime time.Duration) (bool, error)
}

// deliveryQueue keeps deliveries in order.
type deliveryQueue interface {
	Publish(ctx context.Context, key string, d agent.Delivery) error
	Deliveries() iter.Seq[agent.Delivery]
}
