package microsoft

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// exchange is one documented or reported exchange with Graph or Azure.
type exchange struct {
	Name    string
	Note    string
	Request struct {
		Method, URL string
		Headers     map[string]string
		Body        any
	}
	Response struct {
		Status int
		Body   any
	}
}

// The exchanges in testdata come from Microsoft's documents and from public
// reports, each with its source. NOVU_AZURE_CASES names another directory of them.
func TestAnswersAsDocumented(t *testing.T) {
	dir := os.Getenv("NOVU_AZURE_CASES")
	if dir == "" {
		dir = "testdata/azure-cases"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	agree, total := 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var x exchange
		require.NoError(t, json.Unmarshal(raw, &x), file)
		if x.Request.Method == "" {
			continue // the specification
		}
		total++
		if t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { replayCase(t, &x) }) {
			agree++
		}
	}
	require.NotZero(t, total, "no exchanges in %s", dir)
	fmt.Printf("%d of %d agree\n", agree, total)
}

func replayCase(t *testing.T, x *exchange) {
	host, err := emulator.Listen(emulator.Config{InMemory: true})
	require.NoError(t, err)
	t.Cleanup(host.Close)
	c := &replaying{x: x, s: New(host, Config{TenantID: "tenant"}), now: host.Clock.Now()}
	host.Serve()
	u, err := url.Parse(x.Request.URL)
	require.NoError(t, err)
	c.path, c.body = u.Path, x.bodyObject()
	c.prepare()
	status, body := c.send(t, host, u)

	recorded := x.Response.Status
	switch {
	case recorded/100 == 2 && errorCode(x.Response.Body) != "":
		recorded = http.StatusBadRequest // the page shows an error under a 200; refusals are reported with an error's status
	case c.hasTwoSuccesses() && isOKOrCreated(recorded) && isOKOrCreated(status):
		recorded = status
	}
	require.Equal(t, recorded, status, "%s %s: %s", x.Request.Method, x.Request.URL, body)
	var got any
	if len(body) > 0 {
		require.NoError(t, json.Unmarshal(body, &got), "%s", body)
	}
	if x.Response.Body == nil {
		return
	}
	assert.Equal(t, errorCode(x.Response.Body), errorCode(got))
	for _, difference := range shapeDiffers(x.Response.Body, got, "") {
		assert.Fail(t, difference)
	}
}

func (x *exchange) bodyObject() object {
	o, _ := x.Request.Body.(map[string]any)
	if o == nil {
		return object{}
	}
	return o
}

// hasTwoSuccesses tells a request for which the documents name both 200 and 201:
// versions of the page about installations disagree, and Azure's specification
// says that a bot is updated at once or asynchronously.
func (c *replaying) hasTwoSuccesses() bool {
	return strings.HasSuffix(c.path, "/installedApps") || c.x.Request.Method == http.MethodPatch && c.segment("botServices") != ""
}

func isOKOrCreated(status int) bool { return status == http.StatusOK || status == http.StatusCreated }

func errorCode(body any) string {
	o, _ := body.(map[string]any)
	e, _ := o["error"].(map[string]any)
	return object(e).text("code")
}

// shapeDiffers lists what the recorded body has and the own one lacks: keys,
// and types of values. A null says nothing, and a list inside an object may be
// empty: the documents' objects hold more than those made here.
func shapeDiffers(recorded, own any, at string) []string {
	if recorded == nil || own == nil && at != "" {
		return nil
	}
	if fmt.Sprintf("%T", recorded) != fmt.Sprintf("%T", own) {
		return []string{fmt.Sprintf("%s is %T, recorded %T", at, own, recorded)}
	}
	var all []string
	switch recorded := recorded.(type) {
	case map[string]any:
		has, _ := own.(map[string]any)
		otherType := recorded["@odata.type"] != has["@odata.type"] // the page shows a group where an application is meant
		for name, value := range recorded {
			if otherType && name != "id" && name != "displayName" {
				continue
			}
			if strings.HasPrefix(name, "@odata.") {
				continue
			}
			if _, there := has[name]; !there {
				all = append(all, at+"."+name+" is missing")
				continue
			}
			all = append(all, shapeDiffers(value, has[name], at+"."+name)...)
		}
	case []any:
		has, _ := own.([]any)
		if len(recorded) > 0 && len(has) > 0 {
			all = append(all, shapeDiffers(recorded[0], has[0], at+"[0]")...)
		}
		if len(recorded) > 0 && len(has) == 0 && at == ".value" {
			all = append(all, at+" is empty")
		}
	}
	return all
}

// replaying is one exchange, and the state in which Microsoft answered so.
type replaying struct {
	x        *exchange
	s        *Server
	now      timeNow
	path     string
	body     object
	raw      []byte
	operator Operator
}

// send sends the request as an operator who may do what the answer implies.
func (c *replaying) send(t *testing.T, host *emulator.Host, u *url.URL) (int, []byte) {
	t.Helper()
	root, scope := c.s.GraphURL(), "https://graph.microsoft.com/.default"
	if u.Host == "management.azure.com" {
		root, scope = c.s.ResourceManagerURL(), "https://management.azure.com/.default"
	}
	var body io.Reader
	switch {
	case c.raw != nil:
		body = bytes.NewReader(c.raw)
	case c.x.Request.Body != nil || len(c.body) > 0:
		body = bytes.NewReader(emulator.Encode(c.body))
	}
	target := root + (&url.URL{Path: u.Path}).EscapedPath()
	if u.RawQuery != "" {
		target += "?" + u.Query().Encode()
	}
	req, err := http.NewRequestWithContext(t.Context(), c.x.Request.Method, target, body)
	require.NoError(t, err)
	for name, value := range c.x.Request.Headers {
		req.Header.Set(name, value)
	}
	given, _ := c.s.OperatorToken(c.operator, "tenant", scope)
	req.Header.Set("Authorization", "Bearer "+given)
	resp, err := (&http.Client{Transport: host.Transport()}).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, answer
}

// segment is what follows name in the path.
func (c *replaying) segment(name string) string {
	_, rest, _ := strings.Cut(strings.ToLower(c.path)+"/", "/"+strings.ToLower(name)+"/")
	at := len(c.path) + 1 - len(rest)
	if rest == "" {
		return ""
	}
	value, _, _ := strings.Cut((c.path + "/")[at:], "/")
	return value
}

func (c *replaying) answers(code string) bool { return errorCode(c.x.Response.Body) == code }

func (c *replaying) says(text string) bool {
	return strings.Contains(string(emulator.Encode(c.x.Response.Body)), text)
}

// pack is an app package; without an id it is one that does not fit the schema.
func pack(id, version string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		f, _ := w.Create(name) // a buffer takes everything
		_, _ = f.Write(data)
	}
	add("manifest.json", emulator.Encode(object{
		"manifestVersion": "1.25", "id": id, "version": version, "name": object{"short": "Test App"},
		"description": object{"short": "A test", "full": "A test"}, "accentColor": "#112233",
		"developer": object{"name": "x", "websiteUrl": "https://x.example", "privacyUrl": "https://x.example", "termsOfUseUrl": "https://x.example"},
		"icons":     object{"color": "color.png", "outline": "outline.png"},
	}))
	add("color.png", []byte("\x89PNG"))
	add("outline.png", []byte("\x89PNG"))
	_ = w.Close()
	return b.Bytes()
}

func (x *exchange) query() url.Values {
	u, err := url.Parse(x.Request.URL)
	if err != nil {
		return nil
	}
	return u.Query()
}
