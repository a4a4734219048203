package setup

import (
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/msteams"
)

const (
	graphAppID = "00000003-0000-0000-c000-000000000000" // Microsoft Graph, in every tenant

	multiTenant            = "AzureADMultipleOrgs"
	multiTenantAndPersonal = "AzureADandPersonalMicrosoftAccount"
	allPrincipals          = "AllPrincipals"

	typeRole, typeScope = "Role", "Scope"

	keyName   = "novu-go "     // what the names of our secrets begin with
	tagSetup  = "novu-setup="  // made by a Setup with this unique name
	tagKey    = "novu-key="    // the id of the secret that was handed to Novu
	tagRetire = "novu-retire=" // <key id>@<time>: an old secret, and when it may go

	selectApplication      = "id,appId,uniqueName,displayName,signInAudience,web,requiredResourceAccess,passwordCredentials,tags,disabledByMicrosoftStatus,createdDateTime,deletedDateTime"
	selectServicePrincipal = "id,appId,displayName"
	selectGraphPrincipal   = "id,appRoles,oauth2PermissionScopes"

	replicationWindow = 20 * time.Minute // after its creation a 404 for an application means nothing
)

// application is an app registration, as far as Setup looks at it.
type application struct {
	ID                  string `json:"id"`
	AppID               string `json:"appId"`
	UniqueName          string `json:"uniqueName"`
	DisplayName         string `json:"displayName"`
	SignInAudience      string `json:"signInAudience"`
	DisabledByMicrosoft string `json:"disabledByMicrosoftStatus"`
	Web                 struct {
		RedirectURIs []string `json:"redirectUris"`
	} `json:"web"`
	RequiredResourceAccess []resourceAccess     `json:"requiredResourceAccess"`
	PasswordCredentials    []passwordCredential `json:"passwordCredentials"`
	Tags                   []string             `json:"tags"`
	CreatedAt              time.Time            `json:"createdDateTime"`
	DeletedAt              *time.Time           `json:"deletedDateTime"`

	readAt time.Time // on Microsoft's clock
}

type resourceAccess struct {
	ResourceAppID  string       `json:"resourceAppId"`
	ResourceAccess []accessItem `json:"resourceAccess"`
}

type accessItem struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type passwordCredential struct {
	KeyID       string         `json:"keyId"`
	DisplayName string         `json:"displayName"`
	Hint        string         `json:"hint"`
	StartAt     time.Time      `json:"startDateTime"`
	EndAt       time.Time      `json:"endDateTime"`
	SecretText  msteams.Secret `json:"secretText"` // told once
}

// ours reports whether the name is one that Setup gives.
func (p passwordCredential) ours() bool { return strings.HasPrefix(p.DisplayName, keyName) }

// isOurs reports whether Setup made the application.
func (a *application) isOurs() bool { return a.tag(tagSetup) != "" }

// tag is the value of the tag with that prefix, "" where there is none.
func (a *application) tag(prefix string) string {
	for _, tag := range a.Tags {
		if value, ok := strings.CutPrefix(tag, prefix); ok {
			return value
		}
	}
	return ""
}

// withTag is the application's tags with one value for the prefix.
func (a *application) withTag(prefix, value string) []string {
	tags := slices.DeleteFunc(slices.Clone(a.Tags), func(tag string) bool { return strings.HasPrefix(tag, prefix) })
	return append(tags, prefix+value)
}

func (a *application) key(id string) *passwordCredential {
	for i := range a.PasswordCredentials {
		if strings.EqualFold(a.PasswordCredentials[i].KeyID, id) {
			return &a.PasswordCredentials[i]
		}
	}
	return nil
}

type servicePrincipal struct {
	ID    string `json:"id"`
	AppID string `json:"appId"`

	AppRoles []struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	} `json:"appRoles"`
	Scopes []struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	} `json:"oauth2PermissionScopes"`
}

// role is the id of an application permission of Graph's, by its value.
func (p *servicePrincipal) role(value string) string {
	for _, r := range p.AppRoles {
		if r.Value == value {
			return r.ID
		}
	}
	return ""
}

// delegated is the id of a delegated permission of Graph's, by its value.
func (p *servicePrincipal) delegated(value string) string {
	for _, s := range p.Scopes {
		if s.Value == value {
			return s.ID
		}
	}
	return ""
}

type roleAssignment struct {
	ID         string `json:"id"`
	AppRoleID  string `json:"appRoleId"`
	ResourceID string `json:"resourceId"`
}

type permissionGrant struct {
	ID          string `json:"id"`
	ClientID    string `json:"clientId"`
	ConsentType string `json:"consentType"`
	ResourceID  string `json:"resourceId"`
	Scope       string `json:"scope"` // separated by spaces
}

type catalogApp struct {
	ID          string          `json:"id"`
	ExternalID  string          `json:"externalId"`
	DisplayName string          `json:"displayName"`
	Definitions []appDefinition `json:"appDefinitions"`
}

type appDefinition struct {
	ID               string `json:"id"`
	DisplayName      string `json:"displayName"`
	Version          string `json:"version"`
	State            string `json:"publishingState"`
	ShortDescription string `json:"shortDescription"`
}

// page is one page of a list of Graph's or of Resource Manager's.
type page[T any] struct {
	Value    []T    `json:"value"`
	Next     string `json:"@odata.nextLink"`
	NextLink string `json:"nextLink"`
}
