// Package rest is the one way a request leaves this module: it builds the
// request, decides what may be repeated, reads the answer through a cap and
// keeps credentials out of whatever is printed.
//
// The packages above it say what an operation is (see [Kind]); what is retried
// follows from that and never from the status alone. The attempt loop and the
// rewinding of bodies are go-retryablehttp's.
package rest
