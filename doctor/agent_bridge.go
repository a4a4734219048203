package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/check"
)

// bridge is where Novu delivers an agent's messages.
type bridge struct {
	*subject
	x       *examination
	agent   *agent
	address *url.URL // set by CheckBridgeURL

	discovered *directAnswer // set by CheckBridgeKey
}

func (a *agent) examineBridge(ctx context.Context) {
	if a.found == nil || a.found.Runtime == "managed" { // Novu answers people itself
		return
	}
	b := &bridge{x: a.x, agent: a, subject: &subject{rank: rankBridge, title: "Bridge"}}
	if u, err := url.Parse(b.inUse()); err == nil && u.Host != "" {
		b.address, b.title = u, subjectTitle("Bridge", withoutQuery(u))
	}
	a.x.add(ctx, b.subject,
		link{name: CheckBridgeURL, run: b.checkURL},
		link{name: CheckBridge, needs: []Check{CheckBridgeURL}, run: b.checkAnswers},
		link{name: CheckBridgeKey, needs: []Check{CheckBridge}, run: b.checkKey},
		link{name: CheckBridgeAgent, needs: []Check{CheckBridgeKey}, run: b.checkAgent},
	)
}

// inUse is the address that Novu delivers to.
func (b *bridge) inUse() string {
	if dev := b.agent.found.DevBridgeURL; b.agent.found.DevBridgeActive && dev != "" {
		return dev
	}
	return b.agent.found.BridgeURL
}

// withoutQuery is an address as far as it may be shown.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func (b *bridge) checkURL(context.Context, findings) Finding {
	found := b.agent.found
	const set = "Set it: Agents.SetBridge, or Agents.Ensure with BridgeURL."
	switch {
	case b.inUse() == "":
		return broken("the agent has no bridge, so Novu answers people itself: \"I'm live but running on defaults.\"", set)
	case b.address == nil || b.address.Scheme != "https" && b.address.Scheme != "http":
		return broken("the bridge's address is no http or https URL", set)
	case strings.EqualFold(b.address.Hostname(), "localhost"):
		return broken("Novu never delivers to the name localhost", "Use a public address, or a tunnel to this machine. "+set)
	case check.IsLoopback(b.address.Hostname()) && !b.x.doctor.onThisMachine():
		return warning("the bridge's address is a loopback one: only a Novu server on the same machine reaches it",
			"Use a public address, or a tunnel to the machine. "+set)
	case found.DevBridgeActive && found.DevBridgeURL != "":
		return warning("messages go to the dev bridge, and not to the agent's bridge",
			"Switch it off when nobody develops: Agents.Update with DevBridgeActive false.")
	}
	return ok("Novu delivers to %s", withoutQuery(b.address))
}

// onThisMachine tells whether the Novu server runs here.
func (d *Doctor) onThisMachine() bool {
	u, err := url.Parse(d.novu.BaseURL())
	return err == nil && check.IsLoopback(u.Hostname())
}

// mostRedirects is how many redirects within the bridge's host Novu follows.
const mostRedirects = 3

// ask sends a request of Novu's protocol for bridges, and follows the redirects that Novu follows with a
// message.
func (b *bridge) ask(ctx context.Context, action string, signed bool) (*directAnswer, error) {
	u := *b.address
	query := u.Query()
	query.Set("action", action)
	u.RawQuery = query.Encode()
	header := http.Header{}
	if signed {
		b.x.doctor.novu.SignRequest(header, []byte("{}"))
	}
	answer, err := b.x.doctor.get(ctx, u.String(), header)
	for n := 1; n <= mostRedirects && err == nil && answer.keepsBody(); n++ {
		to, parseErr := u.Parse(answer.location)
		if parseErr != nil || to.Scheme != u.Scheme || to.Host != u.Host {
			break
		}
		u = *to
		if answer, err = b.x.doctor.get(ctx, u.String(), header); err == nil {
			answer.redirects = n
		}
	}
	return answer, err
}

const reachBridge = "Check that the bridge runs and that its address is right. Novu gives a message up after three attempts within 1.5 s, and tells the person that the agent is offline."

func (b *bridge) checkAnswers(ctx context.Context, _ findings) Finding {
	answer, err := b.ask(ctx, "health-check", true)
	switch {
	case err != nil && ctx.Err() != nil:
		return b.x.inconclusive(ctx, ctx.Err())
	case err != nil && check.IsLoopback(b.address.Hostname()) && !b.x.doctor.onThisMachine():
		return notChecked("from this machine nothing answers at a loopback address of another one")
	case err != nil:
		return broken("from here, nothing answers at the bridge's address: "+err.Error(), reachBridge)
	case answer.status/100 == 3:
		return b.redirected(answer)
	}
	f := b.judgeHealth(answer)
	if f.Verdict == OK && answer.redirects > 0 {
		f = warning("it answers after a redirect within its host, which Novu follows at most three times", nameFinalAddress)
	}
	return f.with("status", strconv.Itoa(answer.status)).with("contentType", answer.contentType)
}

const nameFinalAddress = "Give the agent the address that the bridge has in the end: Agents.SetBridge."

// redirected says what Novu makes of a redirect of its POST.
func (b *bridge) redirected(answer *directAnswer) Finding {
	to, err := b.address.Parse(answer.location)
	if err != nil || answer.location == "" {
		to = &url.URL{}
	}
	f := broken("it redirects in a way that drops the message: Novu turns its POST into a GET without a body, and takes the answer for an acknowledgement", nameFinalAddress)
	switch {
	case answer.keepsBody() && to.Scheme == b.address.Scheme && to.Host == b.address.Host:
		f = broken("it redirects more than three times, which is as far as Novu follows: people read that the agent is offline", nameFinalAddress)
	case answer.keepsBody():
		f = broken("it redirects to another host, which Novu does not follow: people read that the agent is offline", nameFinalAddress)
	}
	return f.with("status", strconv.Itoa(answer.status)).with("location", withoutQuery(to))
}

// judgeHealth is careful with bridges of another make: Novu itself asks none for its health.
func (b *bridge) judgeHealth(answer *directAnswer) Finding {
	var health struct {
		Status     string `json:"status"`
		SDKVersion any    `json:"sdkVersion"`
	}
	switch {
	case answer.status == http.StatusOK && json.Unmarshal(answer.body, &health) == nil && health.Status == "ok":
		return ok("it answers the health check")
	case answer.status/100 == 2:
		f := notChecked("it answers %d to everything, it seems, and not with the health check of a bridge; Novu takes any 2xx for an acknowledgement", answer.status)
		f.Remedy = "Check that the path is the bridge's. A web page there swallows every message."
		return f
	case answer.status == http.StatusUnauthorized, answer.status == http.StatusForbidden, answer.status == http.StatusProxyAuthRequired:
		return broken("it refuses the health check, which needs no credentials: something before the bridge asks for some, and Novu has none",
			"Let Novu's requests through to the bridge. They carry the header novu-signature, which the bridge verifies.")
	case answer.status == http.StatusNotFound, answer.status == http.StatusGone:
		return broken("nothing is served at this path", "Compare the path with the one that the handler is registered for. "+reachBridge)
	case answer.status/100 == 5 && answer.status != http.StatusNotImplemented:
		return broken("it answers the health check with an error", reachBridge)
	}
	return notChecked("it answers %d, and not with the health check of a bridge, so that nothing else about it can be checked", answer.status)
}

// checkKey asks which agents the bridge serves, once signed and once not.
func (b *bridge) checkKey(ctx context.Context, _ findings) Finding {
	answer, err := b.ask(ctx, "discover", true)
	if err != nil {
		return b.x.inconclusive(ctx, err)
	}
	if answer.status != http.StatusOK {
		return b.judgeRefusal(answer)
	}
	b.discovered = answer
	unsigned, err := b.ask(ctx, "discover", false)
	if err != nil {
		return b.x.inconclusive(ctx, err)
	}
	if unsigned.status == http.StatusOK {
		return warning("it does not verify who asks: anybody can write to the agent in anybody's name",
			"Have the bridge verify novu-signature. @novu/framework does only in production (NODE_ENV), or with strictAuthentication.")
	}
	return ok("it verifies with the environment's secret key")
}

func (b *bridge) judgeRefusal(answer *directAnswer) Finding {
	var refusal struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(answer.body, &refusal) // no code is as good as another
	code := strings.TrimSuffix(refusal.Code, "Error")
	var f Finding
	switch {
	case answer.status == http.StatusUnauthorized && code == "SignatureExpired":
		f = broken("its clock, or this machine's, is wrong by more than five minutes, so that no signature holds", "Set the clocks of the bridge's machines by NTP.")
	case answer.status == http.StatusUnauthorized && (code == "SignatureNotFound" || code == "SignatureInvalid"):
		f = broken("the header novu-signature does not reach it, or not whole", "Have the proxies before the bridge pass it on.")
	case answer.status == http.StatusUnauthorized:
		f = broken("it does not accept this secret key, so it refuses every message", "Give the bridge the secret key of this environment. For the time of a rotation, add the other with novu.WithPreviousSecretKeys.")
	default:
		return notChecked("it answers %d to the question which agents it serves", answer.status)
	}
	if known := slices.Contains([]string{"SignatureExpired", "SignatureNotFound", "SignatureInvalid", "SignatureMismatch"}, code); known {
		f = f.with("code", refusal.Code)
	}
	return f
}

func (b *bridge) checkAgent(context.Context, findings) Finding {
	var served struct {
		Agents []struct {
			AgentID string `json:"agentId"`
		} `json:"agents"`
	}
	if json.Unmarshal(b.discovered.body, &served) != nil || served.Agents == nil {
		return notChecked("it does not say which agents it serves")
	}
	var names []string
	for _, one := range served.Agents {
		names = append(names, one.AgentID)
	}
	if slices.Contains(names, b.agent.found.Identifier) {
		return ok("it serves the agent")
	}
	return broken("it does not serve the agent, so it refuses every message", "Register an agent.Bot with the Identifier "+b.agent.found.Identifier+", spelled the same.").
		with("serves", list(names, func(s string) string { return s }))
}
