// Package novu sends Microsoft Teams notifications through Novu.
//
// A backend that serves many customers, each with a Microsoft 365 tenant of its
// own, goes through these steps, each with its service of the [Client]:
//
//  1. [IntegrationsService.Create] stores the credentials of the bot, once.
//  2. [IntegrationsService.GenerateConnectOAuthURL] makes the address where a
//     customer's administrator consents, and
//     [ChannelConnectionsService.Wait] returns the connection that consent
//     makes, with the tenant's id as its workspace.
//  3. The app is installed in a team or for a person, in Teams or by Graph.
//  4. [ChannelEndpointsService.Create] maps a subscriber to a channel, a person
//     or a Workflows webhook: see [Endpoint].
//  5. [EventsService.Trigger] runs a workflow with a chat step for the
//     subscriber.
//
// # Contexts
//
// A [ContextPayload] says which customer something belongs to. Novu compares
// sets of contexts as a whole: a trigger reaches only endpoints with exactly its
// contexts, and those only through connections with exactly the same. A trigger
// that matches nothing is accepted and sends nothing. Give all three the same.
//
// # Calls
//
// Every call takes a context first and options last, and returns an [*Error]
// whose text says what was attempted, what came back and what to do about it.
// Use [errors.Is] with the Err… values for its kind. What can't be right fails
// before anything is sent, as [ErrInvalidParams].
//
// # Retries
//
// What is repeated follows from the operation: reads and idempotent writes
// always; creates because they carry an identifier made here, so that a repeat
// meets itself; triggers under one transaction id, not before a second has
// passed. See [RetryPolicy] for how often and how long, and [WithIdempotencyKey]
// for repetitions of your own.
//
// # Secrets
//
// A [Secret] prints as "[redacted]" wherever it is printed. Errors, logs and the
// printed form of every type here hold none.
//
// # Tests
//
// The package novutest is Novu and Microsoft on loopback.
package novu
