package manifest_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

// An entry goes into a zip as it stands, however wrong its header is.
type entry struct {
	header zip.FileHeader
	data   []byte
}

func stored(name string, data []byte) entry {
	size := uint64(len(data))
	return entry{zip.FileHeader{Name: name, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: size, UncompressedSize64: size}, data}
}

// deflated declares a size of its own choice.
func deflated(t testing.TB, name string, data []byte, declared uint64) entry {
	t.Helper()
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return entry{zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(buf.Len()), UncompressedSize64: declared}, buf.Bytes()}
}

func archiveOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		f, err := w.CreateRaw(&e.header)
		require.NoError(t, err)
		_, err = f.Write(e.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

func read(archive []byte) (*manifest.Manifest, error) {
	return manifest.ReadPackage(bytes.NewReader(archive), int64(len(archive)))
}

// parts are the three entries of a good package.
func parts(t testing.TB) []entry {
	t.Helper()
	names, files := unzip(t, write(t, newManifest(t, acme())))
	var all []entry
	for _, name := range names {
		all = append(all, stored(name, files[name]))
	}
	return all
}

func TestReadPackageReturnsWhatWasWritten(t *testing.T) {
	app := acme()
	app.ColorIcon = picture(t, 192, 192, red, white)
	app.OutlineIcon = picture(t, 32, 32, transparent, white)
	m := newManifest(t, app)
	got, err := read(write(t, m))
	require.NoError(t, err)
	assert.Equal(t, m, got)

	_, err = read(archiveOf(t, parts(t)...))
	assert.NoError(t, err, "stored rather than deflated")
}

func TestReadPackageRefusesDangerousEntries(t *testing.T) {
	symlink := stored("link.png", []byte("/etc/passwd"))
	symlink.header.SetMode(fs.ModeSymlink | 0o777)
	device := stored("dev.png", nil)
	device.header.SetMode(fs.ModeDevice | 0o666)
	encrypted := stored("secret.png", []byte("x"))
	encrypted.header.Flags |= 1
	method := stored("bzip.png", []byte("x"))
	method.header.Method = 12
	for name, c := range map[string]struct {
		extra entry
		want  string
	}{
		"parent folder":      {stored("../evil.png", nil), `"../evil.png" entry`},
		"hidden parent":      {stored("a/../../evil.png", nil), `"a/../../evil.png" entry`},
		"two dots":           {stored("..", nil), `".." entry`},
		"absolute":           {stored("/evil.png", nil), `"/evil.png" entry`},
		"Windows separators": {stored(`..\evil.png`, nil), `"..\\evil.png" entry`},
		"Windows drive":      {stored(`C:evil.png`, nil), `"C:evil.png" entry`},
		"folder":             {stored("icons/", nil), `"icons/" entry`},
		"file in a folder":   {stored("icons/color.png", nil), `"icons/color.png" entry`},
		"no name":            {stored("", nil), `"" entry`},
		"control characters": {stored("a\x1b[2J.png", nil), `"a\x1b[2J.png" entry`},
		"symbolic link":      {symlink, "link.png entry"},
		"device":             {device, "dev.png entry"},
		"encrypted":          {encrypted, "secret.png entry"},
		"other compression":  {method, "bzip.png entry"},
		"twice":              {stored("color.png", []byte("other")), "color.png entry"},
		"twice, by case":     {stored("MANIFEST.json", []byte("{}")), "MANIFEST.json entry"},
		"not wanted":         {stored("readme.txt", nil), "readme.txt unexpected"},
		"declared large":     {deflated(t, "bomb.png", nil, 1<<40), "bomb.png size"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := read(archiveOf(t, append(parts(t), c.extra)...))
			assert.Equal(t, []string{c.want}, broken(t, err))
			require.NotNil(t, m, "the manifest itself could be read")
			assert.Equal(t, clientID, m.Fields["id"])
		})
	}
}

func TestReadPackageJudgesNamesWhereTheZipPackageDoesToo(t *testing.T) {
	t.Setenv("GODEBUG", "zipinsecurepath=0")
	m, err := read(archiveOf(t, append(parts(t), stored("../evil.png", nil))...))
	assert.Equal(t, []string{`"../evil.png" entry`}, broken(t, err))
	assert.NotNil(t, m)
}

func TestReadPackageUnpacksOnlyWhatIsDeclared(t *testing.T) {
	p := parts(t)
	zeros := make([]byte, 4<<20)
	icon := p[1].data
	for name, c := range map[string]struct {
		colorEntry entry
		want       []string
	}{
		"much more":    {deflated(t, "color.png", zeros, 100), []string{"color.png size"}},
		"a bit more":   {deflated(t, "color.png", icon, uint64(len(icon)-1)), []string{"color.png size"}},
		"less":         {deflated(t, "color.png", icon, uint64(len(icon)+1)), []string{"color.png size"}},
		"honest bomb":  {deflated(t, "color.png", zeros, uint64(len(zeros))), []string{"color.png size", "$.icons.color required"}},
		"empty file":   {stored("color.png", nil), []string{"$.icons.color icon-format"}},
		"not there":    {stored("colored.png", icon), []string{"$.icons.color required", "colored.png unexpected"}},
		"other case":   {stored("Color.png", icon), []string{"$.icons.color required", "Color.png unexpected"}},
		"not deflated": {entry{zip.FileHeader{Name: "color.png", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 9}, []byte("\xff\xff\xff\xff")}, []string{"color.png size"}},
		"other bytes": {entry{zip.FileHeader{Name: "color.png", CRC32: 1, CompressedSize64: uint64(len(icon)), UncompressedSize64: uint64(len(icon))}, icon},
			[]string{"color.png size"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(archiveOf(t, p[0], c.colorEntry, p[2]))
			assert.Equal(t, c.want, broken(t, err))
		})
	}
}

func TestReadPackageChecksManifestAndIcons(t *testing.T) {
	p := parts(t)
	text := strings.Replace(string(p[0].data), `"1.0.0"`, `"1"`, 1)
	grey := picture(t, 32, 32, transparent, greyed)
	m, err := read(archiveOf(t, stored("manifest.json", []byte("\ufeff"+text)), p[1], stored("outline.png", grey), stored("x.txt", nil)))
	assert.Equal(t, []string{"x.txt unexpected", "$.version semver", "$.icons.outline icon-transparency"}, broken(t, err), "all at once")
	require.NotNil(t, m)
	assert.Equal(t, grey, m.OutlineIcon)
}

func TestReadPackageWithoutAReadableManifest(t *testing.T) {
	p := parts(t)
	locked := p[0]
	locked.header.Flags |= 1
	for name, c := range map[string]struct {
		entries []entry
		want    []string
	}{
		"empty zip":   {nil, []string{"manifest.json required"}},
		"missing":     {p[1:], []string{"manifest.json required"}},
		"in a folder": {[]entry{stored("app/manifest.json", p[0].data)}, []string{`"app/manifest.json" entry`, "manifest.json required"}},
		"encrypted":   {[]entry{locked}, []string{"manifest.json entry", "manifest.json required"}},
		"not JSON":    {[]entry{stored("manifest.json", []byte("{"))}, []string{"manifest.json type"}},
		"bomb":        {[]entry{deflated(t, "manifest.json", make([]byte, 2<<20), 10)}, []string{"manifest.json size"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := read(archiveOf(t, c.entries...))
			assert.Nil(t, m)
			assert.Equal(t, c.want, broken(t, err))
		})
	}
}

func TestReadPackageRefusesCrowds(t *testing.T) {
	var crowd []entry
	for i := range 65 {
		crowd = append(crowd, stored(fmt.Sprintf("%d.txt", i), nil))
	}
	_, err := read(archiveOf(t, crowd...))
	assert.Equal(t, []string{"zip size", "manifest.json required"}, broken(t, err))
}

func TestReadPackageOfSomethingElse(t *testing.T) {
	_, err := read([]byte("%PDF-1.7"))
	require.ErrorIs(t, err, zip.ErrFormat)
	assert.ErrorContains(t, err, "read package")

	reads := &counting{}
	_, err = manifest.ReadPackage(reads, 8<<20+1)
	require.ErrorContains(t, err, "8388609 bytes")
	assert.Zero(t, reads.n, "too large to look at")

	_, err = manifest.ReadPackage(&counting{}, 100)
	assert.ErrorIs(t, err, errUnreadable)
}

var errUnreadable = errors.New("bad sector")

type counting struct{ n int }

func (c *counting) ReadAt([]byte, int64) (int, error) {
	c.n++
	return 0, errUnreadable
}

var _ io.ReaderAt = (*counting)(nil)
