// Package check holds what the packages of this module have in common for refusing parameters
// before anything is sent, and the sentinels that all of them export.
package check

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Every package exports these under the same names, so that errors.Is holds across packages.
var (
	// ErrInvalidParams says that the parameters can't be right. Nothing was sent.
	ErrInvalidParams = errors.New("invalid parameters")
	// ErrBadAnswer says that the server's answer can't be right.
	ErrBadAnswer = errors.New("bad answer")
	// ErrOutcomeUnknown says that the request may or may not have been carried out.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// Checks collects everything that is wrong with an operation's parameters.
type Checks struct {
	Op     string
	Fields map[string][]string // problems by field; nil if there are none
	order  []string
}

// Add notes a problem of a field.
func (c *Checks) Add(field, problem string) {
	if c.Fields == nil {
		c.Fields = map[string][]string{}
	}
	c.Fields[field] = append(c.Fields[field], problem)
	c.order = append(c.order, field+" "+problem)
}

// Message lists all problems in the order in which they were found.
func (c *Checks) Message() string { return strings.Join(c.order, "; ") }

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// IsGUID reports whether s is a GUID in its usual form, 8-4-4-4-12 hexadecimal digits.
func IsGUID(s string) bool { return guid.MatchString(s) }

// IsLoopback reports whether host, a name or an address without a port, is this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Unprintable reports whether an HTTP header can't carry r.
func Unprintable(r rune) bool { return r > unicode.MaxASCII || r < ' ' || r == 0x7f }

// IDProblem says why an identifier can't stand in a path or a body, or would not arrive as it is.
// It is "" for one that can.
func IDProblem(value string) string {
	switch {
	case strings.TrimSpace(value) == "":
		return "must not be empty"
	case value == "." || value == "..":
		return fmt.Sprintf("must not be %q, which a path can't carry", value)
	case !utf8.ValidString(value):
		return "is not valid UTF-8"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "must not contain control characters"
	}
	return ""
}
