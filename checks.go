package novu

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novu-go/novu/internal/check"
)

// checks collects all that is wrong with an operation's parameters.
type checks struct{ check.Checks }

func checkParams(op string) *checks { return &checks{check.Checks{Op: op}} }

func (c *checks) add(field, problem string) *checks {
	c.Add(field, problem)
	return c
}

// err is nil where nothing was found.
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

// id checks an identifier that names something, in a path or a body. Any text
// will do for Novu; these would not reach it, or not as they are.
func (c *checks) id(field, value string) *checks {
	switch {
	case strings.TrimSpace(value) == "":
		c.add(field, "must not be empty")
	case value == "." || value == "..":
		c.add(field, fmt.Sprintf("must not be %q, which a path can't carry", value))
	case !utf8.ValidString(value):
		c.add(field, "is not valid UTF-8")
	case strings.ContainsFunc(value, unicode.IsControl):
		c.add(field, "must not contain control characters")
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

// objectID checks an internal id: the server answers any other with a 500.
func (c *checks) objectID(id string) *checks {
	if !objectID.MatchString(id) {
		c.add("id", fmt.Sprintf("must be the 24 hexadecimal digits of the internal id (_id), not %q", id))
	}
	return c
}

const maxContexts = 5

func isContextName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

func (c *checks) context(p ContextPayload) *checks {
	if p == nil {
		return c
	}
	if len(p) == 0 || len(p) > maxContexts {
		c.add("Context", fmt.Sprintf("holds %d contexts; the server takes 1 to %d", len(p), maxContexts))
	}
	for kind, value := range p {
		if !isContextName(kind) {
			c.add("Context", fmt.Sprintf("type %q must be 1 to 100 lower-case letters, digits, - or _", kind))
		}
		if !isContextName(value.ID) {
			c.add("Context", fmt.Sprintf("id %q of type %q must be 1 to 100 lower-case letters, digits, - or _", value.ID, kind))
		}
	}
	return c
}

// subscriberOrContext: without either, the server can't tell whose it is.
func (c *checks) subscriberOrContext(subscriberID string, p ContextPayload) *checks {
	if subscriberID == "" && len(p) == 0 {
		c.add("SubscriberID", "or Context must be given")
	}
	return c.optionalID("SubscriberID", subscriberID).context(p)
}

const maxLimit = 100

func (c *checks) page(limit int, after, before string) *checks {
	if limit < 0 || limit > maxLimit {
		c.add("Limit", fmt.Sprintf("is %d, must be 1 to %d, or 0 for the server's default of 10", limit, maxLimit))
	}
	if after != "" && before != "" {
		c.add("After", "and Before exclude each other")
	}
	return c.optionalID("After", after).optionalID("Before", before)
}

func isGUID(s string) bool { return check.IsGUID(s) }

var threadID = regexp.MustCompile(`^19:[^/?#\\\s]+@[a-z0-9.]+(;messageid=[0-9]+)?$`)

func isThreadID(s string) bool { return threadID.MatchString(s) }
