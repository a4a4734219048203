package client_test

import (
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// Whoever follows a call down to the socket reads few functions in few files.
func TestThePathOfARequestIsShort(t *testing.T) {
	t.Parallel()
	functions, files := map[string]bool{}, map[string]bool{}
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		var pcs [64]uintptr
		frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "github.com/novu-go/novu") && !strings.HasSuffix(f.File, "_test.go") {
				functions[f.Function], files[filepath.Base(f.File)] = true, true
			}
			if !more {
				return reply(201, `{"data":{"identifier":"alerts"}}`), nil
			}
		}
	})}))
	require.NoError(t, err)
	_, err = c.ChannelEndpoints.Create(t.Context(), endpoint(func(p *novu.CreateChannelEndpointParams) { p.Identifier = "alerts" }))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(functions), 6, "%v", functions)
	assert.LessOrEqual(t, len(files), 3, "%v", files)
	assert.GreaterOrEqual(t, len(functions), 3, "%v", functions)
}
