package novutest_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who called whom.
const (
	fromClient  = "client->novu"
	fromTeams   = "teams->novu"
	fromBrowser = "browser->novu"
	toBridge    = "novu->bridge"
	toTeams     = "novu->teams"
	toFile      = "novu->file url"
	toLogin     = "novu->login.microsoftonline.com"
)

// agentExchange is one exchange of a real Novu with a client, Teams, a bridge or Microsoft.
type agentExchange struct {
	Number    int
	Name      string
	Chain     string
	Direction string
	At        time.Time
	TookMs    int
	Request   struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// isAction tells whether the test makes this call. All others come from Novu.
func (x agentExchange) isAction() bool {
	return x.Direction == fromClient || x.Direction == fromTeams || x.Direction == fromBrowser
}

// body is the request's body as an object, or nil.
func (x agentExchange) body() obj {
	object, _ := decoded(x.Request.Body).(obj)
	return object
}

// agentChain is a sequence of exchanges that belong together.
type agentChain struct {
	name      string
	exchanges []agentExchange
}

// score counts what agrees.
type score struct {
	statuses, allStatuses, bodies, allBodies int
	differences                              []string
}

func (s *score) status(agrees bool, what string) {
	s.allStatuses++
	if agrees {
		s.statuses++
		return
	}
	s.differences = append(s.differences, what)
}

func (s *score) body(difference, what string) {
	s.allBodies++
	if difference == "" {
		s.bodies++
		return
	}
	s.differences = append(s.differences, what+": "+difference)
}

// The chains are played in their order against servers that are set up as the recorded one was:
// what a chain needs and does not make itself is made through the API. What Novu sends to bridges
// and to Teams counts as much as its answers. NOVU_AGENT_RECORDINGS names a folder of other
// recordings.
func TestAgentsAgreeWithTheRealServer(t *testing.T) {
	folder := os.Getenv("NOVU_AGENT_RECORDINGS")
	all := agentRecordings(t, folder)
	r := newReplay(t, all)
	for _, chain := range chainsOf(all) {
		r.play(chain)
	}
	r.end()
	for _, difference := range r.score.differences {
		t.Log(difference)
	}
	t.Logf("statuses: %d of %d agree", r.score.statuses, r.score.allStatuses)
	t.Logf("bodies: %d of %d agree", r.score.bodies, r.score.allBodies)
	assert.GreaterOrEqual(t, float64(r.score.statuses), 0.98*float64(r.score.allStatuses))
	assert.GreaterOrEqual(t, float64(r.score.bodies), 0.95*float64(r.score.allBodies))
	if folder == "" { // docs/compatibility.md lists the others
		assert.Equal(t, 1, r.score.allStatuses-r.score.statuses)
		assert.Equal(t, 6, r.score.allBodies-r.score.bodies)
	}
}

func agentRecordings(t *testing.T, folder string) []agentExchange {
	t.Helper()
	if folder == "" {
		return recorded[agentExchange](t, "testdata/agents-3.19.jsonl.gz")
	}
	files, err := filepath.Glob(filepath.Join(folder, "[0-9]*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "NOVU_AGENT_RECORDINGS names a folder without recordings")
	var all []agentExchange
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var x agentExchange
		require.NoError(t, json.Unmarshal(raw, &x), file)
		var compact bytes.Buffer
		if json.Compact(&compact, x.Request.Body) == nil {
			x.Request.Body = compact.Bytes()
		}
		number, _, _ := strings.Cut(filepath.Base(file), "-")
		x.Number, err = strconv.Atoi(number)
		require.NoError(t, err, file)
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b agentExchange) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// chainsOf puts the exchanges into chains, in the order of their first exchanges. An exchange whose
// time was not recorded follows the one before it.
func chainsOf(all []agentExchange) []*agentChain {
	var chains []*agentChain
	byName := map[string]*agentChain{}
	for _, x := range all {
		chain := byName[x.Chain]
		if chain == nil {
			chain = &agentChain{name: x.Chain}
			byName[x.Chain] = chain
			chains = append(chains, chain)
		}
		if n := len(chain.exchanges); x.At.IsZero() && n > 0 {
			x.At = chain.exchanges[n-1].At.Add(time.Microsecond)
		}
		chain.exchanges = append(chain.exchanges, x)
	}
	return chains
}

// some are the exchanges of a chain in these directions.
func (c *agentChain) some(directions ...string) []agentExchange {
	var found []agentExchange
	for _, x := range c.exchanges {
		if slices.Contains(directions, x.Direction) {
			found = append(found, x)
		}
	}
	return found
}

// actions are the calls that the test makes, in the order in which Novu took them up. Where calls
// overlap, that is not the order in which they were sent: a message that reached the bridge was
// taken up after the one before it had.
func (c *agentChain) actions() []agentExchange {
	actions := c.some(fromClient, fromTeams, fromBrowser)
	slices.SortStableFunc(actions, func(a, b agentExchange) int { return a.At.Compare(b.At) })
	for i := range actions {
		if strings.Contains(string(actions[i].Response.Body), "currently being processed") {
			for _, call := range c.some(toTeams) { // the other request was still on its way then
				if call.At.Before(actions[i].At) {
					actions[i].At = call.At.Add(-time.Nanosecond)
				}
			}
		}
		if !c.overlaps() || c.delivery(actions[i]) == nil {
			continue
		}
		for _, earlier := range actions[:i] {
			if d := c.delivery(earlier); d != nil && d.Request.Method == "POST" && strings.Contains(d.Request.Path, "onMessage") && d.At.After(actions[i].At) {
				actions[i].At = d.At.Add(time.Nanosecond)
			}
		}
	}
	slices.SortStableFunc(actions, func(a, b agentExchange) int { return a.At.Compare(b.At) })
	return actions
}

// overlaps tells whether a call was made before the one before it was answered.
func (c *agentChain) overlaps() bool {
	calls := c.some(fromTeams)
	for _, x := range c.some(fromClient) {
		if strings.Contains(string(x.Response.Body), "currently being processed") {
			return true
		}
	}
	slices.SortStableFunc(calls, func(a, b agentExchange) int { return a.At.Compare(b.At) })
	for i := 1; i < len(calls); i++ {
		if calls[i].At.Before(calls[i-1].At.Add(time.Duration(calls[i-1].TookMs) * time.Millisecond)) {
			return true
		}
	}
	return false
}

// delivery is what reached the bridge of a Teams message, or nil.
func (c *agentChain) delivery(x agentExchange) *agentExchange {
	id, _ := x.body()["id"].(string)
	if x.Direction != fromTeams || id == "" {
		return nil
	}
	for _, d := range c.some(toBridge) {
		if delivered, _ := d.body()["deliveryId"].(string); strings.HasSuffix(delivered, ":"+id) {
			return &d
		}
	}
	return nil
}

var (
	repeated   = regexp.MustCompile(`<'(.)' repeated, (\d+) characters>`)
	bodyOfSize = regexp.MustCompile(`^"\(JSON of (\d+) bytes\)"$`)
)

// expand writes out what the recording abbreviates.
func expand(text string) string {
	return repeated.ReplaceAllStringFunc(text, func(short string) string {
		m := repeated.FindStringSubmatch(short)
		n, _ := strconv.Atoi(m[2]) // digits only
		return strings.Repeat(m[1], n)
	})
}

func (x agentExchange) label() string { return fmt.Sprintf("%03d %s", x.Number, x.Name) }
