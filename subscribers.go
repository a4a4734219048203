package novu

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	subscribersRoute = "/v2/subscribers"
	subscriberRoute  = subscribersRoute + "/{subscriberId}"
)

// SubscribersService manages subscribers: those who are notified. For a team's
// channel that is usually the customer.
type SubscribersService struct{ client *Client }

// Subscriber is somebody, or something, that is notified.
type Subscriber struct {
	ID           string         `json:"_id"`          // internal; everything here takes SubscriberID
	SubscriberID string         `json:"subscriberId"` // chosen by whoever created it
	FirstName    string         `json:"firstName"`
	LastName     string         `json:"lastName"`
	Email        string         `json:"email"`
	Phone        string         `json:"phone"`
	Avatar       string         `json:"avatar"`
	Locale       string         `json:"locale"`
	Timezone     string         `json:"timezone"`
	Data         map[string]any `json:"data"`
	IsOnline     bool           `json:"isOnline"`
	CreatedAt    time.Time      `json:"createdAt"`
	UpdatedAt    time.Time      `json:"updatedAt"`
}

// SubscriberProfile is what can be set of a subscriber. Empty fields are not
// sent, and what the server has of them stays.
type SubscriberProfile struct {
	SubscriberID string         `json:"subscriberId"` // required
	FirstName    string         `json:"firstName,omitempty"`
	LastName     string         `json:"lastName,omitempty"`
	Email        string         `json:"email,omitempty"`
	Phone        string         `json:"phone,omitempty"`
	Avatar       string         `json:"avatar,omitempty"`   // a URL
	Locale       string         `json:"locale,omitempty"`   // "en-US"
	Timezone     string         `json:"timezone,omitempty"` // "Europe/Zurich"
	Data         map[string]any `json:"data,omitempty"`
}

// CreateSubscriberParams describes a subscriber. Empty fields are not sent, and
// what the server has of them stays.
type CreateSubscriberParams struct {
	SubscriberID string // required
	FirstName    string
	LastName     string
	Email        string
	Phone        string
	Avatar       string // a URL
	Locale       string // "en-US"
	Timezone     string // "Europe/Zurich"
	Data         map[string]any
	FailIfExists bool // ErrConflict where the subscriber exists, instead of an update
}

func (p *CreateSubscriberParams) profile() SubscriberProfile {
	return SubscriberProfile{
		p.SubscriberID, p.FirstName, p.LastName, p.Email, p.Phone, p.Avatar, p.Locale, p.Timezone, p.Data,
	}
}

// Create makes a subscriber, or updates the one with that id unless
// FailIfExists is set. It is safe to retry.
func (s *SubscribersService) Create(ctx context.Context, params CreateSubscriberParams, opts ...RequestOption) (*Subscriber, error) {
	const op = "create subscriber"
	if err := checkParams(op).id("SubscriberID", params.SubscriberID).err(); err != nil {
		return nil, err
	}
	profile := params.profile()
	r := &rest.Request{
		Op: op, Kind: rest.GuardedCreate, Method: http.MethodPost, Route: subscribersRoute, Body: profile,
	}
	if params.FailIfExists {
		r.Query = map[string][]string{"failIfExists": {"true"}}
	}
	out := new(Subscriber)
	r.Decode = decodeData(out)
	r.ReadBack = func(ctx context.Context) (bool, error) {
		found, err := s.Get(ctx, params.SubscriberID)
		if err != nil {
			return false, err
		}
		*out = *found
		return profile.matches(found), nil
	}
	if err := s.client.send(ctx, r, opts); err != nil {
		return nil, err
	}
	return out, nil
}

// matches reports whether found is what p would have created.
func (p *SubscriberProfile) matches(found *Subscriber) bool {
	return found.FirstName == p.FirstName && found.LastName == p.LastName && found.Email == p.Email &&
		found.Phone == p.Phone && found.Avatar == p.Avatar && found.Locale == p.Locale &&
		found.Timezone == p.Timezone && (len(found.Data) == 0 && len(p.Data) == 0 || sameJSON(found.Data, p.Data))
}

// Get returns a subscriber by its subscriber id.
func (s *SubscribersService) Get(ctx context.Context, subscriberID string, opts ...RequestOption) (*Subscriber, error) {
	const op = "get subscriber"
	if err := checkParams(op).id("subscriberID", subscriberID).err(); err != nil {
		return nil, err
	}
	return do[Subscriber](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: subscriberRoute, Args: []string{subscriberID},
	}, opts)
}

// ListSubscribersParams filters and orders a list of subscribers.
type ListSubscribersParams struct {
	SubscriberID   string         `url:"subscriberId,omitempty"`
	Name           string         `url:"name,omitempty"`
	Email          string         `url:"email,omitempty"`
	Phone          string         `url:"phone,omitempty"`
	Limit          int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After          string         `url:"after,omitempty"`          // a page's Next
	Before         string         `url:"before,omitempty"`         // a page's Previous
	OrderBy        string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of subscribers.
func (s *SubscribersService) List(ctx context.Context, params ListSubscribersParams, opts ...RequestOption) (*Page[Subscriber], error) {
	const op = "list subscribers"
	if err := checkParams(op).page(params.Limit, params.After, params.Before).err(); err != nil {
		return nil, err
	}
	return list[Subscriber](ctx, s.client, op, subscribersRoute, params, opts)
}

// All yields every subscriber that matches, page by page as it is consumed. It
// stops at the first error and survives the deletion of what it has yielded.
func (s *SubscribersService) All(ctx context.Context, params ListSubscribersParams, opts ...RequestOption) iter.Seq2[Subscriber, error] {
	if params.Limit == 0 {
		params.Limit = maxLimit
	}
	return all("list subscribers", params.After, func(after string) (*Page[Subscriber], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateSubscriberParams changes a subscriber: nil fields stay as they are, a
// pointer to "" empties one.
type UpdateSubscriberParams struct {
	FirstName *string        `json:"firstName,omitempty"`
	LastName  *string        `json:"lastName,omitempty"`
	Email     *string        `json:"email,omitempty"`
	Phone     *string        `json:"phone,omitempty"`
	Avatar    *string        `json:"avatar,omitempty"`
	Locale    *string        `json:"locale,omitempty"`
	Timezone  *string        `json:"timezone,omitempty"`
	Data      map[string]any `json:"data,omitempty"` // replaces the stored data
}

// Update changes a subscriber. One that does not exist is ErrNotFound.
func (s *SubscribersService) Update(ctx context.Context, subscriberID string, params UpdateSubscriberParams, opts ...RequestOption) (*Subscriber, error) {
	const op = "update subscriber"
	if err := checkParams(op).id("subscriberID", subscriberID).err(); err != nil {
		return nil, err
	}
	return do[Subscriber](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: subscriberRoute, Args: []string{subscriberID}, Body: params,
	}, opts)
}

// Delete removes a subscriber. Its connections and endpoints stay: delete them
// first. One that is not there is ErrNotFound.
func (s *SubscribersService) Delete(ctx context.Context, subscriberID string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete subscriber", subscriberRoute, subscriberID, opts)
}

// SubscriberResult is what became of one subscriber of a BulkCreate.
type SubscriberResult struct {
	SubscriberID string
	Created      bool // false where it existed and was updated, and on failure
	err          error
}

// Err is why this subscriber was not stored, nil if it was.
func (r SubscriberResult) Err() error { return r.err }

const maxBulkSubscribers = 500

// BulkCreate creates or updates any number of subscribers, 500 a request. It
// returns a result for each, in the order given; every one has to be asked for
// its Err. A request that the server refuses for its content is sent again in
// halves until the subscribers to blame are found; one that fails otherwise is
// the Err of each of its subscribers, and the rest are sent all the same. The
// error is ErrInvalidParams, with nothing sent, or else nil.
func (s *SubscribersService) BulkCreate(ctx context.Context, subscribers []SubscriberProfile, opts ...RequestOption) ([]SubscriberResult, error) {
	const op = "bulk create subscribers"
	checks := checkParams(op)
	for _, p := range subscribers {
		checks.id("SubscriberID", p.SubscriberID)
	}
	if _, err := callOptions(op, opts); err != nil {
		return nil, err
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	results := make([]SubscriberResult, 0, len(subscribers))
	requests := 0
	for part := range slices.Chunk(subscribers, maxBulkSubscribers) {
		results = append(results, s.bulk(ctx, op, part, opts, &requests)...)
	}
	return results, nil
}

func (s *SubscribersService) bulk(ctx context.Context, op string, part []SubscriberProfile, opts []RequestOption, requests *int) []SubscriberResult {
	type item struct {
		SubscriberID string `json:"subscriberId"`
		Message      string `json:"message"`
	}
	type answer struct {
		Created []item `json:"created"`
		Failed  []item `json:"failed"`
	}
	own := append(slices.Clone(opts), keyOfChunk(*requests))
	*requests++
	out, err := do[answer](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: "/v1/subscribers/bulk",
		Body: struct {
			Subscribers []SubscriberProfile `json:"subscribers"`
		}{part},
	}, own)
	if half := len(part) / 2; half > 0 && (errors.Is(err, ErrValidation) || errors.Is(err, ErrPayloadTooLarge)) {
		// One item that the server does not like fails all that came with it.
		return append(s.bulk(ctx, op, part[:half], opts, requests), s.bulk(ctx, op, part[half:], opts, requests)...)
	}
	created, failed := map[string]bool{}, map[string]error{}
	if err == nil {
		for _, i := range out.Created {
			created[i.SubscriberID] = true
		}
		for _, i := range out.Failed {
			failed[i.SubscriberID] = &Error{Op: op, Message: i.SubscriberID + ": " + i.Message, kind: ErrValidation}
		}
	}
	results := make([]SubscriberResult, len(part))
	for i, p := range part {
		results[i] = SubscriberResult{p.SubscriberID, created[p.SubscriberID], errors.Join(err, failed[p.SubscriberID])}
	}
	return results
}
