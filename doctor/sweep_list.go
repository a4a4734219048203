package doctor

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// heldAtATime is how many connections and endpoints a sweep holds in memory. They take about 1 KB
// each.
const heldAtATime = 20_000

// lastUnit comes after every other unit of a customer.
const lastUnit = "\xff"

// position is a place in the order of a sweep.
type position struct {
	key  string // of the customer; "" before the first
	unit string
}

// before tells whether p comes before q. Customers are in the order of their keys' hashes, which
// spreads them evenly.
func (p position) before(q position) bool {
	return cmp.Or(compareKeys(p.key, q.key), cmp.Compare(p.unit, q.unit)) < 0
}

func compareKeys(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(a, b)
	}
	return cmp.Or(cmp.Compare(hashOf(a), hashOf(b)), cmp.Compare(a, b))
}

func hashOf(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint64(sum[:])
}

const separator = "\n"

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.key + separator + p.unit))
}

func parseCursor(cursor string) (position, error) {
	if cursor == "" {
		return position{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	key, unit, found := strings.Cut(string(text), separator)
	if err != nil || !found || !isCustomerKey(key) {
		return position{}, errors.New("must be the Cursor of a report of a sweep")
	}
	return position{key: key, unit: unit}, nil
}

// The kinds of keys: by tenant, by a connection that leads to none, by subscriber.
const (
	tenantKey     = "tenant:"
	connectionKey = "connection:"
	subscriberKey = "subscriber:"
)

func isCustomerKey(key string) bool {
	for _, kind := range []string{tenantKey, connectionKey, subscriberKey} {
		if strings.HasPrefix(key, kind) {
			return true
		}
	}
	return false
}

// customer is a tenant, or what belongs to none.
type customer struct {
	key      string
	hash     uint64
	tenantID string
	units    map[string]*unit
	size     int // connections and endpoints
}

// unit is what a report is about: a connection with its endpoints, or endpoints without a
// connection.
type unit struct {
	id         string                  // the connection's identifier; "" without one
	connection *novu.ChannelConnection // nil if the list does not have it
	endpoints  []novu.ChannelEndpoint
}

func (c *customer) unit(id string) *unit {
	u := c.units[id]
	if u == nil {
		u = &unit{id: id}
		c.units[id] = u
	}
	return u
}

func (c *customer) sortedUnits() []*unit {
	return slices.SortedFunc(maps.Values(c.units), func(a, b *unit) int { return cmp.Compare(a.id, b.id) })
}

func (u *unit) subscriberID() string {
	if u.connection != nil && u.connection.SubscriberID != "" {
		return u.connection.SubscriberID
	}
	if len(u.endpoints) > 0 {
		return u.endpoints[0].SubscriberID
	}
	return ""
}

func (u *unit) contextKeys() []string {
	switch {
	case u.connection != nil:
		return u.connection.ContextKeys
	case len(u.endpoints) > 0:
		return u.endpoints[0].ContextKeys
	}
	return nil
}

// selection holds the first customers, in the order of a sweep, of those that are added to it.
type selection struct {
	after         position
	shard, shards uint64
	most          int // connections and endpoints

	customers map[string]*customer
	last      farthestFirst // the same customers
	size      int
	dropped   *customer // the first of those that did not fit
}

// add counts something of a customer. It returns nil if the customer is not selected.
func (s *selection) add(key, tenantID string) *customer {
	c := s.customers[key]
	if c == nil {
		c = &customer{key: key, hash: hashOf(key), tenantID: tenantID, units: map[string]*unit{}}
		isPast := !s.after.before(position{key: key, unit: lastUnit})
		if isPast || c.hash%s.shards != s.shard || s.dropped != nil && !c.before(s.dropped) {
			return nil
		}
		s.customers[key] = c
		heap.Push(&s.last, c)
	}
	c.size++
	s.size++
	for s.size > s.most && len(s.customers) > 1 {
		s.dropped = heap.Pop(&s.last).(*customer)
		delete(s.customers, s.dropped.key)
		s.size -= s.dropped.size
		s.dropped.units = nil
	}
	return s.customers[key]
}

func (c *customer) before(other *customer) bool {
	return cmp.Or(cmp.Compare(c.hash, other.hash), cmp.Compare(c.key, other.key)) < 0
}

// farthestFirst is a heap of customers, the last one first.
type farthestFirst []*customer

func (f farthestFirst) Len() int           { return len(f) }
func (f farthestFirst) Less(i, j int) bool { return f[j].before(f[i]) }
func (f farthestFirst) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *farthestFirst) Push(c any)        { *f = append(*f, c.(*customer)) }
func (f *farthestFirst) Pop() any {
	last := len(*f) - 1
	c := (*f)[last]
	(*f)[last] = nil
	*f = (*f)[:last]
	return c
}

// mostListings is how often the lists are read again because somebody deleted the item that a page
// was to continue after.
const mostListings = 5

// listCustomers returns the next customers after the position, as many as a sweep holds at a time,
// and whether there are more.
func (s *sweep) listCustomers(ctx context.Context, after position) (customers []*customer, more bool, err error) {
	for range mostListings {
		selected := &selection{
			after: after, shard: uint64(s.params.Shard), shards: uint64(max(s.params.Shards, 1)), most: s.doctor.heldAtATime,
			customers: map[string]*customer{},
		}
		if err = s.list(ctx, selected); err == nil {
			customers = slices.SortedFunc(maps.Values(selected.customers), func(a, b *customer) int {
				if a.before(b) {
					return -1
				}
				return 1
			})
			return customers, selected.dropped != nil, nil
		}
		if !errors.Is(err, novu.ErrCursorLost) {
			break
		}
	}
	return nil, false, err
}

// list reads both lists. Of each connection outside the selection it keeps eight bytes, to tell
// whether an endpoint's connection exists.
func (s *sweep) list(ctx context.Context, selected *selection) error {
	owners := map[string]*customer{}
	var known []uint64
	for c, err := range s.doctor.novu.ChannelConnections.All(ctx, novu.ListChannelConnectionsParams{}) {
		if err != nil {
			return err
		}
		known = append(known, hashOf(c.Identifier))
		if !s.isForTeams(c.ProviderID, c.IntegrationIdentifier) {
			continue
		}
		key := connectionKey + c.Identifier
		if c.Workspace.ID != "" {
			key = tenantKey + strings.ToLower(c.Workspace.ID)
		}
		if owner := selected.add(key, c.Workspace.ID); owner != nil {
			owner.unit(c.Identifier).connection = &novu.ChannelConnection{
				Identifier: c.Identifier, IntegrationIdentifier: c.IntegrationIdentifier, SubscriberID: c.SubscriberID,
				ContextKeys: c.ContextKeys, Workspace: novu.Workspace{ID: c.Workspace.ID, Name: c.Workspace.Name},
			}
			owners[c.Identifier] = owner
		}
	}
	slices.Sort(known)
	for e, err := range s.doctor.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{}) {
		if err != nil {
			return err
		}
		if !s.isForTeams(e.ProviderID, e.IntegrationIdentifier) || e.Endpoint == nil {
			continue
		}
		if _, exists := slices.BinarySearch(known, hashOf(e.ConnectionIdentifier)); exists && owners[e.ConnectionIdentifier] == nil {
			continue // of a customer that is not selected
		}
		key, tenantID, unitID := customerOf(e, owners[e.ConnectionIdentifier])
		if c := selected.add(key, tenantID); c != nil {
			u := c.unit(unitID)
			u.endpoints = append(u.endpoints, novu.ChannelEndpoint{
				Identifier: e.Identifier, IntegrationIdentifier: e.IntegrationIdentifier, ConnectionIdentifier: e.ConnectionIdentifier,
				SubscriberID: e.SubscriberID, ContextKeys: e.ContextKeys, ProviderID: e.ProviderID, Endpoint: e.Endpoint,
			})
		}
	}
	return nil
}

// customerOf says to whom an endpoint belongs. Webhooks use no connection, even if they name one.
func customerOf(e novu.ChannelEndpoint, owner *customer) (key, tenantID, unitID string) {
	own := (&endpoint{ChannelEndpoint: e}).ownTenantID()
	switch {
	case owner != nil:
		return owner.key, owner.tenantID, e.ConnectionIdentifier
	case e.ConnectionIdentifier != "":
		return connectionKey + e.ConnectionIdentifier, "", e.ConnectionIdentifier
	case own != "":
		return tenantKey + strings.ToLower(own), own, ""
	}
	return subscriberKey + e.SubscriberID, "", ""
}

// isForTeams leaves out what belongs to other providers and to agents.
func (s *sweep) isForTeams(provider novu.ProviderID, integration string) bool {
	for _, i := range s.server.integrations {
		if i.Identifier == integration && s.server.isHere(i) {
			return i.ProviderID == novu.ProviderMSTeams && i.Kind != novu.IntegrationAgent
		}
	}
	// The integration was deleted.
	return provider == "" || provider == novu.ProviderMSTeams
}
