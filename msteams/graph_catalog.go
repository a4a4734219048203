package msteams

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// CatalogApp is a Teams app in a tenant's catalog.
type CatalogApp struct {
	ID                 string `json:"id"`         // the catalog's, which is what is installed
	ExternalID         string `json:"externalId"` // the manifest's
	DisplayName        string `json:"displayName"`
	DistributionMethod string `json:"distributionMethod"` // "organization", "store", "sideloaded"
	// Version and PublishingState are those of the app's newest definition. Only
	// [Tenant.CatalogApp] fills them in.
	Version         string          `json:"version,omitempty"` // of the manifest: "1.0.0"
	PublishingState PublishingState `json:"publishingState,omitempty"`
	// ResourcePermissions are what the app asks the owners of a team or chat for, also of the
	// newest definition: see [WithResourceConsent].
	ResourcePermissions []ResourcePermission `json:"resourcePermissions,omitempty"`
}

// ResourcePermission is a resource-specific permission: what an app may do in the one team or chat
// that it is installed in.
type ResourcePermission struct {
	Name string `json:"permissionValue"` // "ChannelMessage.Read.Group"
	Type string `json:"permissionType"`  // "application" or "delegated"
}

// PublishingState says whether an app in the catalog can be installed. Values other than the
// constants may come.
type PublishingState string

// The publishing states that are known.
const (
	PublishingSubmitted PublishingState = "submitted" // waits for an administrator's approval
	PublishingRejected  PublishingState = "rejected"
	PublishingPublished PublishingState = "published"
)

// UnmarshalJSON reads an app with or without its definitions.
func (a *CatalogApp) UnmarshalJSON(data []byte) error {
	type definition struct {
		Version         text `json:"version"`
		PublishingState text `json:"publishingState"`
		Authorization   struct {
			Required struct {
				ResourceSpecific []ResourcePermission `json:"resourceSpecificPermissions"`
			} `json:"requiredPermissionSet"`
		} `json:"authorization"`
	}
	var wire struct {
		ID                 string       `json:"id"`
		ExternalID         string       `json:"externalId"`
		DisplayName        string       `json:"displayName"`
		DistributionMethod string       `json:"distributionMethod"`
		Definitions        []definition `json:"appDefinitions"`
	}
	if err := lenient(json.Unmarshal(data, &wire)); err != nil {
		return err
	}
	*a = CatalogApp{ID: wire.ID, ExternalID: wire.ExternalID, DisplayName: wire.DisplayName, DistributionMethod: wire.DistributionMethod}
	if len(wire.Definitions) > 0 {
		newest := slices.MaxFunc(wire.Definitions, func(a, b definition) int { return compareVersions(string(a.Version), string(b.Version)) })
		a.Version, a.PublishingState = string(newest.Version), PublishingState(newest.PublishingState)
		a.ResourcePermissions = newest.Authorization.Required.ResourceSpecific
	}
	return nil
}

// compareVersions compares versions such as 1.10.0 number by number; what is no number counts as
// zero.
func compareVersions(a, b string) int {
	numbers := func(version string) []int {
		var all []int
		for part := range strings.SplitSeq(version, ".") {
			n, _ := strconv.Atoi(part)
			all = append(all, n)
		}
		return all
	}
	return slices.Compare(numbers(a), numbers(b))
}

// CatalogApp finds an app that was uploaded to the tenant's catalog by the id in its manifest,
// which Novu takes to be the app's client id. If there is none the error is ErrAppNotInCatalog. It
// needs AppCatalog.Read.All. An app from the public store is not found here: its manifest id is its
// catalog id.
//
// API: GET /appCatalogs/teamsApps
func (t *Tenant) CatalogApp(ctx context.Context, manifestID string) (*CatalogApp, error) {
	const op = "find app in catalog"
	list := graphList[CatalogApp](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0/appCatalogs/teamsApps",
		Query: url.Values{
			"$filter": {"externalId eq " + literal(manifestID) + " and distributionMethod eq 'organization'"},
			"$expand": {"appDefinitions"},
		},
		Pace: t.graphPace(),
	}, checkParams(op).app("manifestID", manifestID))
	for app, err := range list {
		if err != nil {
			return nil, err
		}
		return &app, nil
	}
	return nil, t.notFound(op, "the catalog holds no app with the manifest id "+manifestID,
		"upload the app package in the Teams admin center, and check that its manifest's id is this one", ErrAppNotInCatalog)
}
