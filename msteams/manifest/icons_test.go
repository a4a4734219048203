package manifest_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

// picture is a PNG file with one color all over, and another in the middle pixel.
func picture(t testing.TB, width, height int, ground, middle color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, ground)
		}
	}
	img.Set(width/2, height/2, middle)
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, img))
	return buf.Bytes()
}

// The bell is white, or black where white would not be seen.
func TestDefaultColorIconIsABellOnTheAccentColor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ ground, bell color.NRGBA }{
		"#5B5FC7": {ground: color.NRGBA{R: 0x5B, G: 0x5F, B: 0xC7, A: 255}, bell: color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		"#000000": {ground: color.NRGBA{A: 255}, bell: color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		"#ffeeaa": {ground: color.NRGBA{R: 0xFF, G: 0xEE, B: 0xAA, A: 255}, bell: color.NRGBA{A: 255}},
		"#FFFFFF": {ground: color.NRGBA{R: 255, G: 255, B: 255, A: 255}, bell: color.NRGBA{A: 255}},
	}
	for accent, tt := range tests {
		t.Run(accent, func(t *testing.T) {
			t.Parallel()
			app := acme()
			app.AccentColor = accent
			_, files := unzip(t, write(t, newManifest(t, app)))
			icon, err := png.Decode(bytes.NewReader(files["color.png"]))
			require.NoError(t, err)
			assert.Equal(t, image.Rect(0, 0, 192, 192), icon.Bounds())
			assert.Equal(t, tt.ground, color.NRGBAModel.Convert(icon.At(0, 0)))
			assert.Equal(t, tt.bell, color.NRGBAModel.Convert(icon.At(96, 96)))
		})
	}
}

func TestIconsMustKeepTheRules(t *testing.T) {
	t.Parallel()
	fine := picture(t, 32, 32, transparent, faint)
	damaged := append(bytes.Clone(fine[:len(fine)-20]), make([]byte, 20)...)
	tests := map[string]struct {
		color, outline []byte // nil for the default
		want           []string
	}{
		"both fine":        {color: picture(t, 192, 192, transparent, red), outline: fine, want: []string{}},
		"color too small":  {color: picture(t, 191, 192, red, red), want: []string{"$.icons.color icon-size"}},
		"outline too high": {outline: picture(t, 32, 33, transparent, white), want: []string{"$.icons.outline icon-size"}},
		"exchanged": {
			color: fine, outline: picture(t, 192, 192, red, red),
			want: []string{"$.icons.color icon-size", "$.icons.outline icon-size"},
		},
		"not pictures": {
			color: []byte("GIF89a"), outline: []byte("<svg/>"),
			want: []string{"$.icons.color icon-format", "$.icons.outline icon-format"},
		},
		"damaged":        {outline: damaged, want: []string{"$.icons.outline icon-format"}},
		"red outline":    {outline: picture(t, 32, 32, transparent, red), want: []string{"$.icons.outline icon-transparency"}},
		"nearly white":   {outline: picture(t, 32, 32, transparent, greyed), want: []string{"$.icons.outline icon-transparency"}},
		"white all over": {outline: picture(t, 32, 32, white, white), want: []string{"$.icons.outline icon-transparency"}},
		"empty outline":  {outline: picture(t, 32, 32, transparent, transparent), want: []string{"$.icons.outline icon-transparency"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManifest(t, acme())
			m.ColorIcon, m.OutlineIcon = tt.color, tt.outline
			assert.Equal(t, tt.want, broken(t, m.Validate()))

			app := acme()
			app.ColorIcon, app.OutlineIcon = tt.color, tt.outline
			_, err := manifest.New(app)
			assert.Equal(t, tt.want, broken(t, err))
		})
	}
}
