package novu

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/novu-go/novu/internal/check"
)

// checks collects everything that is wrong with a call's parameters and options.
type checks struct {
	check.Checks
	options requestOptions
	prefix  string // of the fields, "Events[57]."
}

// checkParams starts the checks of a call. The options are looked at first, so that their faults
// are reported with the others, and so that [WithResponse] never shows the answer of an earlier
// call.
func checkParams(op string, opts ...RequestOption) *checks {
	c := &checks{Checks: check.Checks{Op: op}}
	for _, opt := range opts {
		if opt != nil {
			opt(&c.options, c)
		}
	}
	if c.options.response != nil {
		*c.options.response = Response{}
	}
	return c
}

func (c *checks) add(field, problem string) *checks {
	c.Add(c.prefix+field, problem)
	return c
}

// within runs checks of fields that are part of another.
func (c *checks) within(prefix string, check func()) *checks {
	before := c.prefix
	c.prefix += prefix
	check()
	c.prefix = before
	return c
}

// ctx insists on a context.
func (c *checks) ctx(ctx context.Context) *checks {
	if ctx == nil {
		c.add("ctx", "must not be nil")
	}
	return c
}

// err is nil if nothing was found.
func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Message: c.Message(), Fields: c.Fields, kind: ErrInvalidParams}
}

func (c *checks) required(field, value string) *checks {
	if strings.TrimSpace(value) == "" {
		c.add(field, "must not be empty")
	}
	return c
}

// id checks an identifier. Any text will do for Novu; these would not reach it, or not as they are.
func (c *checks) id(field, value string) *checks {
	if problem := check.IDProblem(value); problem != "" {
		c.add(field, problem)
	}
	return c
}

func (c *checks) optionalID(field, value string) *checks {
	if value == "" {
		return c
	}
	return c.id(field, value)
}

var objectID = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)

// objectID checks an internal id. The server answers any other with an error that says nothing.
func (c *checks) objectID(id string) *checks {
	if !objectID.MatchString(id) {
		c.add("id", fmt.Sprintf("must be the 24 hexadecimal digits of the internal id (_id), not %q", id))
	}
	return c
}

const (
	maxContexts    = 5
	maxContextName = 100
)

var contextName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func isContextName(s string) bool { return len(s) <= maxContextName && contextName.MatchString(s) }

func (c *checks) context(p ContextPayload) *checks {
	if p == nil {
		return c
	}
	if len(p) == 0 || len(p) > maxContexts {
		c.add("Context", fmt.Sprintf("holds %d contexts; the server takes 1 to %d", len(p), maxContexts))
	}
	for kind, value := range p {
		if !isContextName(kind) {
			c.add("Context", fmt.Sprintf("type %q must be 1 to 100 letters, digits, - or _", kind))
		}
		if !isContextName(value.ID) {
			c.add("Context", fmt.Sprintf("id %q of type %q must be 1 to 100 letters, digits, - or _", value.ID, kind))
		}
	}
	return c
}

// subscriberOrContext insists on one of them: without either, it would belong to nobody.
func (c *checks) subscriberOrContext(subscriberID string, p ContextPayload) *checks {
	if subscriberID == "" && len(p) == 0 {
		c.add("SubscriberID", "or Context must be given")
	}
	return c.optionalID("SubscriberID", subscriberID).context(p)
}

const maxLimit = 100

// page checks what the lists with cursors have in common.
func (c *checks) page(limit int, after, before string, contextKeys []string) *checks {
	if limit < 0 || limit > maxLimit {
		c.add("Limit", fmt.Sprintf("is %d, must be 1 to %d, or 0 for the server's default of 10", limit, maxLimit))
	}
	if after != "" && before != "" {
		c.add("After", "and Before exclude each other")
	}
	return c.optionalID("After", after).optionalID("Before", before).contextKeys(contextKeys)
}

// contextKeys refuses an empty set, such as that of an empty ContextPayload: the server would take
// it for no filter and list what belongs to every customer.
func (c *checks) contextKeys(keys []string) *checks {
	if keys != nil && len(keys) == 0 {
		c.add("ContextKeys", "must not be empty: nil means no filter, and the server can't list what has no context")
	}
	for i, key := range keys {
		c.required(fmt.Sprintf("ContextKeys[%d]", i), key)
	}
	return c
}

func isGUID(s string) bool { return check.IsGUID(s) }

var threadID = regexp.MustCompile(`^19:[^/?#\\\s]+@[a-z0-9.]+(;messageid=[0-9]+)?$`)

func isThreadID(s string) bool { return threadID.MatchString(s) }
