package manifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

const manifestName = "manifest.json"

// WritePackage writes the app package: a zip with manifest.json and both icons at its root, under the names that the manifest gives
// them. Identical input makes identical bytes (with one release of Go: another may compress otherwise). It validates first and
// fails with a [*ValidationError] before anything is written; so it does where the manifest names files that are not in the package,
// a third icon or texts in other languages.
func (m *Manifest) WritePackage(w io.Writer) error {
	doc, problems := m.check()
	if err := asError(slices.Concat(problems, missingFiles(doc))); err != nil {
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
	colorName, outlineName := iconNames(doc)

	var buf bytes.Buffer
	archive := zip.NewWriter(&buf)
	for _, file := range []struct {
		name string
		data []byte
	}{{manifestName, text.Bytes()}, {colorName, colorIcon}, {outlineName, outlineIcon}} {
		w, err := archive.CreateHeader(&zip.FileHeader{
			Name:     file.name,
			Method:   zip.Deflate,
			Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the zip format's first day: the clock must not change the bytes
		})
		if err == nil {
			_, err = w.Write(file.data)
		}
		if err != nil {
			return nil, fmt.Errorf("manifest: add %s to package: %w", file.name, err)
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

// missingFiles finds the two common references to files that WritePackage would leave out.
func missingFiles(doc map[string]any) []Problem {
	const message = "names a file that the package would not hold; remove it, or zip the package with another tool"
	var problems []Problem
	if icons, _ := doc["icons"].(map[string]any); icons["color32x32"] != nil {
		problems = append(problems, Problem{"$.icons.color32x32", RuleFile, message})
	}
	languages, _ := doc["localizationInfo"].(map[string]any)
	for _, key := range []string{"defaultLanguageFile", "additionalLanguages"} {
		if languages[key] != nil {
			problems = append(problems, Problem{"$.localizationInfo." + key, RuleFile, message})
		}
	}
	return problems
}
