// Package redact keeps secrets out of everything that is printed: [Secret] hides a value, [Scrub]
// removes known secrets from a text.
package redact
