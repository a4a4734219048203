package manifest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

func write(t testing.TB, m *manifest.Manifest) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, m.WritePackage(&buf))
	return buf.Bytes()
}

func unzip(t testing.TB, archive []byte) (names []string, files map[string][]byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	files = map[string][]byte{}
	for _, entry := range r.File {
		assert.Equal(t, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), entry.Modified.UTC(), "no trace of the clock")
		f, err := entry.Open()
		require.NoError(t, err)
		files[entry.Name], err = io.ReadAll(f)
		require.NoError(t, err)
		names = append(names, entry.Name)
	}
	return names, files
}

var (
	white       = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	faint       = color.NRGBA{R: 255, G: 255, B: 255, A: 1}
	red         = color.NRGBA{R: 255, A: 255}
	greyed      = color.NRGBA{R: 254, G: 255, B: 255, A: 128}
	transparent = color.NRGBA{}
)

func TestPackageHoldsTheManifestAndTwoIcons(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["icons"] = map[string]any{"color": "bunt.png", "outline": "umriss.png"}
	m.Fields["future"] = map[string]any{"url": "https://a.example/?x=1&y=<2>"}
	names, files := unzip(t, write(t, m))
	assert.Equal(t, []string{"manifest.json", "bunt.png", "umriss.png"}, names)
	assert.Contains(t, string(files["manifest.json"]), `"url": "https://a.example/?x=1&y=<2>"`, "people read it: no escapes for HTML")

	icon, err := png.Decode(bytes.NewReader(files["bunt.png"]))
	require.NoError(t, err)
	assert.Equal(t, image.Rect(0, 0, 192, 192), icon.Bounds())
	assert.Equal(t, color.RGBA{R: 0x3b, G: 0x5b, B: 0xdb, A: 255}, color.RGBAModel.Convert(icon.At(1, 1)), "the accent color")
	assert.Equal(t, color.RGBA{R: 255, G: 255, B: 255, A: 255}, color.RGBAModel.Convert(icon.At(96, 96)), "a bell in the middle")

	m.ColorIcon, m.OutlineIcon = files["bunt.png"], files["umriss.png"]
	assert.NoError(t, m.Validate(), "the icons drawn by default keep the rules")
}

func TestPackageIsTheSameForTheSameInput(t *testing.T) {
	first := write(t, newManifest(t, acme()))
	for range 3 {
		assert.Equal(t, first, write(t, newManifest(t, acme())))
	}
	read, err := manifest.ReadPackage(bytes.NewReader(first), int64(len(first)))
	require.NoError(t, err)
	assert.Equal(t, first, write(t, read), "also from what was read")
}

func TestPackageTakesIconsOfOnesOwn(t *testing.T) {
	app := acme()
	app.ColorIcon = picture(t, 192, 192, red, white)
	app.OutlineIcon = picture(t, 32, 32, transparent, white)
	_, files := unzip(t, write(t, newManifest(t, app)))
	assert.Equal(t, app.ColorIcon, files["color.png"])
	assert.Equal(t, app.OutlineIcon, files["outline.png"])
}

func TestNothingIsWrittenOfAnInvalidPackage(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["version"] = "1"
	var buf bytes.Buffer
	assert.Equal(t, []string{"$.version semver"}, broken(t, m.WritePackage(&buf)))
	assert.Zero(t, buf.Len())
}

func TestFilesThatWouldBeMissingAreNamed(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["icons"].(map[string]any)["color32x32"] = "color32.png"
	m.Fields["localizationInfo"] = map[string]any{"defaultLanguageTag": "en", "defaultLanguageFile": "en.json",
		"additionalLanguages": []any{map[string]any{"languageTag": "de", "file": "de.json"}}}
	assert.NoError(t, m.Validate(), "Microsoft accepts them")
	assert.Equal(t, []string{
		"$.icons.color32x32 file", "$.localizationInfo.defaultLanguageFile file", "$.localizationInfo.additionalLanguages[0].file file",
	}, broken(t, m.WritePackage(io.Discard)))
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestFailedWriteIsReported(t *testing.T) {
	err := newManifest(t, acme()).WritePackage(full{})
	assert.ErrorIs(t, err, errFull)
	assert.ErrorContains(t, err, "write package")
}

func TestUnknownFieldsSurviveThePackage(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["future"] = map[string]any{"number": json.Number("1.50")}
	archive := write(t, m)
	read, err := manifest.ReadPackage(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	_, files := unzip(t, write(t, read))
	assert.Contains(t, string(files["manifest.json"]), `"number": 1.50`)
}
