// Package novu sends Microsoft Teams notifications through Novu, and manages the agents that people
// write to.
//
// A backend that serves many customers, each with a Microsoft 365 tenant of its own, takes these steps.
// Each has its service of the [Client]:
//
//  1. [IntegrationsService.Create] stores the credentials of the bot, once.
//  2. [IntegrationsService.GenerateConnectOAuthURL] makes the address where a customer's administrator
//     consents. [ChannelConnectionsService.Wait] returns the connection that consent makes, with the
//     tenant's id as its workspace.
//  3. The app is installed in a team or for a person, in Teams or by Graph.
//  4. [ChannelEndpointsService.Create] maps a subscriber to a channel, a person or a Workflows webhook:
//     see [Endpoint].
//  5. [EventsService.Trigger] runs a workflow with a chat step for the subscriber.
//  6. [NotificationsService.Wait] tells what became of it.
//
// # Contexts
//
// A [ContextPayload] says which customer something belongs to. Novu compares sets of contexts as a
// whole: a trigger reaches only endpoints with exactly its contexts, and those only through connections
// with exactly the same. If nothing matches, Novu accepts the trigger and sends nothing. Use the same
// contexts on connection, endpoint and trigger.
//
// # Calls
//
// Every call takes a context first and options last. It returns an [*Error] whose text says what was
// attempted, what came back and what to do about it. Use [errors.Is] with the Err… values for its kind.
// What can't be right fails before anything is sent, as [ErrInvalidParams].
//
// # Retries
//
// What is repeated follows from the operation. Reads and idempotent writes are always repeated. Creates
// are repeated because they carry an identifier: a repeat collides with what an earlier attempt made,
// and is read back. Triggers are repeated with the same transaction ID, after at least one second. See
// [RetryPolicy] for how often and how long, and [WithIdempotencyKey] for repetitions of your own.
//
// Where nobody can know whether a request was carried out, the error is [ErrOutcomeUnknown]. It carries
// the identifier or the transaction ID that the call made, so that the call can be repeated.
//
// # Secrets
//
// A [Secret] prints as "[redacted]" wherever it is printed. Errors, logs and the printed form of every
// type here hold none.
//
// # Tests
//
// Package novutest is Novu and Microsoft on loopback.
package novu
