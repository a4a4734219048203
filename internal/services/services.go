// Package services carries from package msteams to package setup how
// Microsoft's services are reached.
package services

import "github.com/novu-go/novu/internal/rest"

// Microsoft is the services that package setup sends its requests to.
type Microsoft struct {
	Graph      *rest.Client // below Graph's root, without a credential
	GraphScope string

	ResourceManager      *rest.Client // below Azure Resource Manager's root, without a credential
	ResourceManagerScope string

	Login         string // root of the sign-in service, for links
	GCC           bool   // the government community cloud, on the public hosts
	CatalogUpload bool   // whether the cloud lets apps be uploaded to the catalog
}
