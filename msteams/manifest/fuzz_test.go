package manifest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

// FuzzValidate feeds any text to Parse: what it accepts must be judged without a panic, with a path
// in every problem, and must come back from writing as it was, with the same verdict.
func FuzzValidate(f *testing.F) {
	valid, err := json.Marshal(newManifest(f, acme()))
	require.NoError(f, err)
	f.Add(valid)
	f.Add([]byte(`{"bots":[{"scopes":[null]},7],"icons":{"color":"a","outline":"A"},"validDomains":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		problems := broken(t, m.Validate())
		for _, p := range problems {
			assert.True(t, strings.HasPrefix(p, "$"), p) // Parse brings no files
		}
		text, err := json.Marshal(m)
		require.NoError(t, err)
		again, err := manifest.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, m.Fields, again.Fields)
		assert.Equal(t, problems, broken(t, again.Validate()))
	})
}

// FuzzReadPackage feeds any bytes to ReadPackage: it must neither panic nor hang, and what it
// passes without a complaint must come back the same after writing.
func FuzzReadPackage(f *testing.F) {
	f.Add(write(f, newManifest(f, acme())))
	f.Add(archiveOf(f, parts(f)...))
	f.Add(write(f, newManifest(f, multilingual())))
	f.Fuzz(func(t *testing.T, archive []byte) {
		m, err := read(archive)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		var buf bytes.Buffer
		require.NoError(t, m.WritePackage(&buf))
		again, err := read(buf.Bytes())
		require.NoError(t, err)
		assert.Equal(t, m, again)
	})
}
