// Package rest is the one way a request leaves this module. It builds the request, sends it, reads
// the answer, decides whether to send again, and waits.
//
// The packages above it say what an operation is (see [Kind]). What is repeated follows from that,
// never from the status alone. Read pipeline.go first: it has the steps in their order. table.go is
// the retry table. The loop itself and the rewinding of bodies are go-retryablehttp's.
package rest
