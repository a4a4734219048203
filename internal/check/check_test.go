package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/check"
)

func TestChecksCollect(t *testing.T) {
	t.Parallel()
	c := check.Checks{Op: "do it"}
	assert.Nil(t, c.Fields)
	c.Add("A", "is odd")
	c.Add("B", "is missing")
	c.Add("A", "is long")
	assert.Equal(t, "A is odd; B is missing; A is long", c.Message())
	assert.Equal(t, map[string][]string{"A": {"is odd", "is long"}, "B": {"is missing"}}, c.Fields)
}

func TestIsGUID(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11": true, "B1946AC9-2F4E-4B1A-9D3C-7C5B2D1E0F11": true,
		"": false, "b1946ac9": false, "{b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11}": false, "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11\n": false,
		"b1946ac92f4e4b1a9d3c7c5b2d1e0f11": false, "g1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11": false,
	} {
		assert.Equal(t, want, check.IsGUID(s), s)
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "10.0.0.1": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "0.0.0.0": false, "127.1": false,
	} {
		assert.Equal(t, want, check.IsLoopback(host), host)
	}
}

func TestIDProblem(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "a/b c?#%2e", "ü", "..."} {
		assert.Empty(t, check.IDProblem(good))
	}
	for _, bad := range []string{"", " \t", ".", "..", "a\x00", "a\nb", "\xff"} {
		assert.NotEmpty(t, check.IDProblem(bad), "%q", bad)
	}
}

// What people type around a secret is named, and the secret is not repeated.
func TestSecretProblem(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"canary":                       "",
		"a~b.c_d-canary":               "",
		"canary'inside":                "",
		"":                             "must not be empty",
		"  ":                           "must not be empty",
		"canary\n":                     "white space",
		`"canary"`:                     "quotation marks",
		`'canary'`:                     "quotation marks",
		"“canary”":                     "quotation marks",
		`"canary`:                      "quotation marks",
		"ApiKey canary":                `"ApiKey "`,
		"apikey canary":                `"ApiKey "`,
		"Bearer canary":                `"Bearer "`,
		"Authorization: ApiKey canary": `"Authorization:"`,
		"${CANARY_canary}":             "placeholder",
		"$(canary)":                    "placeholder",
		"{{ canary }}":                 "placeholder",
		"<canary>":                     "placeholder",
		"%canary%":                     "placeholder",
		"can\x7fary":                   "a header can't carry",
		"canarÿ":                       "a header can't carry",
	} {
		problem := check.SecretProblem(secret)
		assert.NotContains(t, problem, "canary")
		if want == "" {
			assert.Empty(t, problem, secret)
			continue
		}
		assert.Contains(t, problem, want, "%q", secret)
	}
}

func TestEnvSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("from-a-file\r\n"), 0o600))
	t.Setenv("NOVU_TEST_KEY", "")
	t.Setenv("NOVU_TEST_KEY_FILE", file)
	got, err := check.EnvSecret("NOVU_TEST_KEY")
	require.NoError(t, err)
	assert.Equal(t, "from-a-file", got)

	t.Setenv("NOVU_TEST_KEY", "from-the-environment")
	_, err = check.EnvSecret("NOVU_TEST_KEY")
	require.ErrorContains(t, err, "both set")

	t.Setenv("NOVU_TEST_KEY_FILE", "")
	got, err = check.EnvSecret("NOVU_TEST_KEY")
	require.NoError(t, err)
	assert.Equal(t, "from-the-environment", got)

	t.Setenv("NOVU_TEST_KEY", "")
	got, err = check.EnvSecret("NOVU_TEST_KEY")
	require.NoError(t, err)
	assert.Empty(t, got)
	t.Setenv("NOVU_TEST_KEY_FILE", filepath.Join(t.TempDir(), "none"))
	_, err = check.EnvSecret("NOVU_TEST_KEY")
	require.ErrorIs(t, err, os.ErrNotExist)
}
