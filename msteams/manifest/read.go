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
	maxFiles   = 16 << 20 // all of them, unpacked
	maxEntries = 64
)

// ReadPackage reads an app package and checks it: its entries first, then the manifest, the icons
// and the texts in other languages as [Manifest.Validate] does. Every file that the manifest names
// must be in the package, and every file in the package must be named by the manifest or by a file
// that it names. Everything wrong is in one [*ValidationError]; where manifest.json could be read
// all the same, the manifest is returned beside the error. Any other error means that r is not a
// zip, can't be read, or is larger than 8 MiB.
//
// A package may come from anyone. Of at most 64 entries only those that are named are unpacked, up
// to 1 MiB each and 16 MiB together, and none that is encrypted, a link, listed twice, outside of
// the package, or not as large as it says.
func ReadPackage(r io.ReaderAt, size int64) (*Manifest, error) {
	if size > maxArchive {
		return nil, fmt.Errorf("manifest: read package: %d bytes, at most %d are read", size, maxArchive)
	}
	archive, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are judged below, with all the rest
		return nil, fmt.Errorf("manifest: read package: %w", err)
	}
	p := &packageReader{files: map[string]*zip.File{}, contents: map[string][]byte{}}
	p.list(archive.File)
	m := p.manifest()
	if m == nil {
		return nil, asError(p.problems)
	}
	p.icons(m)
	p.otherFiles(m)
	_, problems := m.check()
	return m, asError(slices.Concat(p.problems, problems))
}

type packageReader struct {
	files    map[string]*zip.File // the entries that are safe to unpack
	names    []string             // theirs, in order
	folders  []string
	contents map[string][]byte // what has been unpacked, nil where that failed
	total    int
	problems []Problem
}

func (p *packageReader) add(path string, rule Rule, format string, args ...any) {
	p.problems = append(p.problems, Problem{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)})
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
		if strings.HasSuffix(entry.Name, "/") {
			p.folders = append(p.folders, entry.Name)
			continue
		}
		p.files[entry.Name] = entry
		p.names = append(p.names, entry.Name)
	}
	for _, folder := range p.folders { // one that holds files comes from a program that zips folders
		if !slices.ContainsFunc(p.names, func(name string) bool { return strings.HasPrefix(name, folder) }) {
			p.add(quoteName(folder), RuleEntry, "is an empty folder")
		}
	}
}

// judge looks at what the zip says about an entry, without unpacking it.
func judge(entry *zip.File) (Rule, string) {
	const encrypted, strong, masked = 1 << 0, 1 << 6, 1 << 13
	name, ok := cleanName(strings.TrimSuffix(entry.Name, "/"))
	folder := strings.HasSuffix(entry.Name, "/")
	switch {
	case !ok || name != strings.TrimSuffix(entry.Name, "/"):
		return RuleEntry, "is not the plain name of a file in the package"
	case folder && entry.UncompressedSize64 > 0:
		return RuleEntry, "is a folder that claims to have content"
	case !folder && !entry.Mode().IsRegular():
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

// content returns an entry's content, nil after reporting why not.
func (p *packageReader) content(name string) []byte {
	if data, done := p.contents[name]; done {
		return data
	}
	data := p.unpack(p.files[name])
	p.contents[name] = data
	return data
}

func (p *packageReader) unpack(entry *zip.File) []byte {
	name := quoteName(entry.Name)
	r, err := entry.Open()
	if err != nil {
		p.add(name, RuleEntry, "cannot be unpacked: %v", err)
		return nil
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	p.total += len(data)
	switch {
	case len(data) > maxFile:
		p.add(name, RuleSize, "unpacks to more than %d bytes", maxFile)
		return nil
	case err != nil:
		p.add(name, RuleSize, "does not unpack to the %d bytes that the zip declares: %v", entry.UncompressedSize64, err)
		return nil
	case p.total > maxFiles:
		p.add(name, RuleSize, "brings the package to more than %d bytes, unpacked", maxFiles)
		return nil
	}
	return data
}

func (p *packageReader) manifest() *Manifest {
	if p.files[manifestName] == nil {
		for _, name := range p.names {
			if strings.HasSuffix(name, "/"+manifestName) {
				p.add(quoteName(name), RuleEntry, "is in a folder; zip the files, not the folder that they are in")
			}
		}
		p.add(manifestName, RuleRequired, "is not at the root of the zip, or is not safe to read")
		return nil
	}
	data := p.content(manifestName)
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

// icons fills in the manifest's icons.
func (p *packageReader) icons(m *Manifest) {
	colorName, outlineName := iconNames(m.Fields)
	m.ColorIcon = p.icon("$.icons.color", colorName)
	m.OutlineIcon = p.icon("$.icons.outline", outlineName)
}

func (p *packageReader) icon(path, name string) []byte {
	if name == "" || name == manifestName {
		return nil // the manifest's own check says so
	}
	if p.files[name] == nil {
		p.add(path, RuleRequired, "is %s, which is not in the zip, or not safe to read", quote(name))
		return nil
	}
	data := p.content(name)
	if data != nil && len(data) == 0 {
		p.add(path, RuleIconFormat, "is an empty file")
	}
	return data
}

// otherFiles fills in the manifest's files and reports those that are missing or that nothing
// names.
func (p *packageReader) otherFiles(m *Manifest) {
	missing := missingFiles(m.Fields, func(name string) bool { return p.files[name] != nil }, RuleRequired, "the zip, or not safe to read")
	p.problems = append(p.problems, missing...)
	unnamed := unnamedFiles(m.Fields, p.names, p.content)
	color, outline := iconNames(m.Fields)
	for _, name := range p.names {
		switch {
		case name == manifestName || name == color || name == outline:
		case !slices.Contains(unnamed, name):
			if data := p.content(name); data != nil {
				if m.Files == nil {
					m.Files = map[string][]byte{}
				}
				m.Files[name] = data
			}
		case strings.Contains(name, "/"):
			p.add(quoteName(name), RuleEntry, "is in a folder, and nothing in the package names it")
		default:
			p.add(quoteName(name), RuleUnexpected, "is neither manifest.json nor named by it")
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
