package rest

import (
	"net/http"
	"time"
)

// Kind says what an operation is, and by that what may be repeated after which
// failure. The zero Kind is the most careful one.
type Kind int

const (
	// Post is a message or a webhook: whoever receives it twice reads it twice.
	Post Kind = iota
	// Read changes nothing, whatever its method.
	Read
	// IdempotentWrite is a PUT, PATCH or DELETE.
	IdempotentWrite
	// GuardedCreate is a POST with an identifier made on this side: a repeat of
	// one that succeeded is answered 409 and can be read back.
	GuardedCreate
	// Trigger is a POST with a transaction id and an idempotency key.
	Trigger
)

// outcome is how an attempt ended.
type outcome int

const (
	succeeded   outcome = iota
	unsent              // refused, DNS, TLS: the request never left
	broken              // the connection broke later, or the attempt timed out
	barred              // the transport will not connect, see Final
	serverError         // 408, 500, 502, 503, 504
	rateLimited         // 429
	inProgress          // 409 with Retry-After: the same key is being processed
	conflict            // 409
	notFound            // 404
	refused             // anything else
)

// triggerFloor is how long a trigger waits at least before it is repeated
// where the first may have been accepted: the server suppresses a transaction
// id only once it has been processed.
const triggerFloor = time.Second

// step is what follows an attempt.
type step struct {
	again    bool
	done     bool          // not an error after all
	readBack bool          // ask the server whether the resource is ours
	newKey   bool          // an idempotency key that has seen an error is spent
	floor    time.Duration // shortest wait before the next attempt
}

// outcomeOf classifies an answer. A 409 is "in progress" only for a request
// that carried a key, since nothing else can be waited for.
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
	if a.StatusCode/100 == 2 {
		return succeeded
	}
	return refused
}

// next is the retry table of this module. It knows nothing of budgets: how
// many attempts are left and how long a wait may be is the caller's matter.
func (r *Request) next(o outcome, a *Answer, attempt int) step {
	trigger := r.Kind == Trigger
	floor := time.Duration(0)
	if trigger {
		floor = triggerFloor
	}
	switch o {
	case succeeded:
		return step{done: true}
	case unsent, rateLimited, inProgress:
		return step{again: true}
	case broken:
		return step{again: r.Kind != Post, floor: floor}
	case serverError:
		if r.Kind == Post {
			return step{again: a.StatusCode == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != ""}
		}
		return step{again: true, floor: floor, newKey: trigger}
	case conflict:
		// A caller's key outlives the call, so its first attempt here need not
		// be the first that the server sees.
		repeated := attempt > 1 || r.Key != ""
		return step{readBack: r.Kind == GuardedCreate && repeated}
	case notFound:
		return step{done: r.Method == http.MethodDelete && attempt > 1 && (r.Gone == nil || r.Gone(a))}
	}
	return step{}
}
