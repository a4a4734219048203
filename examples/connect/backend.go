package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
)

// backend is what the application works with: Novu, Microsoft, and the bot
// that both know.
type backend struct {
	novu  *novu.Client
	teams *msteams.Client
	bot   novu.MSTeamsCredentials
	demo  *demo // nil where the environment names a server
}

// newBackend uses the server that the environment names, else an emulator.
// Browsers come back to root after consent.
func newBackend(root string) (*backend, error) {
	if os.Getenv("NOVU_SECRET_KEY") == "" {
		return newDemo(root)
	}
	b := &backend{bot: novu.MSTeamsCredentials{
		ClientID:     os.Getenv("MSTEAMS_CLIENT_ID"),
		ClientSecret: novu.Secret(os.Getenv("MSTEAMS_CLIENT_SECRET")),
		TenantID:     os.Getenv("MSTEAMS_TENANT_ID"),
		RedirectURL:  root + "/connected",
	}}
	var err error
	if b.novu, err = novu.NewClientFromEnv(); err != nil {
		return nil, err
	}
	if b.teams, err = msteams.NewClientFromEnv(); err != nil {
		return nil, fmt.Errorf("%w; MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID are those of the bot's app registration", err)
	}
	return b, nil
}

func (b *backend) close() {
	if b.demo != nil {
		b.demo.server.Close()
	}
}

func (b *backend) about() string {
	if b.demo != nil {
		return "It runs on an emulator of Novu and Microsoft: nothing leaves this machine."
	}
	return "Redirect URI to register in Azure: " + b.novu.CallbackURL()
}

// The workflows that a test runs. A bot shows text as it is; a Workflows
// webhook shows nothing but a card, which is made when it is triggered.
const (
	textWorkflow = "connect-text"
	cardWorkflow = "connect-card"
)

// prepare creates what every customer shares, once. What is there stays as it
// is, credentials above all.
func (b *backend) prepare(ctx context.Context, integration string) error {
	if _, err := b.novu.Ping(ctx); err != nil {
		return err
	}
	_, err := b.novu.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Name: "Connect example", Identifier: integration, Active: true, Credentials: b.bot,
	})
	if err != nil && !errors.Is(err, novu.ErrConflict) {
		return err
	}
	for id, body := range map[string]string{textWorkflow: "{{payload.text}}", cardWorkflow: "{{payload.card}}"} {
		if err := b.prepareWorkflow(ctx, id, body); err != nil {
			return err
		}
	}
	for _, c := range customers {
		for _, id := range []string{c.subscriber(), c.webhookSubscriber()} {
			if _, err := b.novu.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: id, FirstName: c.Name}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *backend) prepareWorkflow(ctx context.Context, id, body string) error {
	_, err := b.novu.Workflows.Get(ctx, id)
	if errors.Is(err, novu.ErrNotFound) {
		_, err = b.novu.Workflows.Create(ctx, novu.CreateWorkflowParams{
			WorkflowID: id, Name: id, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", body)},
		})
	}
	return err
}

// appPackage describes the Teams app that an administrator uploads.
func (b *backend) appPackage() (*manifest.Manifest, error) {
	return manifest.New(manifest.App{
		ClientID: b.bot.ClientID, Name: "Connect example", Description: "Notifications from the connect example",
		Developer: manifest.Developer{
			Name: "Example", WebsiteURL: "https://example.com",
			PrivacyURL: "https://example.com/privacy", TermsOfUseURL: "https://example.com/terms",
		},
		GraphInstall: true,
	})
}
