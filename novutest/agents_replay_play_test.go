package novutest_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// replay plays chains and counts what agrees.
type replay struct {
	t      *testing.T
	facts  *facts
	score  score
	on     settings
	worlds map[string]*world
}

// settings are switches of the recorded server, as far as something tells how they stood.
type settings map[string]bool

const (
	production  = "production"
	branding    = "branding"
	idempotency = "idempotency"
	eventMode   = "events"
	rateLimits  = "rate limits"
)

func newReplay(t *testing.T, all []agentExchange) *replay {
	return &replay{t: t, facts: gather(all), on: firstSettings(all), worlds: map[string]*world{}}
}

// firstSettings are those that the first chain needs that needs any.
func firstSettings(all []agentExchange) settings {
	on := settings{production: false, branding: false, idempotency: false, eventMode: false, rateLimits: false}
	told := settings{}
	for _, chain := range chainsOf(all) {
		for name, value := range chain.settings() {
			if !told[name] {
				told[name], on[name] = true, value
			}
		}
	}
	return on
}

func (r *replay) end() {
	for _, w := range r.worlds {
		w.stubs.close()
	}
}

// settings are what a chain tells of the switches.
func (c *agentChain) settings() settings {
	on := settings{idempotency: false, rateLimits: false, production: false}
	replies := slices.ContainsFunc(c.some(fromClient), func(x agentExchange) bool {
		return strings.HasSuffix(x.Request.Path, "/reply") && (x.Response.Status == http.StatusOK || x.Response.Status == http.StatusBadGateway)
	})
	for _, x := range c.exchanges {
		event, _ := decoded(x.Request.Body).(obj)
		text := string(x.Request.Body)
		switch x.Direction {
		case fromClient:
			on[production] = strings.Contains(x.Request.Headers["Authorization"], "PRODUCTION")
			_, limited := x.Response.Headers["ratelimit-limit"]
			on[rateLimits] = limited || on[rateLimits]
			if x.Request.Headers["Idempotency-Key"] != "" {
				_, heard := x.Response.Headers["idempotency-key"]
				on[idempotency] = heard || x.Response.Status >= http.StatusConflict || on[idempotency]
			}
			if strings.HasSuffix(x.Request.Path, "/events/ingest") && x.Response.Status != http.StatusUnauthorized {
				on[eventMode] = !strings.Contains(string(x.Response.Body), `"message":"Not Found"`)
			}
		case toBridge:
			if event != nil {
				_, on[eventMode] = event["eventsUrl"]
			}
		case toTeams:
			if strings.Contains(text, "Powered by") {
				on[branding] = true
			} else if event["textFormat"] == "markdown" && replies {
				on[branding] = false
			}
		}
	}
	return on
}

// world is the server for these settings. It is kept for later chains that need the same.
func (r *replay) world(on settings) *world {
	for name, value := range on {
		r.on[name] = value
	}
	key := fmt.Sprint(r.on)
	if r.worlds[key] == nil {
		r.worlds[key] = newWorld(r.t, r.facts, maps.Clone(r.on))
	}
	return r.worlds[key]
}

func newWorld(t *testing.T, f *facts, on settings) *world {
	stubs := newStubs()
	opts := []novutest.Option{
		novutest.WithSecretKey("replayed-key"), novutest.WithIdempotency(on[idempotency]), novutest.WithConsent(novutest.Approve),
		novutest.WithDirectory(f.tenantID, f.browsersUserID), novutest.WithHandler("/_connector/teams/", stubs),
	}
	if on[production] {
		opts = append(opts, novutest.WithProduction())
	}
	if on[branding] {
		opts = append(opts, novutest.WithBranding())
	}
	if on[eventMode] {
		opts = append(opts, novutest.WithAgentEvents())
	}
	if on[rateLimits] {
		opts = append(opts, novutest.WithRateLimit(novutest.RateLimit{}))
	}
	w := &world{
		t: t, facts: f, stubs: stubs, agents: map[string]obj{}, integrations: map[string]bool{}, people: map[string]bool{}, links: map[string]bool{}, unlinked: map[string]bool{},
	}
	w.player = &player{t: t, ids: map[string]string{}, server: novutest.NewServer(t, opts...)}
	w.api = &api{t: t, server: w.player.server, http: http.DefaultClient}
	own := strings.TrimPrefix(w.player.server.URL(), "http://")
	_, port, _ := strings.Cut(stubs.address(), ":")
	maps.Copy(w.player.ids, map[string]string{
		"127.0.0.1:5300": own, "127.0.0.1:4201": own, "127.0.0.1:5700": stubs.address(), "public.test:5700": "public.test:" + port,
	})
	stubs.swap = w.player.swap
	return w
}

// play plays a chain.
func (r *replay) play(chain *agentChain) {
	w := r.world(chain.settings())
	w.chain = chain
	w.prepare(chain)
	w.stubs.expect(chain, chain.overlaps())
	w.learned = 0
	w.advance(time.Second) // so that what was said before is older
	w.began = w.now()
	actions := chain.actions()
	if chain.overlaps() {
		w.adjust(chain.exchanges, actions...)
		r.playAtOnce(w, actions)
	} else {
		for i, action := range actions {
			w.adjust(chain.during(i, actions), action)
			got := w.do(action)
			w.settle()
			r.compare(w, action, got)
		}
	}
	w.settle()
	for _, a := range w.stubs.came {
		r.score.status(true, "")
		if difference, counts := w.bodyDiffers(a.call.agentExchange, a.body); counts {
			r.score.body(difference, a.call.label())
		}
	}
	for _, call := range w.stubs.calls {
		if !call.came {
			r.score.status(false, call.label()+": did not come")
			r.score.body("did not come", call.label())
		}
	}
	for _, surprise := range w.stubs.surprises {
		r.score.status(false, chain.name+": came, and is not in the recording: "+surprise)
		r.score.body("came, and is not in the recording", chain.name)
	}
}

// during is what happened from an action to the next.
func (c *agentChain) during(i int, actions []agentExchange) []agentExchange {
	var found []agentExchange
	for _, x := range c.exchanges {
		if !x.isAction() && !x.At.Before(actions[i].At) && (i+1 == len(actions) || x.At.Before(actions[i+1].At)) {
			found = append(found, x)
		}
	}
	return found
}

// outcome is an answer, read.
type outcome struct {
	status int
	header http.Header
	raw    []byte
}

// playAtOnce sends each call as soon as the one before it was answered or is held at Teams.
func (r *replay) playAtOnce(w *world, actions []agentExchange) {
	results := make([]chan outcome, len(actions))
	got := make([]*outcome, len(actions))
	running := func() (n int) {
		for i := range results {
			if results[i] == nil || got[i] != nil {
				continue
			}
			select {
			case answer := <-results[i]:
				got[i] = &answer
			default:
				n++
			}
		}
		return n
	}
	quiet := func() { // every call was answered or is held
		require.Eventually(r.t, func() bool { return running() <= w.stubs.holds() }, 10*time.Second, time.Millisecond)
	}
	for i, action := range actions {
		for _, d := range w.chain.some(toBridge) {
			if w.stubs.holds() > 0 && d.At.Before(action.At) {
				w.stubs.release()
				quiet()
			}
		}
		results[i] = make(chan outcome, 1)
		go func() { results[i] <- w.do(action) }()
		quiet()
	}
	for running() > 0 {
		w.stubs.release()
		quiet()
	}
	w.settle()
	for i, action := range actions {
		r.compare(w, action, *got[i])
	}
}

// compare counts an answer.
func (r *replay) compare(w *world, x agentExchange, got outcome) {
	if got.status == 0 {
		return // a call that can't be made here
	}
	if got.status != x.Response.Status {
		what := fmt.Sprintf("%s: status %d, recorded %d: %.300s", x.label(), got.status, x.Response.Status, got.raw)
		r.score.status(false, what)
		r.score.body("another status", x.label())
		return
	}
	r.score.status(true, "")
	w.player.learn(decoded(x.Response.Body), decoded(got.raw))
	for _, name := range []string{"idempotency-replay", "retry-after", "ratelimit-limit"} {
		if want := x.Response.Headers[name]; want != "" && want != got.header.Get(name) {
			r.score.body(name+": "+want+", got "+got.header.Get(name), x.label())
			return
		}
	}
	r.score.body(w.answerDiffers(x, got.raw), x.label())
}

// settle waits until nothing is on its way. Where a bridge fails, the clock is moved on for Novu's
// next attempt.
func (w *world) settle() {
	done := make(chan error, 1)
	go func() { done <- w.player.server.Settle(context.WithoutCancel(w.t.Context())) }()
	failing := slices.ContainsFunc(w.stubs.calls, func(call *expected) bool {
		return call.Direction == toBridge && (call.hang || call.Response.Status/100 != 2)
	})
	for {
		select {
		case err := <-done:
			require.NoError(w.t, err)
			w.learn()
			return
		case <-time.After(20 * time.Millisecond):
			switch {
			case w.stubs.hanging():
				w.advance(5 * time.Second)
			case failing:
				w.advance(500 * time.Millisecond)
			}
		}
	}
}

// learn learns the ids in what came since the last time.
func (w *world) learn() {
	w.stubs.mu.Lock()
	defer w.stubs.mu.Unlock()
	for ; w.learned < len(w.stubs.came); w.learned++ {
		a := w.stubs.came[w.learned]
		w.player.learn(decoded(a.call.Request.Body), decoded(a.body))
	}
}

func (w *world) advance(d time.Duration) {
	w.offset += d
	w.player.server.Advance(d)
}

// now is the server's time.
func (w *world) now() time.Time { return time.Now().Add(w.offset) }
