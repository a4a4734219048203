package rest

import (
	"net/http"
	"time"
)

// Kind says what an operation is, and so what may be repeated after which failure. The zero Kind is
// the most careful one.
type Kind int

const (
	// Post is a message or a webhook: who receives it twice reads it twice.
	Post Kind = iota
	// Read changes nothing, whatever its method.
	Read
	// IdempotentWrite is a PUT, PATCH or DELETE.
	IdempotentWrite
	// Trigger is a POST with a transaction id and an idempotency key.
	Trigger
	// guardedCreate is a POST with an identifier; see Request.GuardedCreate.
	guardedCreate
)

// Guard says what a conflict tells about a create.
type Guard int

const (
	// IdentifierMade is for an identifier that was made here: a conflict can only be with the same
	// create, repeated by somebody on the way.
	IdentifierMade Guard = iota
	// IdentifierChosen is for an identifier of the caller's: a conflict may be with a resource that
	// existed before, unless an earlier attempt can have been carried out.
	IdentifierChosen
	// Lock is for a caller who wants to know who was first. Nothing that is read back can tell.
	Lock
)

// outcome is how an attempt ended.
type outcome int

const (
	succeeded   outcome = iota
	unsent              // refused, DNS: the request never left
	broken              // the connection or the answer broke later, or the attempt timed out
	barred              // the transport will not connect, and repeating would not change that
	serverError         // 408, 500, 502, 503, 504
	rateLimited         // 429
	inProgress          // 409 with Retry-After: the same key is being processed
	conflict            // 409
	notFound            // 404
	refused             // anything else
)

// triggerFloor is how long a trigger waits at least before it is repeated, if the first may have
// been accepted: the server suppresses a transaction id only once it has been processed.
const triggerFloor = time.Second

// step is what follows an attempt.
type step struct {
	again    bool
	done     bool          // not an error after all
	readBack bool          // ask the server whether the resource is ours
	newKey   bool          // an idempotency key that has seen an error is spent
	floor    time.Duration // shortest wait before the next attempt
	note     string        // why not again, if that is not plain
}

// outcomeOf classifies an answer. A 409 is "in progress" only for a request that carried a key,
// since nothing else can be waited for.
func (r *Request) outcomeOf(a *Answer, keyed bool) outcome {
	if r.Transient != nil && r.Transient(a) {
		return serverError
	}
	if r.NotDone != nil && r.NotDone(a) {
		return rateLimited
	}
	switch a.StatusCode {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return serverError
	case http.StatusTooManyRequests:
		return rateLimited
	case http.StatusConflict:
		if keyed && a.Header.Get("Retry-After") != "" {
			return inProgress
		}
		return conflict
	case http.StatusNotFound:
		return notFound
	}
	if a.ok() {
		return succeeded
	}
	return refused
}

const maybePosted = "it may have been posted"

// next is the retry table of this module. It knows nothing of budgets: how many attempts are left
// and how long a wait may be is decided elsewhere. mayBeDone says whether an attempt before this
// one, or a replay beneath it, can have been carried out.
func (r *Request) next(o outcome, a *Answer, mayBeDone bool) step {
	trigger := r.Kind == Trigger
	floor := time.Duration(0)
	if trigger {
		floor = triggerFloor
	}
	if r.Kind == Post {
		return nextPost(o, a, mayBeDone)
	}
	switch o {
	case succeeded:
		return step{done: true}
	case unsent, rateLimited, inProgress:
		return step{again: true}
	case broken:
		return step{again: true, floor: floor}
	case serverError:
		return step{again: true, floor: floor, newKey: trigger}
	case conflict:
		return step{readBack: r.Kind == guardedCreate && r.mayBeOurs(a, mayBeDone)}
	case notFound:
		return step{done: r.Method == http.MethodDelete && mayBeDone && (r.Gone == nil || r.Gone(a))}
	}
	return step{}
}

// mayBeOurs reports whether a conflict may be with an earlier copy of the same request.
func (r *Request) mayBeOurs(a *Answer, mayBeDone bool) bool {
	if r.Elsewhere != nil && r.Elsewhere(a) {
		return false
	}
	return r.guard == IdentifierMade || r.guard == IdentifierChosen && mayBeDone
}

// nextPost is the column of what must not arrive twice.
func nextPost(o outcome, a *Answer, mayBeDone bool) step {
	switch {
	case o == succeeded:
		return step{done: true}
	case o == broken || mayBeDone:
		return step{note: maybePosted}
	case o == unsent || o == rateLimited || o == inProgress:
		return step{again: true}
	case o == serverError && a.StatusCode == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
		return step{again: true}
	case o == serverError:
		return step{note: maybePosted}
	}
	return step{}
}
