package novu

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	subscribersRoute = "/v2/subscribers"
	subscriberRoute  = subscribersRoute + "/{subscriberId}"
)

// SubscribersService manages subscribers: those who are notified. For a team's channel that is
// usually the customer.
type SubscribersService struct{ client *Client }

// Subscriber is somebody, or something, that is notified.
type Subscriber struct {
	ID           string    `json:"_id"`          // internal; everything here takes SubscriberID
	SubscriberID string    `json:"subscriberId"` // chosen by whoever created it
	FirstName    string    `json:"firstName"`
	LastName     string    `json:"lastName"`
	Email        string    `json:"email"`
	Phone        string    `json:"phone"`
	Avatar       string    `json:"avatar"`
	Locale       string    `json:"locale"`
	Timezone     string    `json:"timezone"`
	Data         any       `json:"data"` // usually a map[string]any; the server stores it without looking at it
	IsOnline     bool      `json:"isOnline"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

func (s *Subscriber) missing() string  { return missing("subscriberId", s.SubscriberID) }
func (s *Subscriber) identity() string { return s.SubscriberID }

// SubscriberProfile is what can be set of a subscriber. Empty fields are not sent, and what the
// server has of them stays.
type SubscriberProfile struct {
	SubscriberID string         `json:"subscriberId"` // required
	FirstName    string         `json:"firstName,omitempty"`
	LastName     string         `json:"lastName,omitempty"`
	Email        string         `json:"email,omitempty"`
	Phone        string         `json:"phone,omitempty"`
	Avatar       string         `json:"avatar,omitempty"`   // a URL
	Locale       string         `json:"locale,omitempty"`   // "en-US"
	Timezone     string         `json:"timezone,omitempty"` // "Europe/Zurich"
	Data         map[string]any `json:"data,omitzero"`      // an empty map, unlike nil, replaces the stored data
}

// CreateSubscriberParams describes a subscriber.
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
	FailIfExists bool // ErrConflict if the subscriber exists, instead of an update
}

func (p *CreateSubscriberParams) profile() SubscriberProfile {
	return SubscriberProfile{
		SubscriberID: p.SubscriberID, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone,
		Avatar: p.Avatar, Locale: p.Locale, Timezone: p.Timezone, Data: p.Data,
	}
}

// Create makes a subscriber, or updates the one with that id. The server's update replaces what is
// not sent: without Data, the subscriber's data is gone. Use Update to change a part.
//
// With FailIfExists, Create works as a lock: among several callers, one succeeds. A subscriber that
// exists is ErrConflict. Where an attempt may have made it unseen, nobody can tell who was first:
// that is ErrOutcomeUnknown.
//
// API: POST /v2/subscribers
func (s *SubscribersService) Create(ctx context.Context, params CreateSubscriberParams, opts ...RequestOption) (*Subscriber, error) {
	const op = "create subscriber"
	if err := checkParams(op, opts...).id("SubscriberID", params.SubscriberID).err(); err != nil {
		return nil, err
	}
	profile := params.profile()
	r := &rest.Request{Op: op, Method: http.MethodPost, Route: subscribersRoute, Body: profile}
	is := identity{id: params.SubscriberID, guard: rest.IdentifierChosen}
	if params.FailIfExists {
		is.guard = rest.Lock
		r.Query = url.Values{"failIfExists": {"true"}}
	}
	return create(ctx, s.client, r, is, func(ctx context.Context, opts []RequestOption) (*Subscriber, bool, error) {
		found, err := s.Get(ctx, params.SubscriberID, opts...)
		return found, err == nil && !params.FailIfExists && profile.matches(found), err
	}, opts)
}

// matches reports whether found is what p would have created.
func (p *SubscriberProfile) matches(found *Subscriber) bool {
	return found.SubscriberID == p.SubscriberID && found.FirstName == p.FirstName && found.LastName == p.LastName &&
		found.Email == p.Email && found.Phone == p.Phone && found.Avatar == p.Avatar && found.Locale == p.Locale &&
		found.Timezone == p.Timezone && sameData(found.Data, p.Data)
}

// Get returns a subscriber by its subscriber id. One that is not there is ErrNotFound.
//
// API: GET /v2/subscribers/{subscriberId}
func (s *SubscribersService) Get(ctx context.Context, subscriberID string, opts ...RequestOption) (*Subscriber, error) {
	const op = "get subscriber"
	if err := checkParams(op, opts...).id("subscriberID", subscriberID).err(); err != nil {
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
	Before         string         `url:"before,omitempty"`         // a page's Previous; not for All
	OrderBy        string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of subscribers.
//
// API: GET /v2/subscribers
func (s *SubscribersService) List(ctx context.Context, params ListSubscribersParams, opts ...RequestOption) (*Page[Subscriber], error) {
	const op = "list subscribers"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, nil).err(); err != nil {
		return nil, err
	}
	return list[Subscriber](ctx, s.client, op, subscribersRoute, params, opts)
}

// All yields every subscriber that matches, page by page as it is consumed. It stops at the first
// error. What has been yielded may be deleted at once.
//
// API: GET /v2/subscribers
func (s *SubscribersService) All(ctx context.Context, params ListSubscribersParams, opts ...RequestOption) iter.Seq2[Subscriber, error] {
	params.Limit = cmp.Or(params.Limit, maxLimit)
	return all("list subscribers", params.After, params.Before, func(after string) (*Page[Subscriber], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateSubscriberParams changes a subscriber. Nil fields stay as they are; a pointer to "" empties
// one.
type UpdateSubscriberParams struct {
	FirstName *string        `json:"firstName,omitempty"`
	LastName  *string        `json:"lastName,omitempty"`
	Email     *string        `json:"email,omitempty"`
	Phone     *string        `json:"phone,omitempty"`
	Avatar    *string        `json:"avatar,omitempty"`
	Locale    *string        `json:"locale,omitempty"`
	Timezone  *string        `json:"timezone,omitempty"`
	Data      map[string]any `json:"data,omitzero"` // replaces the stored data; an empty map removes it
}

// Update changes a subscriber. One that does not exist is ErrNotFound.
//
// API: PATCH /v2/subscribers/{subscriberId}
func (s *SubscribersService) Update(ctx context.Context, subscriberID string, params UpdateSubscriberParams, opts ...RequestOption) (*Subscriber, error) {
	const op = "update subscriber"
	if err := checkParams(op, opts...).id("subscriberID", subscriberID).err(); err != nil {
		return nil, err
	}
	return do[Subscriber](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: subscriberRoute, Args: []string{subscriberID}, Body: params,
	}, opts)
}

// Delete removes a subscriber. Its connections and endpoints stay: delete them first. A subscriber
// that is not there is ErrNotFound.
//
// API: DELETE /v2/subscribers/{subscriberId}
func (s *SubscribersService) Delete(ctx context.Context, subscriberID string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete subscriber", subscriberRoute, subscriberID, opts)
}
