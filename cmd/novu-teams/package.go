package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/novu-go/novu/msteams/manifest"
)

// flagOf maps places in manifest.json to the flag that fills them.
var flagOf = map[string]string{
	"$.manifestVersion":         "-schema",
	"$.version":                 "-version",
	"$.id":                      "-client-id",
	"$.name.short":              "-name",
	"$.name.full":               "-full-name",
	"$.description.short":       "-description",
	"$.description.full":        "-full-description",
	"$.developer.name":          "-developer",
	"$.developer.websiteUrl":    "-website",
	"$.developer.privacyUrl":    "-privacy",
	"$.developer.termsOfUseUrl": "-terms",
	"$.accentColor":             "-accent",
	"$.icons.color":             "-color-icon",
	"$.icons.outline":           "-outline-icon",
}

const packageHelp = `Writes the Teams app package of a notification bot, a zip file that an
administrator uploads.

  novu-teams package -client-id 11111111-2222-3333-4444-555555555555 \
    -name "Acme alerts" -description "Alerts from Acme" -developer Acme \
    -website https://acme.example -privacy https://acme.example/privacy \
    -terms https://acme.example/terms -graph-install
`

type packageFlags struct {
	app                                                  manifest.App
	out, scopes, domains, colorIconFile, outlineIconFile string
}

func runPackage(_ context.Context, args []string, c console) error {
	o := &packageFlags{}
	flags := o.flags()
	if err := parseFlags(flags, args, c); err != nil {
		return err
	}
	archive, err := o.build()
	if err != nil {
		return misuse("%w", err)
	}
	if err := os.WriteFile(o.out, archive, 0o644); err != nil {
		return fmt.Errorf("cannot write the package: %w; choose another place with -out", err)
	}
	_, err = fmt.Fprintf(c.out, "Wrote %s (%d bytes). Next: upload it in the Teams admin center under Teams apps > Manage apps.\n", o.out, len(archive))
	return err
}

// build makes the package. Each of its errors is about a flag.
func (o *packageFlags) build() (archive []byte, err error) {
	for _, scope := range split(o.scopes) {
		o.app.Scopes = append(o.app.Scopes, manifest.Scope(scope))
	}
	o.app.ValidDomains = split(o.domains)
	if o.app.ColorIcon, err = readIcon("-color-icon", o.colorIconFile); err != nil {
		return nil, err
	}
	if o.app.OutlineIcon, err = readIcon("-outline-icon", o.outlineIconFile); err != nil {
		return nil, err
	}
	m, err := manifest.New(o.app)
	if err != nil {
		return nil, explain(err)
	}
	var buffer bytes.Buffer
	if err := m.WritePackage(&buffer); err != nil {
		return nil, explain(err)
	}
	return buffer.Bytes(), nil
}

func (o *packageFlags) flags() *flag.FlagSet {
	f := newFlags("package", packageHelp)
	f.StringVar(&o.out, "out", "app.zip", "`file` to write; one that exists is replaced")
	f.StringVar(&o.app.ClientID, "client-id", os.Getenv("MSTEAMS_CLIENT_ID"), "the bot's application (client) `id` in Microsoft Entra, a GUID; by default $MSTEAMS_CLIENT_ID")
	f.StringVar(&o.app.Name, "name", "", "`name` of the app, at most 30 characters (required)")
	f.StringVar(&o.app.FullName, "full-name", "", "longer `name`, at most 100 characters")
	f.StringVar(&o.app.Description, "description", "", "what the app does, a `text` of at most 80 characters (required)")
	f.StringVar(&o.app.FullDescription, "full-description", "", "longer `text`, at most 4000 characters; by default the description")
	f.StringVar(&o.app.Version, "version", "1.0.0", "`version` of the app, three numbers; raise it with each upload")
	f.StringVar(&o.app.Developer.Name, "developer", "", "`name` of your organization, at most 32 characters (required)")
	f.StringVar(&o.app.Developer.WebsiteURL, "website", "", "https `URL` where users get support (required)")
	f.StringVar(&o.app.Developer.PrivacyURL, "privacy", "", "https `URL` of the privacy statement (required)")
	f.StringVar(&o.app.Developer.TermsOfUseURL, "terms", "", "https `URL` of the terms of use (required)")
	f.StringVar(&o.app.AccentColor, "accent", "", "`color` as #RRGGBB, also of the icon drawn by default")
	f.StringVar(&o.scopes, "scopes", "team,personal", "where the app can be installed: a `list` of team, personal, groupChat")
	f.BoolVar(&o.app.Conversational, "conversational", false, "let people write to the bot, for an agent; without it Teams shows them no field to write into")
	f.BoolVar(&o.app.GraphInstall, "graph-install", false, "let Graph install the app for users, so that direct messages reach people who have not installed it")
	f.StringVar(&o.domains, "domains", "", "`list` of hosts that the app shows pages from, such as app.example.com,*.example.com")
	f.StringVar(&o.app.SchemaVersion, "schema", "1.25", "`version` of Microsoft's manifest schema, 1.25 to 1.29")
	f.StringVar(&o.colorIconFile, "color-icon", "", "PNG `file` of 192×192 pixels; by default a bell is drawn")
	f.StringVar(&o.outlineIconFile, "outline-icon", "", "PNG `file` of 32×32 pixels, white on transparent; by default a bell is drawn")
	return f
}

// explain puts each problem into the words of the flags.
func explain(err error) error {
	var invalid *manifest.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	lines := []string{"the package was not written; correct these flags:"}
	for _, p := range invalid.Problems {
		name, known := flagOf[p.Path]
		switch {
		case strings.HasSuffix(p.Path, ".botId"): // the client id again
			continue
		case strings.HasPrefix(p.Path, "$.bots"):
			name = "-scopes"
		case strings.HasPrefix(p.Path, "$.validDomains"):
			name = "-domains"
		case strings.HasPrefix(p.Path, "$.webApplicationInfo"):
			continue
		case p.Path == "$.description.full" && p.Rule == manifest.RuleRequired: // the short one again
			continue
		case !known:
			name = p.Path
		}
		lines = append(lines, "  "+name+" "+p.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}

func readIcon(flagName, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the icon: %w; correct %s, or leave it out and a bell is drawn", err, flagName)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("the icon %s is an empty file; correct %s, or leave it out and a bell is drawn", file, flagName)
	}
	return data, nil
}

func split(list string) []string {
	var items []string
	for _, item := range strings.Split(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
