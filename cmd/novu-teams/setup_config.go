package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
)

// setupFile is the configuration of a set-up as people write it.
type setupFile struct {
	UniqueName            string   `json:"uniqueName"`
	TenantID              string   `json:"tenantId"`
	IntegrationIdentifier string   `json:"integrationIdentifier"`
	RedirectURL           string   `json:"redirectUrl"`
	RedirectURIs          []string `json:"redirectUris"`
	App                   struct {
		Name            string   `json:"name"`
		FullName        string   `json:"fullName"`
		Description     string   `json:"description"`
		FullDescription string   `json:"fullDescription"`
		Version         string   `json:"version"`
		AccentColor     string   `json:"accentColor"`
		ColorIcon       string   `json:"colorIcon"`   // a file
		OutlineIcon     string   `json:"outlineIcon"` // a file
		Domains         []string `json:"validDomains"`
		Developer       struct {
			Name          string `json:"name"`
			WebsiteURL    string `json:"websiteUrl"`
			PrivacyURL    string `json:"privacyUrl"`
			TermsOfUseURL string `json:"termsOfUseUrl"`
		} `json:"developer"`
	} `json:"app"`
	Azure *struct {
		SubscriptionID string `json:"subscriptionId"`
		ResourceGroup  string `json:"resourceGroup"`
		Location       string `json:"location"`
		TenantID       string `json:"tenantId"`
	} `json:"azure"`
	DirectMessages     bool     `json:"directMessages"`
	InstallInTeams     []string `json:"installInTeams"`
	AgentIdentifier    string   `json:"agentIdentifier"`
	MessagingEndpoint  string   `json:"messagingEndpoint"`
	SecretLifetimeDays int      `json:"secretLifetimeDays"`
	ClientID           string   `json:"clientId"`
}

// readSetupConfig reads the configuration file. A key that means nothing is an error, since it was
// meant to mean something.
func readSetupConfig(name string) (setup.Config, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return setup.Config{}, fmt.Errorf("cannot read the configuration: %w", err)
	}
	var f setupFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return setup.Config{}, fmt.Errorf("cannot read the configuration in %s: %w", name, err)
	}
	return f.config()
}

func (f *setupFile) config() (setup.Config, error) {
	c := setup.Config{
		UniqueName: f.UniqueName, TenantID: f.TenantID, IntegrationIdentifier: f.IntegrationIdentifier, RedirectURL: f.RedirectURL,
		RedirectURIs: f.RedirectURIs,
		App: manifest.App{
			Name: f.App.Name, FullName: f.App.FullName, Description: f.App.Description, FullDescription: f.App.FullDescription,
			Version: f.App.Version, AccentColor: f.App.AccentColor, ValidDomains: f.App.Domains,
			Developer: manifest.Developer(f.App.Developer),
		},
		DirectMessages: f.DirectMessages, InstallInTeams: f.InstallInTeams, AgentIdentifier: f.AgentIdentifier,
		MessagingEndpoint: f.MessagingEndpoint, SecretLifetime: time.Duration(f.SecretLifetimeDays) * 24 * time.Hour, ClientID: f.ClientID,
	}
	if f.Azure != nil {
		azure := setup.Azure(*f.Azure)
		c.Azure = &azure
	}
	var err error
	if c.App.ColorIcon, err = readIcon("app.colorIcon", f.App.ColorIcon); err != nil {
		return c, err
	}
	c.App.OutlineIcon, err = readIcon("app.outlineIcon", f.App.OutlineIcon)
	return c, err
}
