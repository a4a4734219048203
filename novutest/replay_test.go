package novutest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exchange is a request that was made of a real Novu API, and its answer where
// that is known.
type exchange struct {
	Name    string
	Compare *bool
	Settle  float64  // reads what a delivery leaves behind
	Loose   []string // further keys whose values are made by the server
	// Unordered names keys whose lists come in any order.
	Unordered []string
	Request   struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response *struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// The recordings are played in their order, with the ids that the real server
// made replaced by those that this one makes. docs/compatibility.md lists the
// answers that differ, and why.
func TestAgreesWithTheRealServers(t *testing.T) {
	for _, tt := range []struct {
		version  novutest.Version
		file     string
		compared int // exchanges
		bodies   int // of them that agree; every status does
	}{
		{version: novutest.Version315, file: "testdata/exchanges.jsonl", compared: 210, bodies: 210},
		{version: novutest.Version319, file: "testdata/exchanges-3.19.jsonl.gz", compared: 578, bodies: 571},
	} {
		t.Run(string(tt.version), func(t *testing.T) {
			t.Parallel()
			p := &player{
				t: t, ids: map[string]string{},
				server: novutest.NewServer(t, novutest.WithSecretKey("replayed-key"), novutest.WithVersion(tt.version)),
			}
			compared, statuses, bodies := 0, 0, 0
			for _, x := range recorded[exchange](t, tt.file) {
				status, difference, counts := p.play(x)
				if !counts {
					continue
				}
				compared++
				if status {
					statuses++
				}
				if difference == "" {
					bodies++
				} else {
					t.Logf("%s: %s", x.Name, difference)
				}
			}
			t.Logf("%d compared: %d statuses and %d bodies agree", compared, statuses, bodies)
			assert.Equal(t, tt.compared, compared)
			assert.Equal(t, tt.compared, statuses)
			assert.GreaterOrEqual(t, bodies, tt.bodies)
		})
	}
}

// play sends one exchange. It tells whether the status is the recorded one, how
// the answer differs, and whether that counts.
func (p *player) play(x exchange) (status bool, difference string, counts bool) {
	p.t.Helper()
	if x.Settle > 0 {
		require.NoError(p.t, p.server.Settle(p.t.Context()))
	}
	code, header, raw := p.send(x)
	if x.Response == nil {
		return false, "", false
	}
	got, want := decoded(raw), decoded(x.Response.Body)
	if code == x.Response.Status {
		p.learn(want, got)
	}
	if x.Compare != nil && !*x.Compare {
		return false, "", false
	}
	if code != x.Response.Status {
		return false, fmt.Sprintf("status %d, recorded %d: %.300s", code, x.Response.Status, raw), true
	}
	for _, name := range []string{"Retry-After", "Idempotency-Replay", "Location", "Link"} {
		if _, wanted := x.Response.Headers[name]; wanted && header.Get(name) == "" {
			return true, "header " + name + " is missing", true
		}
	}
	if _, isText := want.(string); isText || want == nil {
		return true, "", true
	}
	p.loose, p.unordered = append(slices.Clone(loose), x.Loose...), x.Unordered
	return true, p.differs(want, got, ""), true
}

// recorded reads a file of one JSON object a line.
func recorded[T any](t *testing.T, file string) []T {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	var all []T
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var x T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &x))
		all = append(all, x)
	}
	require.NoError(t, lines.Err())
	return all
}

type player struct {
	t      *testing.T
	server *novutest.Server

	mu     sync.Mutex        // guards the next two
	ids    map[string]string // recorded to own
	sorted []string          // the recorded ones, longest first

	loose, unordered []string // of the exchange at hand
}

// swap replaces recorded ids. A text of more than a megabyte has none.
func (p *player) swap(text string) string {
	if len(text) > 1<<20 {
		return text
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sorted) != len(p.ids) {
		p.sorted = slices.SortedFunc(maps.Keys(p.ids), func(a, b string) int { return len(b) - len(a) })
	}
	for _, id := range p.sorted {
		text = strings.ReplaceAll(text, id, p.ids[id])
	}
	return text
}

func (p *player) send(x exchange) (int, http.Header, []byte) {
	p.t.Helper()
	var body io.Reader
	if raw := x.Request.Body; len(raw) > 0 && string(raw) != "null" {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		body = strings.NewReader(p.swap(text))
	}
	path := strings.ReplaceAll(p.swap(x.Request.Path), " ", "%20")
	req, err := http.NewRequestWithContext(p.t.Context(), x.Request.Method, p.server.URL(), body)
	require.NoError(p.t, err)
	path, query, _ := strings.Cut(path, "?")
	req.URL = &url.URL{Scheme: "http", Host: req.URL.Host, Opaque: path, RawQuery: query}
	if strings.HasPrefix(path, "//") { // as an opaque URL it would read as a host
		req.URL.Opaque, req.URL.Path = "", path
	}
	for name, value := range x.Request.Headers {
		if body != nil || name != "Content-Type" {
			req.Header.Set(name, strings.ReplaceAll(value, "{SECRET_KEY}", p.server.SecretKey()))
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(p.t, err, x.Name)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp.StatusCode, resp.Header, raw
}

func decoded(raw []byte) any {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	return v
}

var (
	madeByServer = regexp.MustCompile(
		`^(ch(conn|endp)_[a-z0-9]{6,}|[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|txn_[0-9a-z]+|[0-9a-f]{20,}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*)$`,
	)
	learnable = regexp.MustCompile(`^(ch(conn|endp)_[a-z0-9]{6,}|[0-9a-f]{24}|txn_[0-9a-z]+|eyJ.*)$`)
	numbered  = regexp.MustCompile(`-[a-z0-9]{8}$|_wf_\w+$`)
	stateOf   = regexp.MustCompile(`state=([^&]+)`)
	loose     = strings.Fields(
		"state url errorId _environmentId _organizationId _id id __v timestamp path createdAt updatedAt next previous transactionId slug activityFeedLink ctx lastUpdatedAt deletedAt identifierHash jobData",
	)
	partsMade = regexp.MustCompile(
		`[0-9a-f]{24}|[0-9a-f-]{36}|ch(conn|endp)_\w+|-[0-9A-Za-z_-]{9,10}$|nvsk\.\S+|\b[0-9a-f]{32}\b`,
	)
)

func (p *player) learn(recorded, got any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		own, _ := got.(map[string]any)
		for k, v := range recorded {
			p.learn(v, own[k])
			if text, isText := v.(string); isText && (k == "workflowId" || k == "slug") && numbered.MatchString(text) {
				p.know(text, own[k])
			}
		}
	case []any:
		own, _ := got.([]any)
		for i := range min(len(recorded), len(own)) {
			p.learn(recorded[i], own[i])
		}
	case string:
		own, isText := got.(string)
		switch {
		case !isText || own == recorded || len(recorded) < 8:
		case learnable.MatchString(recorded):
			p.know(recorded, own)
		case stateOf.MatchString(recorded) && stateOf.MatchString(own):
			p.know(stateOf.FindStringSubmatch(recorded)[1], stateOf.FindStringSubmatch(own)[1])
		}
	}
}

// know notes what a recorded id is here. The first answer counts: lists may come
// in another order.
func (p *player) know(recorded string, own any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if text, isText := own.(string); isText && p.ids[recorded] == "" {
		p.ids[recorded] = text
	}
}

// differs is the first difference, or "". Values that a server makes up need
// only be there.
func (p *player) differs(recorded, got any, at string) string {
	switch recorded := recorded.(type) {
	case map[string]any:
		own, isObject := got.(map[string]any)
		if !isObject {
			return fmt.Sprintf("%s: an object, got %v", at, got)
		}
		return p.objectDiffers(recorded, own, at)
	case []any:
		own, isList := got.([]any)
		if !isList || len(own) != len(recorded) {
			return fmt.Sprintf("%s: %d items, got %v", at, len(recorded), got)
		}
		for i := range recorded {
			if d := p.differs(recorded[i], own[i], fmt.Sprintf("%s[%d]", at, i)); d != "" {
				return d
			}
		}
		return ""
	case string:
		own, isText := got.(string)
		if isText && (madeByServer.MatchString(recorded) || p.swap(recorded) == own || partsMade.ReplaceAllString(recorded, "*") == partsMade.ReplaceAllString(own, "*")) {
			return ""
		}
	default:
		if recorded == got {
			return ""
		}
	}
	return fmt.Sprintf("%s: %v, got %v", at, recorded, got)
}

func (p *player) objectDiffers(recorded, own map[string]any, at string) string {
	for k, v := range recorded {
		switch got, has := own[k]; {
		case !has && k != "__v" && k != "ctx":
			return at + "." + k + " is missing"
		case k == "url" && strings.Contains(fmt.Sprint(v), "state="):
			if d := authorizeURLDiffers(fmt.Sprint(v), fmt.Sprint(got)); d != "" {
				return at + ".url: " + d
			}
		case slices.Contains(p.loose, k):
			if (v == nil) != (got == nil) {
				return fmt.Sprintf("%s.%s: %v, got %v", at, k, v, got)
			}
		case k == "raw" && jsonIn(v) != nil:
			if d := p.differs(jsonIn(v), jsonIn(got), at+".raw"); d != "" {
				return d
			}
		case slices.Contains(p.unordered, k):
			if d := p.unorderedDiffers(v, got, at+"."+k); d != "" {
				return d
			}
		default:
			if d := p.differs(v, got, at+"."+k); d != "" {
				return d
			}
		}
	}
	for k := range own {
		if _, has := recorded[k]; !has && k != "ctx" && k != "__v" && k != "activityFeedLink" {
			return at + "." + k + " is not in the recording"
		}
	}
	return ""
}

// jsonIn is the JSON in a string, without what a server makes in it.
func jsonIn(v any) any {
	text, _ := v.(string)
	object, _ := decoded([]byte(text)).(map[string]any)
	if object == nil {
		return nil
	}
	delete(object, "id")
	delete(object, "date")
	if data, isObject := object["channelData"].(map[string]any); isObject {
		delete(data, "token")
	}
	return object
}

// unorderedDiffers compares lists as sets.
func (p *player) unorderedDiffers(recorded, got any, at string) string {
	want, _ := recorded.([]any)
	own, _ := got.([]any)
	if len(want) != len(own) {
		return fmt.Sprintf("%s: %d items, got %d", at, len(want), len(own))
	}
	left := slices.Clone(own)
	for i, item := range want {
		j := slices.IndexFunc(left, func(other any) bool { return p.differs(item, other, at) == "" })
		if j < 0 {
			return fmt.Sprintf("%s[%d]: %v is not among those got", at, i, item)
		}
		left = slices.Delete(left, j, j+1)
	}
	return ""
}

func authorizeURLDiffers(recorded, got string) string {
	want, err := url.Parse(recorded)
	own, err2 := url.Parse(got)
	if err != nil || err2 != nil || !strings.HasSuffix(own.Path, want.Path) {
		return recorded + ", got " + got
	}
	a, b := want.Query(), own.Query()
	for _, q := range []url.Values{a, b} {
		if len(q.Get("state")) < 40 {
			return "no state in " + got
		}
		q.Del("state")
		q.Del("redirect_uri")
	}
	if a.Encode() != b.Encode() {
		return a.Encode() + ", got " + b.Encode()
	}
	return ""
}
