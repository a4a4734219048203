package rest

import (
	"net"
	"net/url"
	"strings"
	"sync/atomic"
)

// connections counts those that one attempt asked for and got. net/http repeats a request by itself when
// a connection turns out to be closed, and over HTTP/2 when a stream is reset. An attempt that got more
// than one connection counts as sent more than once, although the first may not have been used: better
// in doubt than twice.
//
// Middleware may send requests of its own under the attempt's context, such as for a token. So the
// connections to the request's own host count. Behind a proxy there are none, and all count.
type connections struct {
	own   string // the request's host and port
	toOwn atomic.Bool

	ownWanted, ownGot, otherWanted, otherGot atomic.Int32
}

// maxConnsOfAttempt bounds how often net/http repeats a request without a body by itself. Over HTTP/2 it
// would go on for ever.
const maxConnsOfAttempt = 2

func (c *connections) reset() {
	for _, n := range []*atomic.Int32{&c.ownWanted, &c.ownGot, &c.otherWanted, &c.otherGot} {
		n.Store(0)
	}
}

// want notes that a connection to an address is asked for.
func (c *connections) want(address string) {
	own := address == c.own
	c.toOwn.Store(own)
	if own {
		c.ownWanted.Add(1)
	} else {
		c.otherWanted.Add(1)
	}
}

// get notes that the connection is there, and returns how many of that kind there are.
func (c *connections) get() int32 {
	if c.toOwn.Load() {
		return c.ownGot.Add(1)
	}
	c.otherGot.Add(1)
	return 0
}

// got returns how many connections the request itself got.
func (c *connections) got() int32 {
	if c.ownWanted.Load() > 0 {
		return c.ownGot.Load()
	}
	return c.otherGot.Load()
}

// neverSent reports whether the request can't have reached a server. The counts know it of net/http's
// transport, the error's type of any other.
func (c *connections) neverSent(err error) bool {
	if c.ownWanted.Load()+c.otherWanted.Load() > 0 {
		return c.got() == 0
	}
	return isDialError(err)
}

// addressOf returns where net/http connects to for a URL, without a proxy.
func addressOf(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
