package setup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/msteams"
)

type doorName string

const (
	directoryDoor doorName = "directory"
	catalogDoor   doorName = "catalog"
	azureDoor     doorName = "Azure"
)

// door is one identity at one service.
type door struct {
	name    doorName
	fetch   msteams.TokenFunc // nil: the door is closed
	tenant  string
	scope   string
	service *rest.Client

	mu    sync.Mutex
	token msteams.Token
	until time.Time
}

func newDoor(name doorName, fetch msteams.TokenFunc, tenant, scope string, service *rest.Client) *door {
	return &door{name: name, fetch: fetch, tenant: tenant, scope: scope, service: service}
}

func (d *door) open() bool { return d.fetch != nil }

// get returns a token that is valid for a while.
func (d *door) get(ctx context.Context) (msteams.Token, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.token.AccessToken != "" && time.Now().Before(d.until) {
		return d.token, nil
	}
	token, err := d.fetch(ctx, d.tenant, d.scope)
	if err == nil && (token.AccessToken == "" || strings.ContainsFunc(token.AccessToken.Reveal(), check.Unprintable)) {
		err = fmt.Errorf("it returned no token that a header can carry")
	}
	if err != nil {
		return msteams.Token{}, (&Error{Op: "get token for the " + string(d.name), Message: "the identity gave no token", cause: err}).
			is("sign in again, and check that the identity may use tenant " + d.tenant)
	}
	const early, briefly = 5 * time.Minute, time.Minute
	d.token, d.until = token, time.Now().Add(briefly)
	if !token.ExpiresAt.IsZero() {
		life := time.Until(token.ExpiresAt)
		d.until = time.Now().Add(life - min(early, life/2))
	}
	return token, nil
}

// drop forgets a token that the service did not accept.
func (d *door) drop(refused msteams.Token) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.token.AccessToken == refused.AccessToken {
		d.token = msteams.Token{}
	}
}

// claims is what a token says about itself. It is read without verifying the
// signature, which only the service can: it is used to foresee refusals.
type claims struct {
	known   bool // false for a token that shows nothing
	tenant  string
	granted []string // scopes of a person's token, roles of an application's
	appOnly bool
}

func readClaims(token string) claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}
	}
	var wire struct {
		Tenant string   `json:"tid"`
		Scopes string   `json:"scp"`
		Roles  []string `json:"roles"`
		Type   string   `json:"idtyp"`
	}
	if json.Unmarshal(payload, &wire) != nil {
		return claims{}
	}
	c := claims{known: true, tenant: wire.Tenant, granted: strings.Fields(wire.Scopes)}
	if wire.Scopes == "" && (wire.Type == "app" || len(wire.Roles) > 0) {
		c.appOnly, c.granted = true, wire.Roles
	}
	return c
}

// lacks reports whether the token is known to have none of the permissions.
func (c claims) lacks(oneOf ...string) bool {
	if !c.known || len(oneOf) == 0 {
		return false
	}
	return !slices.ContainsFunc(oneOf, func(p string) bool { return slices.Contains(c.granted, p) })
}

// inspect fetches the door's token and checks its tenant.
func (d *door) inspect(ctx context.Context) (claims, error) {
	token, err := d.get(ctx)
	if err != nil {
		return claims{}, err
	}
	c := readClaims(token.AccessToken.Reveal())
	if c.known && c.tenant != "" && check.IsGUID(d.tenant) && !strings.EqualFold(c.tenant, d.tenant) {
		return c, (&Error{
			Op:      "check token for the " + string(d.name),
			Message: fmt.Sprintf("the token is of tenant %s, not of %s", plain(c.tenant), d.tenant),
		}).is("sign in to tenant "+d.tenant+" (az login --tenant "+d.tenant+")", ErrWrongTenant)
	}
	return c, nil
}
