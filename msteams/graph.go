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
	Value items[T] `json:"value"`
	Next  string   `json:"@odata.nextLink"`
}

// graphList walks a list of Graph's, one page at a time and none ahead. Each page's request is a
// copy of r.
func graphList[T identified](ctx context.Context, t *Tenant, r rest.Request, checks *checks) iter.Seq2[T, error] {
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
			one.Decode = decode(&page, missingItems)
			if err := t.callGraph(ctx, &one); err != nil {
				yield(none, err)
				return
			}
			fresh := 0
			for _, item := range page.Value {
				if !walk.isNew(item.key()) {
					continue
				}
				fresh++
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			var err error
			if next, err = t.nextPage(walk, page.Next, fresh); err != nil {
				yield(none, err)
				return
			}
		}
	}
}

// nextPage returns where the next page is asked for. The token must not leave for another host.
// Behind a gateway Graph names itself: the gateway is then asked for the same path and query.
func (t *Tenant) nextPage(w *walk, next string, fresh int) (string, error) {
	u, err := url.Parse(next)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil:
		return "", w.fail("the next page's address is not an absolute URL")
	case origin(u) == origin(t.client.graph):
	case isOrigin(u, t.client.cloud.graphResource()):
		_, behind, _ := strings.Cut(next, "://")
		_, path, _ := strings.Cut(behind, "/")
		next = t.client.graph.String() + "/" + path
	default:
		return "", w.fail(fmt.Sprintf("the next page is said to be on %s, not on %s: it was not followed", line(u.Scheme+"://"+u.Host), t.client.graph.Host))
	}
	return next, w.step(next, fresh)
}

// isOrigin reports whether u leads to the same scheme, host and port as resource.
func isOrigin(u *url.URL, resource string) bool {
	parsed, err := url.Parse(resource)
	return err == nil && origin(u) == origin(parsed)
}

// emptyPages is how many pages in a row may bring nothing new.
const emptyPages = 100

// walk tells a list that goes on from one that goes round or nowhere. It keeps hashes only.
type walk struct {
	op, tenant string
	seed       maphash.Seed
	cursors    map[uint64]struct{}
	items      map[uint64]struct{}
	empty      int // pages in a row without anything new
}

func newWalk(op, tenant string) *walk {
	return &walk{op: op, tenant: tenant, seed: maphash.MakeSeed(), cursors: map[uint64]struct{}{}, items: map[uint64]struct{}{}}
}

// isNew notes an item, and reports whether it was not there before: pages may overlap.
func (w *walk) isNew(key string) bool {
	sum := maphash.String(w.seed, key)
	_, again := w.items[sum]
	w.items[sum] = struct{}{}
	return !again
}

// step notes the cursor of the next page, and how many new items the last one had.
func (w *walk) step(cursor string, fresh int) error {
	sum := maphash.String(w.seed, cursor)
	if _, again := w.cursors[sum]; again {
		return w.fail("the list goes in a circle: a page names an earlier one as the next")
	}
	w.cursors[sum] = struct{}{}
	w.empty++
	if fresh > 0 {
		w.empty = 0
	}
	if w.empty >= emptyPages {
		return w.fail(fmt.Sprintf("%d pages in a row held nothing new", emptyPages))
	}
	return nil
}

func (w *walk) fail(message string) error {
	return &Error{Op: w.op, Tenant: w.tenant, Message: message, kinds: []error{ErrBadAnswer}}
}

// graphGet reads one resource.
func graphGet[T identified](ctx context.Context, t *Tenant, r *rest.Request, checks *checks) (*T, error) {
	if err := t.ready(ctx, r.Op, checks); err != nil {
		return nil, err
	}
	out := new(T)
	r.Kind, r.Method, r.Decode = rest.Read, http.MethodGet, decode(out, missingID)
	if err := t.callGraph(ctx, r); err != nil {
		return nil, err
	}
	return out, nil
}

// graphPace is for all but channels and installing.
func (t *Tenant) graphPace() func(context.Context) {
	return t.client.limits.pace(1, gateKey{class: perGraph, of: t.key()}, gateKey{class: allGraph})
}

func (t *Tenant) teamPace(teamID string) func(context.Context) {
	return t.client.limits.pace(1, t.teamGate(perTeam, teamID), gateKey{class: perGraph, of: t.key()}, gateKey{class: allGraph})
}

func (t *Tenant) channelPace(teamID string) func(context.Context) {
	return t.client.limits.pace(1, t.teamGate(perTeamChannels, teamID), t.teamGate(perTeam, teamID),
		gateKey{class: perChannels, of: t.key()}, gateKey{class: allChannels})
}

// batchPace counts what is in a batch.
func (t *Tenant) batchPace(n int) func(context.Context) {
	return t.client.limits.pace(n, gateKey{class: perChannels, of: t.key()}, gateKey{class: allChannels})
}

func (t *Tenant) installPace(gates ...gateKey) func(context.Context) {
	return t.client.limits.pace(1, append(gates, gateKey{class: perInstalls, of: t.key()}, gateKey{class: allInstalls})...)
}

func (t *Tenant) teamGate(c class, teamID string) gateKey {
	return gateKey{class: c, of: t.key() + "/" + strings.ToLower(teamID)}
}

// key is how the limits name the tenant.
func (t *Tenant) key() string { return strings.ToLower(t.id) }

// literal quotes s for an OData filter.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// notFound is the error of a search that found nothing.
func (t *Tenant) notFound(op, message, remedy string, kind error) error {
	return &Error{Op: op, Tenant: t.id, Message: message, Remedy: remedy, kinds: []error{kind}}
}
