package doctor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

const unparsedURL = "%zz-canary-that-is-no-url"

// assertSilent looks for every secret of the chain in everything that a report
// can be made into.
func assertSilent(t *testing.T, r *doctor.Report, srv *novutest.Server) {
	t.Helper()
	encoded, err := json.Marshal(r)
	require.NoError(t, err)
	forms := []string{r.String(), string(encoded), fmt.Sprintf("%+v %#v %v", *r, *r, r)}
	if err := r.Err(); err != nil {
		forms = append(forms, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	}
	secrets := []string{srv.SecretKey(), clientSecret, webhookSig, accessToken, "/workflows/f1/triggers", unparsedURL}
	for _, request := range srv.Requests() {
		if token, isBearer := cutBearer(request.Header.Get("Authorization")); isBearer {
			secrets = append(secrets, token)
		}
	}
	for _, form := range forms {
		for _, secret := range secrets {
			assert.NotContains(t, form, secret)
		}
	}
}

func cutBearer(header string) (string, bool) {
	const scheme = "Bearer "
	if len(header) <= len(scheme) {
		return "", false
	}
	return header[len(scheme):], header[:len(scheme)] == scheme
}

// A server that repeats what it was sent, or what it holds, must not make the
// report a leak.
func TestServersThatEchoSecrets(t *testing.T) {
	echo := "canary: " + clientSecret + " " + webhookURL + " " + webhookSig + " " + unparsedURL
	novus := object{"statusCode": 500, "message": echo}
	microsofts := object{"error": object{"code": "Echo", "message": echo}}
	for route, answer := range map[string]object{
		"/v2/workflows/{workflowId}": novus, "/v2/subscribers/{subscriberId}": novus, "/v1/channel-connections/{identifier}": novus,
		"/_graph/*": microsofts, "/_connector/*": microsofts,
		"/_login/" + customer + "/*": {"error": "odd", "error_description": echo},
	} {
		t.Run(route, func(t *testing.T) {
			body, err := json.Marshal(answer)
			require.NoError(t, err)
			echoed := 0
			for _, status := range []int{400, 401, 403, 404, 500} {
				// This version shows the doctor the client secret, so that it can look for it.
				c := healthy().on(novutest.Version315)
				c.endpoints = append(c.endpoints, webhookEndpoint("webhook"), webhookEndpoint("unparsed"))
				c.endpoint(3)["url"] = unparsedURL
				inject(novutest.Fault{Route: route, Status: status, Body: string(body)})(c)
				report := c.examine(t) // looks for secrets
				if strings.Contains(report.String(), "canary:") {
					echoed++
				}
			}
			assert.Positive(t, echoed, "none of the answers was put into a report, so that nothing was tested")
		})
	}
}

// A definite answer is a verdict, whatever its code. One that may pass leaves everything open.
func TestASignInThatIsRefused(t *testing.T) {
	for status, want := range map[int]doctor.Verdict{
		400: doctor.Broken, 401: doctor.Broken, 403: doctor.Broken, 404: doctor.Broken, 410: doctor.Broken,
		408: doctor.NotChecked, 429: doctor.NotChecked, 500: doctor.NotChecked, 503: doctor.NotChecked,
	} {
		c := healthy()
		inject(novutest.Fault{Route: "/_login/" + customer + "/*", Status: status, Body: "{}"})(c)
		report := c.examine(t)
		assert.Equal(t, want, report.Verdict, status)
		assert.Equal(t, want, only(t, report, doctor.CheckConsent).Verdict, status)
		for _, check := range []doctor.Check{doctor.CheckChannel, doctor.CheckCatalog} {
			assert.Equal(t, doctor.NotChecked, only(t, report, check).Verdict, status)
		}
		home := healthy()
		inject(novutest.Fault{Route: "/_login/" + homeTenant + "/*", Status: status, Body: "{}"})(home)
		report = home.examine(t)
		assert.Equal(t, want, report.Verdict, status)
		assert.Equal(t, want, only(t, report, doctor.CheckGraph).Verdict, status)
	}
}
