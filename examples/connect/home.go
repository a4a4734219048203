package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu"
)

// overview is what a customer has.
type overview struct {
	Connection   *novu.ChannelConnection // nil until an administrator consented
	Consent      *countdown              // an administrator was sent to Microsoft
	SignIn       *countdown              // a person was
	Destinations []destination
	Sample       string // a Workflows URL of the emulator's
}

// countdown is how long a link to Microsoft is still good for.
type countdown struct{ Seconds int }

func (c countdown) Left() string  { return fmt.Sprintf("%d:%02d", c.Seconds/60, c.Seconds%60) }
func (c countdown) Expired() bool { return c.Seconds <= 0 }

// Waiting reports whether the page should look again soon.
func (o *overview) Waiting() bool {
	return o.Connection == nil && o.Consent != nil && !o.Consent.Expired() || o.SignIn != nil && !o.SignIn.Expired()
}

// State differs whenever the page would.
func (o *overview) State() string {
	return fmt.Sprint(o.Connection != nil, len(o.Destinations), o.Consent != nil, o.SignIn != nil, o.Waiting())
}

func (a *app) home(w http.ResponseWriter, r *http.Request, s *session) error {
	o, err := a.overview(r.Context(), s)
	if err != nil {
		return err
	}
	a.show(w, http.StatusOK, "home", s, o)
	return nil
}

func (a *app) overview(ctx context.Context, s *session) (*overview, error) {
	o := &overview{}
	var err error
	if o.Connection, err = a.connection(ctx, s.customer); err != nil {
		return nil, err
	}
	if o.Destinations, err = a.destinations(ctx, s.customer); err != nil {
		return nil, err
	}
	o.Consent, o.SignIn = s.waiting(a.now(), o.Connection != nil, people(o.Destinations))
	if a.demo != nil {
		o.Sample = a.demo.sampleWebhook(s.customer)
	}
	return o, nil
}

// waiting forgets what has come about and returns what has not.
func (s *session) waiting(now time.Time, connected bool, people int) (consent, signIn *countdown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if connected {
		s.consent = wait{}
	}
	if people > s.signIn.before {
		s.signIn = wait{}
	}
	return s.consent.left(now), s.signIn.left(now)
}

func (w wait) left(now time.Time) *countdown {
	if w.until.IsZero() {
		return nil
	}
	return &countdown{Seconds: max(0, int(w.until.Sub(now).Seconds()))}
}
