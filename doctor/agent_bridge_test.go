package doctor_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// leadingTo sends requests for any host to one server.
type leadingTo struct{ host string }

func (l leadingTo) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL = &url.URL{Scheme: "http", Host: l.host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return http.DefaultTransport.RoundTrip(r)
}

// Only a Novu server on the same machine reaches a bridge at a loopback address.
func TestALoopbackBridgeOfAServerElsewhere(t *testing.T) {
	for _, test := range []struct {
		address string
		answers doctor.Verdict
	}{
		{address: "", answers: doctor.OK}, // the true one
		{address: "http://127.0.0.1:9/", answers: doctor.NotChecked},
	} {
		c := talking()
		if test.address != "" {
			c.address = func(string) string { return test.address }
		}
		srv, _ := c.start(t)
		u, err := url.Parse(srv.URL())
		require.NoError(t, err)
		hc := &http.Client{Transport: leadingTo{host: u.Host}}
		client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL("https://novu.example"), novu.WithHTTPClient(hc), once)
		require.NoError(t, err)
		report, err := mustNew(t, client).Examine(t.Context(), c.question)
		require.NoError(t, err)
		f := only(t, report, doctor.CheckBridgeURL)
		assert.Equal(t, doctor.Warning, f.Verdict)
		assert.Contains(t, f.Message, "only a Novu server on the same machine")
		assert.Equal(t, test.answers, only(t, report, doctor.CheckBridge).Verdict)
	}
}

// WithHTTPClient leads to bridges that this machine does not reach, and follows no redirect either.
func TestABridgeThroughAClientOfYourOwn(t *testing.T) {
	c := talking()
	c.address = func(string) string { return "https://bot.acme.example/_bridges/support" }
	srv, _ := c.start(t)
	u, err := url.Parse(srv.URL())
	require.NoError(t, err)
	d := mustNew(t, srv.Client(), doctor.WithHTTPClient(&http.Client{Transport: leadingTo{host: u.Host}}))
	report, err := d.Examine(t.Context(), c.question)
	require.NoError(t, err)
	assert.Equal(t, doctor.OK, only(t, report, doctor.CheckBridgeAgent).Verdict, "%s", report)
	assert.Contains(t, report.String(), "Bridge https://bot.acme.example/_bridges/support")
}

// Nobody can link an integration in production: the first message does.
func TestAnAgentInProductionIsNotLinkedByHand(t *testing.T) {
	c := talking()
	c.linked = false
	c.faults = []novutest.Fault{{
		Route: "/v1/environments/me", Status: http.StatusOK, Body: `{"data":{"_id":"6b0467dd3433352c10114ec7","name":"Production"}}`,
	}}
	report := c.examine(t)
	f := only(t, report, doctor.CheckAgentLinks)
	assert.Equal(t, doctor.Warning, f.Verdict, "%s", report)
	assert.Contains(t, f.Message, "none has come yet")
	assert.Empty(t, report.Broken())
	assert.Equal(t, doctor.NotChecked, report.Verdict)
}

// Novu answers for a managed agent, without a bridge.
func TestAManagedAgentHasNoBridge(t *testing.T) {
	c := talking()
	c.faults = []novutest.Fault{{
		Route: "/v1/agents/{identifier}", Status: http.StatusOK,
		Body: `{"data":{"_id":"6b0467dd3433352c10114ec7","identifier":"support","name":"Support","active":true,"runtime":"managed",
			"behavior":{"subscriberAccess":"restricted","acknowledgeOnReceived":false}}}`,
	}}
	report := c.examine(t)
	assert.Empty(t, report.Find(doctor.CheckBridgeURL))
	assert.Equal(t, "managed", only(t, report, doctor.CheckAgent).Evidence["runtime"])
	assert.Equal(t, doctor.OK, only(t, report, doctor.CheckLinked).Verdict)
}

// Whether a bridge verifies is known once it has refused a request without a signature.
func TestABridgeThatBreaksOffUnsignedRequestsIsNotChecked(t *testing.T) {
	c := talking()
	c.bridge = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("action") == "discover" && r.Header.Get("Novu-Signature") == "" {
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}
	report := c.examine(t)
	assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckBridgeKey).Verdict, "%s", report)
}
