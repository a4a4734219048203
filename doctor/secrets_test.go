package doctor_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

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
	secrets := []string{srv.SecretKey(), clientSecret, webhookSig, accessToken}
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
