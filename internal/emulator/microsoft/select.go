package microsoft

import (
	"net/http"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// graphProperties are the properties that $select may name, by type.
var graphProperties = map[string][]string{
	"team": strings.Fields(`id displayName description internalId classification specialization visibility webUrl isArchived
		createdDateTime tenantId`),
	"channel": strings.Fields(`id displayName description membershipType email webUrl tenantId createdDateTime isFavoriteByDefault
		isArchived`),
	"user": strings.Fields(`id displayName userPrincipalName mail givenName surname jobTitle mobilePhone officeLocation
		preferredLanguage businessPhones accountEnabled userType`),
}

// selected is a list with no more than what $select names.
func (s *Server) selected(c *call, typ string, items []any) *reply {
	names, refused := selection(c, typ)
	if refused != nil {
		return refused
	}
	for i, item := range items {
		if object, isObject := item.(map[string]any); isObject {
			items[i] = only(names, object)
		}
	}
	return s.graphList(c, items)
}

func selectedOne(c *call, typ string, item map[string]any) *reply {
	names, refused := selection(c, typ)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusOK, only(names, item))
}

// selection are the names that $select lists, or none where it is not there. A
// property that the type has not is refused as Graph refuses it.
func selection(c *call, typ string) ([]string, *reply) {
	list := c.Query.Get("$select")
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if !slices.Contains(graphProperties[typ], names[i]) {
			return nil, graphError(c, http.StatusBadRequest, "BadRequest",
				"Parsing OData Select and Expand failed: Could not find a property named '"+names[i]+"' on type 'microsoft.graph."+typ+"'.")
		}
	}
	return names, nil
}

func only(names []string, item map[string]any) map[string]any {
	if names == nil {
		return item
	}
	kept := map[string]any{}
	for name, v := range item {
		if slices.Contains(names, name) || strings.HasPrefix(name, "@odata.") {
			kept[name] = v
		}
	}
	return kept
}
