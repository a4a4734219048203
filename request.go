package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/novu-go/novu/internal/rest"
)

// do sends r and returns what the answer's envelope holds.
func do[T any](ctx context.Context, c *Client, r *rest.Request, opts []RequestOption) (*T, error) {
	out := new(T)
	r.Decode = decodeData(out)
	if err := c.send(ctx, r, opts); err != nil {
		return nil, err
	}
	return out, nil
}

// identity is what a create names its resource, and who chose that: what a conflict means follows.
type identity struct {
	id    string
	guard rest.Guard
}

// readBack asks the server for the resource that a create names. It reports whether the resource that
// exists is what was sent.
type readBack[T any] func(ctx context.Context, opts []RequestOption) (found *T, same bool, err error)

// create sends r, a POST that makes a resource under an identifier. It is safe to retry: a conflict
// that may be with the same request, seen a second time, is settled by reading back.
func create[T any](ctx context.Context, c *Client, r *rest.Request, is identity, read readBack[T], opts []RequestOption) (*T, error) {
	out := new(T)
	r.Decode = decodeNamed(out, is.id)
	r.GuardedCreate(is.guard, func(ctx context.Context) (bool, error) {
		found, same, err := read(ctx, []RequestOption{withHeaders(r.Header)})
		if same && err == nil {
			*out = *found
		}
		return same, err
	})
	if err := c.send(ctx, r, opts); err != nil {
		return nil, carry(err, is.id, "")
	}
	return out, nil
}

// decodeNamed reads a resource and insists on its being the one with that identifier.
func decodeNamed(into any, id string) func([]byte) error {
	read := decodeData(into)
	return func(body []byte) error {
		if err := read(body); err != nil {
			return err
		}
		if named, ok := into.(interface{ identity() string }); ok && named.identity() != id {
			return errors.New("it is about another resource")
		}
		return nil
	}
}

// send applies the call's options to r and sends it.
func (c *Client) send(ctx context.Context, r *rest.Request, opts []RequestOption) error {
	o, err := callOptions(ctx, r.Op, opts)
	if err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	r.Header = o.header
	// The server reads a key for these methods only. What keeps nothing on the server needs none: a
	// replayed connect URL would have expired.
	if r.Kind != rest.Read && (r.Method == http.MethodPost || r.Method == http.MethodPatch) {
		r.Key = o.idempotencyKey
	}
	answer, failure := c.rest.Do(ctx, r)
	if failure != nil {
		o.response.fill(failure.Answer, failure.Attempts)
		return newError(failure)
	}
	o.response.fill(answer, answer.Attempts)
	return nil
}

// delete removes what id names by the route's one placeholder.
func (c *Client) delete(ctx context.Context, op, route, id string, opts []RequestOption) error {
	if err := checkParams(op, opts...).id("identifier", id).err(); err != nil {
		return err
	}
	return c.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: route, Args: []string{id}, Gone: isGone,
	}, opts)
}

// An answer has not been understood unless it holds these. A server that is down for maintenance may
// answer 200 with some other object.
type required interface{ missing() string }

// missing returns the name of the first of the fields, given as name and value, that is empty.
func missing(fields ...string) string {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			return fields[i]
		}
	}
	return ""
}

// decode reads a JSON object or array as it stands.
func decode(into any) func([]byte) error {
	return func(body []byte) error { return decodeValue(into, body) }
}

// decodeData reads what is in the "data" envelope, or the whole of an answer without one.
func decodeData(into any) func([]byte) error {
	return func(body []byte) error { return decodeValue(into, unwrap(bytes.TrimSpace(body))) }
}

// unwrap takes off the envelope. A context has a field named data too, so an envelope is known by
// having nothing else.
func unwrap(body []byte) []byte {
	m := membersOf(body)
	if m.next() && string(m.key) == "data" && m.atEnd() {
		return m.value
	}
	return body
}

func decodeValue(into any, data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return errors.New("it is empty")
	case data[0] == '<':
		return errors.New("it is an HTML page")
	case bytes.Equal(data, []byte("null")):
		return errors.New("it holds no data")
	}
	if err := lenient(data, into); err != nil {
		return err
	}
	if r, ok := into.(required); ok {
		if name := r.missing(); name != "" {
			return fmt.Errorf("it holds no %s", name)
		}
	}
	return nil
}

// sameJSON compares by value: key order and white space differ between what was sent and what is read.
func sameJSON(a, b any) bool {
	var x, y any
	return decodeExact(encoded(a), &x) == nil && decodeExact(encoded(b), &y) == nil && reflect.DeepEqual(x, y)
}

// sameData compares free-form data, of which the server may store an empty object for none.
func sameData(found any, sent map[string]any) bool {
	if m, isMap := found.(map[string]any); len(sent) == 0 && (found == nil || isMap && len(m) == 0) {
		return true
	}
	return sameJSON(found, sent)
}

func encoded(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return data
}
