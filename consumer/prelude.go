// Package consumer uses the module as another module does. Its test compiles
// every Go block of the README, with the names below around it, which are those
// that the README takes for granted.
package consumer

import (
	"context"
	"iter"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

//lint:file-ignore U1000 used by the README

//nolint:unused // by the README
var (
	ctx        context.Context
	err        error
	client     *novu.Client
	ms         *msteams.Client
	tenant     *msteams.Tenant
	team       msteams.Team
	connection *novu.ChannelConnection
	params     novu.ListChannelEndpointsParams
	e          novu.Endpoint
	builds     iter.Seq[novu.TriggerParams]
	customer   novutest.Fixture
	show       func(novu.Secret)
	where      func(novu.Endpoint) string
	notify     func(context.Context, *novu.Client) error
)
