// Package compatibility compares this SDK with what others define: manifests with Microsoft's JSON
// schemas, and webhook messages with those of go-teams-notify. It plays the journeys of the official
// clients on the emulator. It has tests only, and is a module of its own so that users of the SDK do
// not inherit the dependencies.
package compatibility
