package check_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
