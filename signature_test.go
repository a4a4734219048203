package novu_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func mac(key, at string, body []byte) string {
	sum := hmac.New(sha256.New, []byte(key))
	sum.Write(append([]byte(at+"."), body...))
	return hex.EncodeToString(sum.Sum(nil))
}

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := novu.NewClient("current-key", novu.WithPreviousSecretKeys("previous-key"))
		require.NoError(t, err)
		now, body := time.Now(), []byte(`{"a":"<ü>"}`)
		good := func(at time.Time) string { return "t=" + millis(at) + ",v1=" + mac("current-key", millis(at), body) }
		for _, test := range []struct{ name, header, code string }{
			{name: "good", header: good(now), code: ""},
			{name: "previous key", header: "t=" + millis(now) + ",v1=" + mac("previous-key", millis(now), body), code: ""},
			{
				name:   "order, spaces, other parts",
				header: " v0=zz , v1=" + mac("current-key", millis(now), body) + ", t=" + millis(now), code: "",
			},
			{name: "the first of a name wins", header: good(now) + ",v1=00,t=1", code: ""},
			{name: "exactly 300 s old", header: good(now.Add(-300 * time.Second)), code: ""},
			{name: "exactly 300 s ahead", header: good(now.Add(300 * time.Second)), code: ""},
			{name: "301 s old", header: good(now.Add(-301 * time.Second)), code: "SignatureExpiredError"},
			{name: "301 s ahead", header: good(now.Add(301 * time.Second)), code: "SignatureExpiredError"},
			{name: "missing", header: "", code: "SignatureNotFoundError"},
			{name: "no v1", header: "t=" + millis(now), code: "SignatureInvalidError"},
			{name: "no t", header: "v1=" + mac("current-key", "", body), code: "SignatureInvalidError"},
			{name: "t is no number", header: "t=soon,v1=" + mac("current-key", "soon", body), code: "SignatureInvalidError"},
			{name: "t overflows", header: "t=99999999999999999999,v1=00", code: "SignatureInvalidError"},
			{name: "t far away", header: "t=9223372036854775807,v1=00", code: "SignatureExpiredError"},
			{name: "t far back", header: "t=-9223372036854775808,v1=00", code: "SignatureExpiredError"},
			{
				name: "another key", header: "t=" + millis(now) + ",v1=" + mac("other-key", millis(now), body),
				code: "SignatureMismatchError",
			},
			{
				name:   "another time",
				header: "t=" + millis(now) + ",v1=" + mac("current-key", millis(now.Add(-time.Second)), body),
				code:   "SignatureMismatchError",
			},
			{
				name:   "the second v1 does not count",
				header: "t=" + millis(now) + ",v1=00,v1=" + mac("current-key", millis(now), body),
				code:   "SignatureMismatchError",
			},
		} {
			err := c.VerifySignature(http.Header{"Novu-Signature": {test.header}}, body)
			if test.code == "" {
				assert.NoError(t, err, test.name)
				continue
			}
			var e *novu.SignatureError
			require.ErrorAs(t, err, &e, test.name)
			assert.Equal(t, test.code, e.Code, test.name)
			assert.ErrorIs(t, err, novu.ErrBadSignature)
		}
		require.Error(t, c.VerifySignature(http.Header{"X-Novu-Signature": {good(now)}}, body))
		require.Error(t, c.VerifySignature(http.Header{"Novu-Signature": {good(now)}}, append(body, ' ')))
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", c, *c, c), "-key")

		var e *novu.SignatureError
		require.ErrorAs(t, c.VerifySignature(http.Header{"Novu-Signature": {good(now.Add(-10 * time.Minute))}}, body), &e)
		assert.Equal(t, -10*time.Minute, e.Skew, "only a clock is wrong")
		assert.ErrorContains(t, e, "check the clock")
	})
}

func TestSignRequest(t *testing.T) {
	t.Parallel()
	c, err := novu.NewClient("current-key", novu.WithPreviousSecretKeys("previous-key"))
	require.NoError(t, err)
	header, body := http.Header{"Novu-Signature": {"t=1,v1=00"}}, []byte(`{"a":"<ü>"}`)
	c.SignRequest(header, body)
	require.NoError(t, c.VerifySignature(header, body))
	require.ErrorIs(t, c.VerifySignature(header, nil), novu.ErrBadSignature)
	other, err := novu.NewClient("previous-key")
	require.NoError(t, err)
	require.ErrorIs(t, other.VerifySignature(header, body), novu.ErrBadSignature, "the current key signs")
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", c, *c, c), "-key")
}

func TestPreviousSecretKeysThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	_, err := novu.NewClient("key", novu.WithPreviousSecretKeys("good", " bad"))
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	assert.ErrorContains(t, err, "PreviousSecretKeys[1]")
}

func FuzzVerifySignature(f *testing.F) {
	f.Add("t=1795521599900,v1=581ac76a4c91d99c9372da0f88926d926246e0b66aec1f7f1510b0d230cec892", []byte(`{}`))
	f.Add("v1=,t=", []byte(nil))
	f.Add(",=,t=1=2,v1==", []byte("x"))
	c, err := novu.NewClient("fuzz-canary-key")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		err := c.VerifySignature(http.Header{"Novu-Signature": {header}}, body)
		require.Error(t, err, "nobody can sign without the key")
		assert.NotContains(t, err.Error(), "canary")
	})
}
