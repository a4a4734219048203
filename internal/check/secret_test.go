package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/check"
)

// The problem is named, and the secret is not repeated.
func TestSecretProblem(t *testing.T) {
	t.Parallel()
	for secret, problem := range map[string]string{
		"canary":                "",
		"can ary~!":             "",
		"":                      "must not be empty",
		" \n":                   "must not be empty",
		"canary\n":              "white space",
		" canary":               "white space",
		`"canary"`:              "quotation marks",
		"“canary”":              "quotation marks",
		"'canary":               "quotation marks",
		"ApiKey canary":         `"ApiKey "`,
		"bearer canary":         `"Bearer "`,
		"Authorization: canary": `"Authorization:"`,
		"${CANARY}":             "placeholder",
		"<your key>":            "placeholder",
		"{{ canary }}":          "placeholder",
		"can\x00ary":            "a header can't carry",
		"canäry":                "a header can't carry",
	} {
		got := check.SecretProblem(secret)
		assert.Equal(t, problem == "", got == "", "%q: %s", secret, got)
		assert.Contains(t, got, problem, "%q", secret)
		assert.NotContains(t, got, "canary")
		assert.NotContains(t, got, "CANARY")
	}
}

func TestEnvSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	for name, tt := range map[string]struct {
		value, content string
		inFile         bool
		want, problem  string
	}{
		"in the variable":               {value: "canary", want: "canary"},
		"in the file":                   {inFile: true, content: "canary", want: "canary"},
		"in the file with a line break": {inFile: true, content: "canary\r\n", want: "canary"},
		"in the file with two of them":  {inFile: true, content: "canary\n\n", want: "canary\n"},
		"in both":                       {value: "canary", inFile: true, content: "canary", problem: "both set"},
		"in neither":                    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("A_KEY", tt.value)
			t.Setenv("A_KEY_FILE", "")
			if tt.inFile {
				require.NoError(t, os.WriteFile(file, []byte(tt.content), 0o600))
				t.Setenv("A_KEY_FILE", file)
			}
			got, err := check.EnvSecret("A_KEY")
			assert.Equal(t, tt.want, got)
			if tt.problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.problem)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
	t.Setenv("A_KEY", "")
	t.Setenv("A_KEY_FILE", filepath.Join(t.TempDir(), "absent"))
	_, err := check.EnvSecret("A_KEY")
	require.ErrorIs(t, err, os.ErrNotExist)
}
