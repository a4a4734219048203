package msteams

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// graphPage is one page of a list.
type graphPage[T any] struct {
	Value []T    `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// graphList walks a list of Graph's, one page at a time and none ahead. Each
// page's request is a copy of r.
func graphList[T any](ctx context.Context, t *Tenant, r rest.Request, pace func(context.Context), checks *checks) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := t.ready(ctx, r.Op, checks); err != nil {
			yield(none, err)
			return
		}
		walk := newWalk(r.Op, t.id)
		for next := r.URL; ; {
			var page graphPage[T]
			one := r
			one.URL = next
			one.Header = r.Header.Clone()
			one.Decode = decode(&page)
			err := t.callGraph(ctx, &one, pace)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Value {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if err := t.follow(walk, page.Next, len(page.Value)); err != nil {
				yield(none, err)
				return
			}
			next = page.Next
		}
	}
}

// follow checks the address of a next page: the token must not leave for
// another host.
func (t *Tenant) follow(w *walk, next string, items int) error {
	u, err := url.Parse(next)
	switch {
	case err != nil || u.Hostname() == "":
		return w.fail("the next page's address is not an absolute URL")
	case origin(u) != origin(t.client.graph) || u.User != nil:
		return w.fail(fmt.Sprintf("the next page is said to be on %s://%s, not on %s: it was not followed", u.Scheme, u.Host, t.client.graph.Host))
	}
	return w.step(next, items)
}

// mostBarren is how many pages in a row may bring nothing.
const mostBarren = 100

// walk tells a list that goes on from one that goes round or nowhere.
type walk struct {
	op, tenant string
	seed       maphash.Seed
	seen       map[uint64]struct{}
	barren     int
}

func newWalk(op, tenant string) *walk {
	return &walk{op: op, tenant: tenant, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
}

// step notes the cursor of the next page, and how many items the last one had.
func (w *walk) step(cursor string, items int) error {
	sum := maphash.String(w.seed, cursor)
	if _, again := w.seen[sum]; again {
		return w.fail("the list goes round in a circle: a page names one that was there before as the next")
	}
	w.seen[sum] = struct{}{}
	w.barren++
	if items > 0 {
		w.barren = 0
	}
	if w.barren >= mostBarren {
		return w.fail(fmt.Sprintf("%d pages in a row held nothing new", mostBarren))
	}
	return nil
}

func (w *walk) fail(message string) error {
	return &Error{Op: w.op, Tenant: w.tenant, Message: message, kinds: []error{ErrBadAnswer}}
}

// graphGet reads one resource.
func graphGet[T any](ctx context.Context, t *Tenant, r *rest.Request, pace func(context.Context), checks *checks) (*T, error) {
	if err := t.ready(ctx, r.Op, checks); err != nil {
		return nil, err
	}
	out := new(T)
	r.Kind, r.Method, r.Decode = rest.Read, http.MethodGet, decode(out)
	if err := t.callGraph(ctx, r, pace); err != nil {
		return nil, err
	}
	return out, nil
}

// graphPace is for all but channels and installing.
func (t *Tenant) graphPace() func(context.Context) {
	return t.client.limits.pace(1, gateKey{perGraph, t.key()}, gateKey{allGraph, ""})
}

func (t *Tenant) teamPace(teamID string) func(context.Context) {
	return t.client.limits.pace(1, t.teamGate(perTeam, teamID), gateKey{perGraph, t.key()}, gateKey{allGraph, ""})
}

func (t *Tenant) channelPace(teamID string) func(context.Context) {
	return t.client.limits.pace(1, t.teamGate(perTeamChannels, teamID), t.teamGate(perTeam, teamID),
		gateKey{perChannels, t.key()}, gateKey{allChannels, ""})
}

// batchPace counts what is in a batch.
func (t *Tenant) batchPace(n int) func(context.Context) {
	return t.client.limits.pace(n, gateKey{perChannels, t.key()}, gateKey{allChannels, ""})
}

func (t *Tenant) installPace(gates ...gateKey) func(context.Context) {
	return t.client.limits.pace(1, append(gates, gateKey{perInstalls, t.key()}, gateKey{allInstalls, ""})...)
}

func (t *Tenant) teamGate(c class, teamID string) gateKey {
	return gateKey{c, t.key() + "/" + strings.ToLower(teamID)}
}

// key is how the limits name the tenant.
func (t *Tenant) key() string { return strings.ToLower(t.id) }

// literal quotes s for an OData filter.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// notFound is the error of a search that found nothing.
func (t *Tenant) notFound(op, message, remedy string, kind error) error {
	return &Error{Op: op, Tenant: t.id, Message: message, Remedy: remedy, kinds: []error{kind}}
}
