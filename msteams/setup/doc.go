// Package setup makes Microsoft and Novu ready for a bot that notifies people in
// Teams: the app registration, its permissions and their consent, a secret, the
// Azure Bot and its Teams channel, the app package in the organization's
// catalog, and the integration in Novu. It finds what exists, says what is
// missing, makes it, and can be run again at any time.
//
//	s, err := setup.New(client, setup.Config{
//		UniqueName: "novu-teams-acme", TenantID: tenantID, IntegrationIdentifier: "msteams",
//		App:   manifest.App{Name: "Acme alerts", …},
//		Azure: &setup.Azure{SubscriptionID: subscription, ResourceGroup: "teams"},
//	}, setup.Identities{Directory: setup.AzureCLI(), Catalog: person, Azure: setup.AzureCLI()})
//	plan, err := s.Plan(ctx)
//	fmt.Print(plan)
//	result, err := s.Apply(ctx, plan)
//
// There is no state file and no lock. Everything is found again by its key: the
// application by its unique name, the bot and the catalog entry by the
// application's client id, the integration by its identifier. The application's
// tags say what can't be read elsewhere, such as which secret Novu holds.
//
// No identity of Microsoft's may do all of this, so [Identities] has three
// doors. What only a person may do becomes a step with [ActionAsk] and a link,
// and everything else is done without it.
//
// The package was proven against Microsoft's documents and this module's
// emulator, not against a live tenant.
package setup
