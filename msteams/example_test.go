package msteams_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// acme is a customer's tenant and the connection that its administrator's
// consent has made in Novu; in a program both are real.
func acme() (srv *novutest.Server, connection novu.ChannelConnection) {
	srv, err := novutest.Start(novutest.WithTenant(novutest.Tenant{
		ID:    "acme.example",
		Teams: []novutest.Team{{Name: "Operations", Channels: []novutest.Channel{{Name: "General"}, {Name: "Alerts"}}}},
		Users: []novutest.User{{Name: "Ada Lovelace", UPN: "ada@acme.example"}, {Name: "Alan Turing", UPN: "alan@acme.example"}},
	}))
	if err != nil {
		log.Fatal(err)
	}
	return srv, novu.ChannelConnection{Identifier: "acme", Workspace: novu.Workspace{ID: "acme.example"}}
}

// Let a customer choose the channel that notifications go to: both ids of the
// endpoint are on the channel.
func Example_channelEndpoint() {
	srv, connection := acme()
	defer srv.Close()
	ms := srv.MSTeams() // else: msteams.NewClientFromEnv()

	ctx := context.Background()
	var endpoint novu.MSTeamsChannelEndpoint
	tenant := ms.Tenant(connection.Workspace.ID)
	for team, err := range tenant.Directory(ctx) {
		if err = errors.Join(err, team.Err); err != nil {
			log.Fatal(err)
		}
		for _, channel := range team.Channels {
			fmt.Println(team.DisplayName, "/", channel.DisplayName)
			if channel.DisplayName == "Alerts" {
				endpoint = novu.MSTeamsChannelEndpoint{TeamID: channel.TeamID, ChannelID: channel.ID}
			}
		}
	}
	fmt.Println(endpoint.TeamID, endpoint.ChannelID)
	// Output:
	// Operations / General
	// Operations / Alerts
	// f79fa696-b798-4618-8d4d-29897fb49542 19:2429422a641f960fdc765363680e746d@thread.tacv2
}

// Notify one person of a team.
func Example_userEndpoint() {
	srv, connection := acme()
	defer srv.Close()
	tenant := srv.MSTeams().Tenant(connection.Workspace.ID)

	ctx := context.Background()
	for team, err := range tenant.Teams(ctx, msteams.ListTeamsParams{DisplayName: "Operations"}) {
		if err != nil {
			log.Fatal(err)
		}
		for member, err := range tenant.TeamRoster(ctx, team.ID) {
			if err != nil {
				log.Fatal(err)
			}
			if member.UserPrincipalName == "ada@acme.example" {
				endpoint := novu.MSTeamsUserEndpoint{UserID: member.ID}
				fmt.Println(member.Name, endpoint.UserID)
			}
		}
	}
	// Output: Ada Lovelace 29:1a7e8aab8e690806b03a8ab87c21646ded4768a48
}

// Install the bot where it has to write, and say hello.
func ExampleTenant_InstallInTeam() {
	srv, connection := acme()
	defer srv.Close()
	tenant := srv.MSTeams().Tenant(connection.Workspace.ID)

	ctx := context.Background()
	for channel, err := range channelsOf(ctx, tenant, "Operations") {
		if err != nil {
			log.Fatal(err)
		}
		app, err := tenant.CatalogApp(ctx, clientID) // the id in the app's manifest
		if err != nil {
			log.Fatal(err) // errors.Is(err, msteams.ErrAppNotInCatalog): it has to be uploaded first
		}
		if err := tenant.InstallInTeam(ctx, channel.TeamID, app.ID); err != nil {
			log.Fatal(err)
		}
		if _, err := tenant.SendToChannel(ctx, channel.TeamID, channel.ID, msteams.Message{Text: "Hello " + channel.DisplayName}); err != nil {
			log.Fatal(err)
		}
	}
	for _, message := range srv.Messages() {
		fmt.Println(message.Text)
	}
	// Output:
	// Hello General
	// Hello Alerts
}

// channelsOf lists the channels of the team with this name.
func channelsOf(ctx context.Context, tenant *msteams.Tenant, name string) func(func(msteams.Channel, error) bool) {
	return func(yield func(msteams.Channel, error) bool) {
		for team, err := range tenant.Teams(ctx, msteams.ListTeamsParams{DisplayName: name}) {
			if err != nil {
				yield(msteams.Channel{}, err)
				return
			}
			tenant.Channels(ctx, team.ID)(yield)
		}
	}
}

// Find out what an administrator still has to grant.
func ExampleTenant_Consent() {
	srv, err := novutest.Start(novutest.WithTenant(novutest.Tenant{
		ID: "acme.example", Roles: []string{msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog},
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	consent, err := srv.MSTeams().Tenant("acme.example").Consent(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("channels:", consent.Channels.OK())
	fmt.Println("direct messages:", consent.DirectMessages.OK(), consent.DirectMessages.MissingRequired)
	link, err := url.Parse(consent.URL)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("send the administrator to", link.Path)
	// Output:
	// channels: true
	// direct messages: false [TeamsAppInstallation.ReadWriteSelfForUser.All]
	// send the administrator to /_login/acme.example/v2.0/adminconsent
}

// An error says which door is locked, and what opens it.
func ExampleError() {
	srv, connection := acme()
	defer srv.Close()
	srv.Inject(novutest.SignInFault(7000222))

	for _, err := range srv.MSTeams().Tenant(connection.Workspace.ID).Teams(context.Background(), msteams.ListTeamsParams{}) {
		var e *msteams.Error
		if errors.Is(err, msteams.ErrSecretExpired) && errors.As(err, &e) {
			fmt.Println(e.Op, e.Tenant, e.Code)
			fmt.Println(e.Remedy)
		}
	}
	// Output:
	// list teams: get Graph token acme.example AADSTS7000222
	// make a new client secret and configure it here and in Novu
}
