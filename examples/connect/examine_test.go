package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/novutest"
)

func TestDoctorFindsNothing(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	b.addChannel("IT", "Alerts")
	b.post("/webhooks", "url", s.demo.sampleWebhook(customerByID("acme")))
	p := b.post("/doctor")
	assert.Contains(t, p.text, "Nothing is broken.")
	assert.Contains(t, p.text, "Endpoint IT / Alerts (ms_teams_channel)")
	assert.Contains(t, p.text, "Endpoint Workflows webhook (webhook)")
	assert.Empty(t, s.demo.server.Messages())
}

func TestDoctorFindsTheBrokenLink(t *testing.T) {
	srv, s := newEnvSite(t, novutest.WithTenant(novutest.NewTenant("", 1, 2, 1)))
	b := s.signedIn(t, "acme")
	b.connect()
	p := b.get("/channels")
	b.addChannel("Team 1", "Channel 2")
	srv.UninstallBot(p.field(t, "<strong>Channel 2", "channel"))
	examined := b.post("/doctor")
	assert.NotContains(t, examined.text, "Nothing is broken.")
	assert.Contains(t, examined.text, "Broken: the bot is not in the channel")
	assert.Contains(t, examined.text, "Install the app in the team")
}

func TestDoctorBeforeAnythingIsThere(t *testing.T) {
	b := newDemoSite(t).signedIn(t, "acme")
	p := b.post("/doctor")
	assert.Contains(t, p.text, "Broken:")
	assert.Contains(t, b.get("/doctor").text, "Examine")
}
