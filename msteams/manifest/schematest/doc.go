// Package schematest holds the manifests of package manifest against Microsoft's own JSON schemas. It is a module of its own so that
// the validator does not become a dependency of those who use the SDK. It has tests only.
package schematest
