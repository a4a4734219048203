package novutest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
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
	Request struct {
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
// made replaced by those that this one makes.
func TestAgreesWithTheRealServer(t *testing.T) {
	const wantStatus, wantBody = 100, 100 // percent
	p := &player{
		t:      t,
		server: novutest.NewServer(t, novutest.WithSecretKey("replayed-key")),
		ids:    map[string]string{},
	}
	compared, statuses, bodies := 0, 0, 0
	for _, x := range recordings(t) {
		status, header, raw := p.send(x)
		got := decoded(raw)
		if x.Response == nil {
			continue
		}
		want := decoded(x.Response.Body)
		if status == x.Response.Status {
			p.learn(want, got)
		}
		if x.Compare != nil && !*x.Compare {
			continue
		}
		compared++
		if status != x.Response.Status {
			t.Logf("%s: status %d, recorded %d: %.300s", x.Name, status, x.Response.Status, raw)
			continue
		}
		statuses++
		difference := p.differs(want, got, "")
		for _, name := range []string{"Retry-After", "Idempotency-Replay", "Location", "Link"} {
			if _, recorded := x.Response.Headers[name]; recorded && header.Get(name) == "" {
				difference = "header " + name + " is missing"
			}
		}
		if _, isText := want.(string); isText || want == nil {
			difference = ""
		}
		if difference != "" {
			t.Logf("%s: %s", x.Name, difference)
			continue
		}
		bodies++
	}
	require.Greater(t, compared, 200)
	t.Logf("%d compared: %d statuses and %d bodies agree", compared, statuses, bodies)
	assert.GreaterOrEqual(t, 100*statuses, wantStatus*compared)
	assert.GreaterOrEqual(t, 100*bodies, wantBody*compared)
}

func recordings(t *testing.T) []exchange {
	t.Helper()
	f, err := os.Open("testdata/exchanges.jsonl")
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	var all []exchange
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var x exchange
		require.NoError(t, json.Unmarshal(lines.Bytes(), &x))
		all = append(all, x)
	}
	require.NoError(t, lines.Err())
	return all
}

type player struct {
	t      *testing.T
	server *novutest.Server
	ids    map[string]string // recorded to own
}

func (p *player) swap(text string) string {
	recorded := make([]string, 0, len(p.ids))
	for id := range p.ids {
		recorded = append(recorded, id)
	}
	slices.SortFunc(recorded, func(a, b string) int { return len(b) - len(a) })
	for _, id := range recorded {
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
		`^(ch(conn|endp)_[a-z0-9]{6,}|[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|txn_[0-9a-f]+|[0-9a-f]{20,}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*)$`,
	)
	learnable = regexp.MustCompile(`^(ch(conn|endp)_[a-z0-9]{6,}|[0-9a-f]{24}|txn_[0-9a-z]+|eyJ.*)$`)
	stateOf   = regexp.MustCompile(`state=([^&]+)`)
	loose     = strings.Fields(
		"state url errorId _environmentId _organizationId _id id __v timestamp path createdAt updatedAt next previous transactionId slug activityFeedLink ctx",
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
			p.ids[recorded] = own
		case stateOf.MatchString(recorded) && stateOf.MatchString(own):
			p.ids[stateOf.FindStringSubmatch(recorded)[1]] = stateOf.FindStringSubmatch(own)[1]
		}
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
		case slices.Contains(loose, k):
			if (v == nil) != (got == nil) {
				return fmt.Sprintf("%s.%s: %v, got %v", at, k, v, got)
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
