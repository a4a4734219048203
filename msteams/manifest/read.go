package manifest

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// What ReadPackage is willing to read. A manifest takes a few kilobytes, an icon seldom a hundred.
const (
	maxArchive = 8 << 20
	maxFile    = 1 << 20
	maxEntries = 64
)

// ReadPackage reads an app package and checks it: its entries first, then the manifest and both icons as [Manifest.Validate] does.
// Everything wrong is in one [*ValidationError]; where manifest.json could be read all the same, the manifest is returned beside
// the error. Any other error means that r is not a zip, cannot be read, or is larger than 8 MiB.
//
// A package may come from anyone: of at most 64 entries only the manifest and its icons are unpacked, up to 1 MiB each, and none
// that is encrypted, a link, in a folder, listed twice, or not as large as it says.
func ReadPackage(r io.ReaderAt, size int64) (*Manifest, error) {
	if size > maxArchive {
		return nil, fmt.Errorf("manifest: read package: %d bytes, at most %d are read", size, maxArchive)
	}
	archive, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are judged below, with all the rest
		return nil, fmt.Errorf("manifest: read package: %w", err)
	}
	p := &packageReader{files: map[string]*zip.File{}}
	p.list(archive.File)
	m := p.manifest()
	if m == nil {
		return nil, asError(p.problems)
	}
	icons := p.icons(m)
	_, problems := m.check()
	p.unexpected(icons)
	return m, asError(slices.Concat(p.problems, problems))
}

type packageReader struct {
	files    map[string]*zip.File // the entries that are safe to unpack
	names    []string             // theirs, in order
	problems []Problem
}

func (p *packageReader) add(path string, rule Rule, format string, args ...any) {
	p.problems = append(p.problems, Problem{path, rule, fmt.Sprintf(format, args...)})
}

func (p *packageReader) list(entries []*zip.File) {
	if len(entries) > maxEntries {
		p.add("zip", RuleSize, "has %d entries, at most %d are read", len(entries), maxEntries)
		return
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		name := quoteName(entry.Name)
		folded := strings.ToLower(entry.Name) // systems that ignore case would unpack the second over the first
		if seen[folded] {
			p.add(name, RuleEntry, "is in the zip twice")
			continue
		}
		seen[folded] = true
		if rule, message := judge(entry); rule != "" {
			p.add(name, rule, "%s", message)
			continue
		}
		p.files[entry.Name] = entry
		p.names = append(p.names, entry.Name)
	}
}

// judge looks at what the zip says about an entry, without unpacking it.
func judge(entry *zip.File) (Rule, string) {
	const encrypted, strong, masked = 1 << 0, 1 << 6, 1 << 13
	switch {
	case !atRoot(entry.Name):
		return RuleEntry, "is not a plain file name; manifest.json and the icons stand at the root of the zip"
	case !entry.Mode().IsRegular():
		return RuleEntry, "is not a regular file but " + entry.Mode().Type().String()
	case entry.Flags&(encrypted|strong|masked) != 0:
		return RuleEntry, "is encrypted"
	case entry.Method != zip.Store && entry.Method != zip.Deflate:
		return RuleEntry, fmt.Sprintf("is compressed by method %d; want deflate, or none", entry.Method)
	case entry.UncompressedSize64 > maxFile:
		return RuleSize, fmt.Sprintf("would unpack to %d bytes, at most %d are read", entry.UncompressedSize64, maxFile)
	}
	return "", ""
}

// unpack returns an entry's content, nil after reporting why not.
func (p *packageReader) unpack(entry *zip.File) []byte {
	name := quoteName(entry.Name)
	r, err := entry.Open()
	if err != nil {
		p.add(name, RuleEntry, "cannot be unpacked: %v", err)
		return nil
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case len(data) > maxFile:
		p.add(name, RuleSize, "unpacks to more than %d bytes", maxFile)
		return nil
	case err != nil:
		p.add(name, RuleSize, "does not unpack to the %d bytes that the zip declares: %v", entry.UncompressedSize64, err)
		return nil
	}
	return data
}

func (p *packageReader) manifest() *Manifest {
	entry := p.files[manifestName]
	if entry == nil {
		p.add(manifestName, RuleRequired, "is not at the root of the zip, or is not safe to read")
		return nil
	}
	data := p.unpack(entry)
	if data == nil {
		return nil
	}
	m, err := Parse(data)
	if err != nil {
		p.add(manifestName, RuleType, "is not a JSON object: %v", err)
		return nil
	}
	return m
}

// icons fills in the manifest's icons and returns their names.
func (p *packageReader) icons(m *Manifest) []string {
	colorName, outlineName := iconNames(m.Fields)
	m.ColorIcon = p.icon("$.icons.color", colorName)
	m.OutlineIcon = p.icon("$.icons.outline", outlineName)
	return []string{colorName, outlineName}
}

func (p *packageReader) icon(path, name string) []byte {
	if name == "" || name == manifestName {
		return nil // the manifest's own check says so
	}
	entry := p.files[name]
	if entry == nil {
		p.add(path, RuleRequired, "is %s, which is not in the zip, or not safe to read", quote(name))
		return nil
	}
	data := p.unpack(entry)
	if data != nil && len(data) == 0 {
		p.add(path, RuleIconFormat, "is an empty file")
	}
	return data
}

func (p *packageReader) unexpected(icons []string) {
	for _, name := range p.names {
		if name != manifestName && !slices.Contains(icons, name) {
			p.add(quoteName(name), RuleUnexpected, "is neither manifest.json nor one of its icons")
		}
	}
}

// quoteName leaves a plain name as it is and quotes one that could upset a terminal or a reader.
func quoteName(name string) string {
	if atRoot(name) && len(name) <= 60 {
		return name
	}
	return quote(name)
}
