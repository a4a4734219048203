package customers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
)

// One client serves everybody at once.
func TestFromManyGoroutines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	channel := s.channel(acme, "Eng", "Builds")
	var work sync.WaitGroup
	for i := range 200 {
		work.Go(func() {
			ctx := t.Context()
			var err error
			switch i % 5 {
			case 0:
				_, err = acme.Status(ctx)
			case 1:
				_, err = acme.AddChannel(ctx, channel)
			case 2:
				for _, err = range acme.Destinations(ctx) {
					assert.NoError(t, err)
				}
			case 3:
				for _, err = range acme.Teams(ctx, msteams.ListTeamsParams{}) {
					assert.NoError(t, err)
				}
			case 4:
				_, err = s.teams.Customer(fmt.Sprint("customer-", i)).AddWebhook(ctx, customers.AddWebhookParams{URL: webhookURL})
			}
			assert.NoError(t, err)
		})
	}
	work.Wait()
	assert.Len(t, s.destinations(acme), 1)
}

// A call that is cancelled ends soon, says so, and leaves nothing that a repetition can't go on from.
func TestCancelledAtEveryMoment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	params := s.channel(acme, "Eng", "Builds")
	for wait := time.Duration(0); wait < 40*time.Millisecond; wait += time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		_, addErr := acme.AddChannel(ctx, params)
		_, statusErr := acme.Status(ctx)
		_, disconnectErr := acme.Disconnect(ctx)
		for _, err := range []error{addErr, statusErr, disconnectErr} {
			if err != nil && !errors.Is(err, customers.ErrNotConnected) { // a disconnection got that far
				require.ErrorIs(t, err, context.DeadlineExceeded)
			}
		}
		cancel()
		if disconnectErr == nil {
			acme = s.connected("acme")
		}
	}
	_, err := acme.Disconnect(t.Context())
	require.NoError(t, err)
	acme = s.connected("acme")
	_, err = acme.AddChannel(t.Context(), params)
	require.NoError(t, err)
	assert.Len(t, s.destinations(acme), 1)
}
