package manifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const manifestName = "manifest.json"

// WritePackage writes the app package: a zip with manifest.json, both icons and the Files, under
// the names that the manifest gives them. Identical input makes identical bytes (with one release
// of Go: another may compress otherwise). It validates first and fails with a [*ValidationError]
// before anything is written. It does so too where the manifest names a file that Files does not
// hold, and where Files holds one that nothing names.
func (m *Manifest) WritePackage(w io.Writer) error {
	doc, problems := m.check()
	if err := asError(slices.Concat(problems, m.fileProblems(doc))); err != nil {
		return err
	}
	archive, err := m.zip(doc)
	if err != nil {
		return err
	}
	if _, err := w.Write(archive); err != nil {
		return fmt.Errorf("manifest: write package: %w", err)
	}
	return nil
}

func (m *Manifest) zip(doc map[string]any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("manifest: write %s: %w", manifestName, err)
	}
	colorIcon, outlineIcon, err := m.iconsOrDefaults(doc)
	if err != nil {
		return nil, err
	}
	files := m.files()
	colorName, outlineName := iconNames(doc)
	names := append([]string{manifestName, colorName, outlineName}, slices.Sorted(maps.Keys(files))...)
	files[manifestName], files[colorName], files[outlineName] = text.Bytes(), colorIcon, outlineIcon

	var buf bytes.Buffer
	archive := zip.NewWriter(&buf)
	for _, name := range names {
		w, err := archive.CreateHeader(&zip.FileHeader{
			Name:     name,
			Method:   zip.Deflate,
			Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the zip format's first day: the clock must not change the bytes
		})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("manifest: add %s to package: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("manifest: finish package: %w", err)
	}
	return buf.Bytes(), nil
}

func (m *Manifest) iconsOrDefaults(doc map[string]any) (colorIcon, outlineIcon []byte, err error) {
	colorIcon, outlineIcon = m.ColorIcon, m.OutlineIcon
	if len(colorIcon) == 0 {
		accent, _ := doc["accentColor"].(string)
		if colorIcon, err = drawColorIcon(accent); err != nil {
			return nil, nil, err
		}
	}
	if len(outlineIcon) == 0 {
		outlineIcon = bellOutline
	}
	return colorIcon, outlineIcon, nil
}

// files returns a copy of Files under the names as they stand in the zip. It leaves out those that
// can't.
func (m *Manifest) files() map[string][]byte {
	files := make(map[string][]byte, len(m.Files)+3)
	for given, data := range m.Files {
		if name, ok := cleanName(given); ok {
			files[name] = data
		}
	}
	return files
}

// fileProblems reports the differences between the files that the manifest names and those that are
// there.
func (m *Manifest) fileProblems(doc map[string]any) []Problem {
	files := m.files()
	color, outline := iconNames(doc)
	problems := missingFiles(doc, func(name string) bool {
		_, has := files[name]
		return has || name == color || name == outline
	}, RuleFile, "Files")
	seen := map[string]bool{strings.ToLower(color): true, strings.ToLower(outline): true}
	for _, given := range slices.Sorted(maps.Keys(m.Files)) {
		name, _ := cleanName(given)
		folded := strings.ToLower(name) // systems that ignore case would unpack the second over the first
		if rule, message := packageFile(given); rule != "" {
			problems = append(problems, Problem{Path: quoteName(given), Rule: rule, Message: message})
		} else if seen[folded] {
			problems = append(problems, Problem{Path: quoteName(given), Rule: RuleFile, Message: "is in the package twice; icons belong into ColorIcon and OutlineIcon"})
		}
		seen[folded] = true
	}
	for _, name := range unnamedFiles(doc, slices.Sorted(maps.Keys(files)), func(name string) []byte { return files[name] }) {
		problems = append(problems, Problem{Path: quoteName(name), Rule: RuleUnexpected, Message: "is named nowhere in the manifest"})
	}
	return problems
}
