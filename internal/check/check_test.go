package check_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/check"
)

func TestChecksCollectEverything(t *testing.T) {
	t.Parallel()
	c := check.Checks{Op: "create"}
	assert.Empty(t, c.Message())
	assert.Nil(t, c.Fields)
	c.Add("Name", "must not be empty")
	c.Add("ID", "is odd")
	c.Add("Name", "is also odd")
	assert.Equal(t, "Name must not be empty; ID is odd; Name is also odd", c.Message(), "in the order in which it was found")
	assert.Equal(t, map[string][]string{"Name": {"must not be empty", "is also odd"}, "ID": {"is odd"}}, c.Fields)
}

func TestIsGUID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11":   true,
		"B1946AC9-2F4E-4B1A-9D3C-7C5B2D1E0F11":   true,
		"00000000-0000-0000-0000-000000000000":   true,
		"b1946ac92f4e4b1a9d3c7c5b2d1e0f11":       false,
		"{b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11}": false,
		"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f1":    false,
		"g1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11":   false,
		"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11\n": false,
		"":                                       false,
	} {
		assert.Equal(t, want, check.IsGUID(text), "%q", text)
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true, "::ffff:127.0.0.1": true,
		"localhost.example": false, "10.0.0.1": false, "0.0.0.0": false, "::": false, "example.com": false, "": false,
	} {
		assert.Equal(t, want, check.IsLoopback(host), "%q", host)
	}
}

func TestUnprintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"abc ~!": false, "a\nb": true, "a\x00": true, "a\x7f": true, "ü": true, "a\tb": true} {
		assert.Equal(t, want, strings.ContainsFunc(text, check.Unprintable), "%q", text)
	}
}

func TestIDProblem(t *testing.T) {
	t.Parallel()
	for id, problem := range map[string]string{
		"acme": "", "a/b?c ü": "", "...": "",
		"": "must not be empty", " \t": "must not be empty", ".": "which a path can't carry", "..": "which a path can't carry",
		"a\xff": "is not valid UTF-8", "a\nb": "must not contain control characters",
	} {
		got := check.IDProblem(id)
		assert.Equal(t, problem == "", got == "", "%q: %s", id, got)
		assert.Contains(t, got, problem, "%q", id)
	}
}
