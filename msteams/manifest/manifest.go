// Package manifest builds, checks, reads and writes the Teams app package: the zip with
// manifest.json and two icons that an administrator uploads so that a bot may post notifications in
// an organization.
//
//	m, err := manifest.New(manifest.App{ClientID: clientID, Name: "Acme alerts", …})
//	err = m.WritePackage(file)
//
// [New] knows what a notification bot needs. [Parse] and [ReadPackage] take any manifest: whatever
// it holds is kept, known here or not, and [Manifest.Validate] names everything that is wrong with
// it at once.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Scope says where people can use the app.
type Scope string

// The scopes of a notification bot. Manifests spell the third "groupChat".
const (
	ScopeTeam      Scope = "team"
	ScopePersonal  Scope = "personal"
	ScopeGroupChat Scope = "groupChat"
)

// Developer is the organization that publishes the app. All fields are required; the URLs must be
// https.
type Developer struct {
	Name          string // at most 32 characters
	WebsiteURL    string // where users get support
	PrivacyURL    string
	TermsOfUseURL string
}

// App is what its owner knows about an app. Required are ClientID, Name, Description and Developer.
// A character is a Unicode code point, as in JSON Schema; whether Microsoft's upload counts an
// emoji as one or as two is not known.
type App struct {
	// ClientID is the application (client) id of the bot in Microsoft Entra, a GUID. It becomes the
	// bot's id and the app's own: Novu looks for the app in an organization's catalog by its client
	// id.
	ClientID string
	// Name is shown to users: at most 30 characters. FullName, at most 100, may add a longer form.
	Name, FullName string
	// Description is the line in lists: at most 80 characters. FullDescription, at most 4000,
	// defaults to it.
	Description, FullDescription string
	Developer                    Developer

	// Version of the app, MAJOR.MINOR.PATCH without a suffix; "1.0.0" where empty. A changed
	// package needs a higher one.
	Version string
	// AccentColor is "#RRGGBB"; indigo where empty. The color icon drawn by default uses it.
	AccentColor string
	// Scopes where the bot can be installed. Where empty they are team and personal, for channels
	// and direct messages, and for a conversational app groupChat too.
	Scopes []Scope
	// Conversational lets people write to the bot, as they do to an agent: the bot is not
	// notification-only and takes files. It also asks the owners of a team or chat for the messages
	// in which the bot is not mentioned: the resource-specific permissions
	// ChannelMessage.Read.Group in teams and ChatMessage.Read.Chat in group chats. Remove
	// authorization from Fields to do without.
	Conversational bool
	// GraphInstall adds webApplicationInfo, without which Graph does not let the app install itself
	// for a user. Set it where direct messages go to people who have not installed the app
	// (TeamsAppInstallation.ReadWriteSelfForUser.All).
	GraphInstall bool
	// ValidDomains are hosts such as "app.example.com" or "*.example.com": at most 16 up to schema
	// 1.27, 100 from 1.28.
	ValidDomains []string
	// SchemaVersion of the manifest, from "1.25" to "1.29"; "1.25" where empty.
	SchemaVersion string
	// Language is the tag of the language that the texts are in; "en-us" where empty. It counts
	// only beside Languages.
	Language string
	// Languages are the texts in other languages. People see those of the language that they use
	// Teams in.
	Languages []Language
	// ColorIcon (192×192) and OutlineIcon (32×32, white on transparent) are PNG files; a bell is
	// drawn where they are empty.
	ColorIcon, OutlineIcon []byte
}

// Manifest is a manifest.json and the other files of its package.
type Manifest struct {
	// Fields is manifest.json as decoded by encoding/json, numbers as [json.Number]. Microsoft's
	// schema has some forty properties and grows with each version; set those that [App] does not
	// have here.
	Fields map[string]any
	// ColorIcon and OutlineIcon are PNG files. Where one is empty, Validate does not check it and
	// WritePackage draws a bell.
	ColorIcon, OutlineIcon []byte
	// Files are the package's other files: texts in other languages, the small color icon, what an
	// agent needs. They are found by the name that the manifest gives them ("de.json",
	// "icons/color32.png"); a "./" in front of it does not count.
	Files map[string][]byte
}

const (
	defaultSchemaVersion = "1.25"
	oldestBuilt          = 25
	newestBuilt          = 29
)

// New returns a valid manifest for a bot, or a [*ValidationError] with everything in app that is
// missing or wrong, named by its place in manifest.json. With the team scope it declares
// supportsChannelFeatures, without which Microsoft refuses the upload.
func New(app App) (*Manifest, error) {
	m := &Manifest{Fields: app.fields(), ColorIcon: app.ColorIcon, OutlineIcon: app.OutlineIcon}
	var err error
	if m.Files, err = app.localize(m.Fields); err != nil {
		return nil, err
	}
	doc, problems := m.check()
	if minor, ok := minorVersion(doc["manifestVersion"]); ok && (minor < oldestBuilt || minor > newestBuilt) {
		problems = append([]Problem{{
			Path: "$.manifestVersion", Rule: RuleVersion,
			Message: fmt.Sprintf("is %v; manifests are built for 1.%d to 1.%d", doc["manifestVersion"], oldestBuilt, newestBuilt),
		}}, problems...)
	}
	if err := asError(problems); err != nil {
		return nil, err
	}
	m.Fields = doc
	return m, nil
}

func (app App) fields() map[string]any {
	schema := or(app.SchemaVersion, defaultSchemaVersion)
	scopes := app.scopes()
	name := map[string]any{"short": app.Name}
	if app.FullName != "" {
		name["full"] = app.FullName
	}
	fields := map[string]any{
		"$schema":         "https://developer.microsoft.com/json-schemas/teams/v" + schema + "/MicrosoftTeams.schema.json",
		"manifestVersion": schema,
		"version":         or(app.Version, "1.0.0"),
		"id":              app.ClientID,
		"name":            name,
		"description":     map[string]any{"short": app.Description, "full": or(app.FullDescription, app.Description)},
		"developer": map[string]any{
			"name":          app.Developer.Name,
			"websiteUrl":    app.Developer.WebsiteURL,
			"privacyUrl":    app.Developer.PrivacyURL,
			"termsOfUseUrl": app.Developer.TermsOfUseURL,
		},
		"icons":       map[string]any{"color": "color.png", "outline": "outline.png"},
		"accentColor": or(app.AccentColor, "#3B5BDB"),
	}
	bot := map[string]any{"botId": app.ClientID, "scopes": scopes, "isNotificationOnly": !app.Conversational}
	fields["bots"] = []any{bot}
	if slices.Contains(scopes, ScopeTeam) {
		fields["supportsChannelFeatures"] = "tier1"
	}
	if app.GraphInstall {
		fields["webApplicationInfo"] = map[string]any{"id": app.ClientID}
	}
	if app.Conversational {
		bot["supportsFiles"] = true
		app.askForMessages(fields, scopes)
	}
	if len(app.ValidDomains) > 0 {
		fields["validDomains"] = app.ValidDomains
	}
	return fields
}

func (app App) scopes() []Scope {
	switch {
	case len(app.Scopes) > 0:
		return app.Scopes
	case app.Conversational:
		return []Scope{ScopeTeam, ScopePersonal, ScopeGroupChat}
	}
	return []Scope{ScopeTeam, ScopePersonal}
}

// askForMessages adds the resource-specific permissions to read messages in which the bot is not
// mentioned.
func (app App) askForMessages(fields map[string]any, scopes []Scope) {
	var permissions []any
	for _, p := range []struct {
		scope Scope
		name  string
	}{
		{scope: ScopeTeam, name: "ChannelMessage.Read.Group"},
		{scope: ScopeGroupChat, name: "ChatMessage.Read.Chat"},
	} {
		if slices.Contains(scopes, p.scope) {
			permissions = append(permissions, map[string]any{"name": p.name, "type": "Application"})
		}
	}
	if len(permissions) == 0 {
		return
	}
	fields["authorization"] = map[string]any{"permissions": map[string]any{"resourceSpecific": permissions}}
	// Teams wants a resource beside such permissions, and does nothing with it.
	fields["webApplicationInfo"] = map[string]any{"id": app.ClientID, "resource": "https://notapplicable"}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// Parse reads the text of a manifest.json, with or without a byte order mark. It fails only where
// the text is not one JSON object; what that object says is for [Manifest.Validate] to judge.
func Parse(data []byte) (*Manifest, error) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, fmt.Errorf("manifest: parse manifest.json: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("manifest: parse manifest.json: text after the end of the object")
	}
	if fields == nil {
		return nil, errors.New("manifest: parse manifest.json: null instead of an object")
	}
	return &Manifest{Fields: fields}, nil
}

// MarshalJSON returns manifest.json: the fields, without the icons.
func (m *Manifest) MarshalJSON() ([]byte, error) {
	if m.Fields == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(m.Fields)
}

// UnmarshalJSON replaces the fields by those of a manifest.json, and leaves the icons alone.
func (m *Manifest) UnmarshalJSON(data []byte) error {
	parsed, err := Parse(data)
	if err != nil {
		return err
	}
	m.Fields = parsed.Fields
	return nil
}

// tree returns the fields as Parse would, whatever Go types a caller put into them.
func (m *Manifest) tree() (map[string]any, error) {
	data, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	parsed, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return parsed.Fields, nil
}
