package novutest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator/microsoft"
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
		return strings.HasSuffix(x.Request.Path, "/reply") && x.Response.Status == http.StatusOK
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
		t: t, facts: f, stubs: stubs, agents: map[string]obj{}, integrations: map[string]bool{}, people: map[string]bool{}, links: map[string]bool{},
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
			r.compare(w, action, w.do(action))
			w.settle()
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

// do makes a call. It returns nothing for one that needs what is not here: a session of Novu's dashboard.
func (w *world) do(x agentExchange) outcome {
	switch {
	case x.Request.Headers["Authorization"] == "Bearer {JWT}":
		return outcome{}
	case x.Direction == fromBrowser:
		return w.signIn()
	}
	sent := exchange{Name: x.Name}
	sent.Request.Method, sent.Request.Path, sent.Request.Headers = x.Request.Method, x.Request.Path, maps.Clone(x.Request.Headers)
	sent.Request.Body = []byte(expand(string(x.Request.Body)))
	if sent.Request.Headers == nil {
		sent.Request.Headers = map[string]string{}
	}
	authorization := sent.Request.Headers["Authorization"]
	switch {
	case x.Direction == fromTeams && authorization != "":
		sent.Request.Headers["Authorization"] = w.botToken(authorization, x)
	case authorization != "":
		sent.Request.Headers["Authorization"] = strings.Replace(authorization, "{PRODUCTION_SECRET_KEY}", "{SECRET_KEY}", 1)
	}
	if m := bodyOfSize.FindSubmatch(sent.Request.Body); m != nil {
		size, _ := strconv.Atoi(string(m[1])) // digits only
		sent.Request.Body = w.bodyOfSize(size, x)
	}
	status, header, raw := w.player.send(sent)
	answer, _ := decoded(raw).(obj)
	if made, _ := answer["data"].(obj); made["url"] != nil {
		w.signInURL, _ = made["url"].(string)
	}
	return outcome{status: status, header: header, raw: raw}
}

// signIn opens the last sign-in page, which approves at once.
func (w *world) signIn() outcome {
	resp, err := w.api.http.Get(w.signInURL)
	require.NoError(w.t, err)
	_ = resp.Body.Close() // a page for people
	return outcome{status: resp.StatusCode}
}

var minutes = regexp.MustCompile(`expired (\d+) minutes`)

// botToken is a token of the Bot Framework, with the fault that the recording tells of.
func (w *world) botToken(described string, x agentExchange) string {
	if strings.Contains(described, "garbage") {
		return "Bearer garbage"
	}
	serviceURL, _ := x.body()["serviceUrl"].(string)
	now := w.now()
	clientID := w.facts.credentialsOf(integrationOf(x))["clientId"]
	claims := map[string]any{
		"iss": microsoft.BotFrameworkIssuer, "aud": clientID, "serviceurl": serviceURL, "nbf": now.Add(-time.Hour).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if m := minutes.FindStringSubmatch(described); m != nil {
		ago, _ := strconv.Atoi(m[1]) // digits only
		claims["exp"] = now.Add(-time.Duration(ago) * time.Minute).Unix()
	}
	switch {
	case strings.Contains(described, "another app"):
		claims["aud"] = "00000000-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	case strings.Contains(described, "botid-"):
		claims["aud"] = fmt.Sprint("api://botid-", clientID)
	case strings.Contains(described, "issuer wrong"):
		claims["iss"] = "https://sts.windows.net/"
	case strings.Contains(described, "serviceurl claim differs"):
		claims["serviceurl"] = "https://elsewhere.example/"
	case strings.Contains(described, "without serviceurl"):
		delete(claims, "serviceurl")
	}
	return "Bearer " + new(microsoft.Server).SignBotToken(claims)
}

// bodyOfSize is a reply of a size of which no more was recorded: with the files that reached Teams, or with one that is
// as large as the body allows.
func (w *world) bodyOfSize(size int, x agentExchange) []byte {
	conversation := w.facts.conversationBefore(x)
	files := []any{}
	for _, call := range w.chain.some(toTeams) {
		attachments, _ := call.body()["attachments"].([]any)
		for _, a := range attachments {
			_, data, _ := strings.Cut(fmt.Sprint(a.(obj)["contentUrl"]), "base64,")
			files = append(files, obj{"filename": a.(obj)["name"], "data": data})
		}
	}
	body := obj{"conversationId": conversation.id, "integrationIdentifier": conversation.integration, "reply": obj{"markdown": "x", "files": files}}
	if len(files) > 0 {
		return padded(body, size, func(fill string) { body["filling"] = fill })
	}
	file := obj{"filename": "big"}
	body["reply"].(obj)["files"] = []any{file}
	return padded(body, size, func(fill string) {
		file["data"] = fill[:len(fill)-len(fill)%4]
		if x.Response.Status == http.StatusUnprocessableEntity {
			file["data"] = fill
		}
	})
}

func padded(body obj, size int, fill func(string)) []byte {
	fill("")
	empty, _ := json.Marshal(body) // maps and texts
	fill(strings.Repeat("A", size-len(empty)))
	raw, _ := json.Marshal(body)
	return raw
}

// settle waits until nothing is on its way. Where a bridge fails, the clock is moved on for Novu's next attempt.
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
			if failing {
				w.advance(2 * time.Second)
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

// integrationOf is the integration of a webhook call.
func integrationOf(x agentExchange) string {
	_, integration, _ := strings.Cut(x.Request.Path, "/webhook/")
	return integration
}

// decodedThread is the conversation id and the service URL in a thread's id.
func decodedThread(id string) (chat, serviceURL string) {
	parts := strings.Split(id, ":")
	if len(parts) != 3 {
		return "", ""
	}
	text := func(part string) string {
		raw, _ := base64.RawURLEncoding.DecodeString(part)
		return string(raw)
	}
	return text(parts[1]), text(parts[2])
}

// bridgeOf is the agent's address of a bridge, without what Novu adds. A parameter of the bridge's own that Novu has
// overwritten keeps its place.
func bridgeOf(path string) string {
	path, query, _ := strings.Cut(path, "?")
	pairs := strings.Split(query, "&")
	for i, name := range []string{"event", "agentId", "action"} {
		if n := len(pairs); n > 0 && strings.HasPrefix(pairs[n-1], name+"=") {
			pairs = pairs[:n-1]
		} else if i == 0 {
			break
		}
	}
	for i, pair := range pairs {
		if value, isAction := strings.CutPrefix(pair, "action="); isAction {
			pairs[i] = "action=own-" + url.QueryEscape(value)
		}
	}
	if len(pairs) > 0 {
		path += "?" + strings.Join(pairs, "&")
	}
	return "http://127.0.0.1:5700" + path
}
