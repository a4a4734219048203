package novutest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request on its way to a handler.
type call struct {
	s      *Server
	now    time.Time
	method string
	uri    string // path with query, as it came
	path   string // escaped path
	query  url.Values
	header http.Header
	params map[string]string
	raw    []byte
	body   any // decoded JSON; numbers are json.Number
}

// object is the body as an object; whatever is no object counts as an empty one.
func (c *call) object() map[string]any {
	if m, isObject := c.body.(map[string]any); isObject {
		return m
	}
	return map[string]any{}
}

// text is a string property of the body, or "".
func (c *call) text(name string) string {
	s, _ := c.object()[name].(string)
	return s
}

const (
	bodyLimit      = 100 << 10
	eventBodyLimit = 20 << 20
)

// serve takes a request through the layers in the order of the real API: body,
// route, key, rate limit, idempotency, handler. Faults stand around them all.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{
		s: s, now: s.clock.now(), method: r.Method, uri: r.RequestURI, path: r.URL.EscapedPath(),
		query: parseQuery(r.URL.RawQuery), header: r.Header,
	}
	route, params := s.router.match(c.method, c.path)
	c.params = params
	raw, readErr := io.ReadAll(io.LimitReader(r.Body, eventBodyLimit+1))
	c.raw = raw
	fault := s.faults.take(c.method, route.pattern, c.path)
	entry := s.requests.begin(c, route.pattern)

	out := s.answer(c, route, fault, readErr)
	if out.cut {
		s.requests.end(entry, 0, fault)
		breakConnection(w)
		if out.after != nil {
			out.after()
		}
		s.feed.changed()
		return
	}
	s.requests.end(entry, out.reply.status, fault)
	s.feed.changed()
	fault.write(r.Context(), w, out.reply)
}

// outcome is what happens to a request: an answer, or a broken connection and
// perhaps work after it.
type outcome struct {
	reply *reply
	cut   bool
	after func()
}

func (s *Server) answer(c *call, route *route, fault *Fault, readErr error) outcome {
	if fault == nil {
		return outcome{reply: s.handle(c, route, nil, readErr)}
	}
	switch fault.Cut {
	case CutBefore:
		fault.wait(s.ctx)
		return outcome{cut: true}
	case CutDuring:
		return outcome{cut: true, after: func() { s.handle(c, route, fault, readErr) }}
	case CutAfter:
		s.handle(c, route, fault, readErr)
		return outcome{cut: true}
	}
	if fault.Status != 0 && !fault.FromAPI {
		if fault.Commit {
			s.handle(c, route, fault, readErr)
		} else {
			fault.wait(s.ctx)
		}
		return outcome{reply: fault.reply()}
	}
	return outcome{reply: s.handle(c, route, fault, readErr)}
}

// handle is the API without faults from outside it.
func (s *Server) handle(c *call, route *route, fault *Fault, readErr error) *reply {
	if readErr != nil {
		return c.badRequest("request aborted")
	}
	if refused := c.parse(route); refused != nil {
		return refused
	}
	if route.handle == nil {
		return c.noRoute()
	}
	if route.side != novuSide {
		fault.wait(s.ctx)
		return s.locked(c, route)
	}
	return s.guarded(c, route, fault)
}

// guarded is a route of Novu's: the key, the rate limit and idempotency come first.
func (s *Server) guarded(c *call, route *route, fault *Fault) *reply {
	if route.open {
		fault.wait(s.ctx)
		return s.locked(c, route)
	}
	if refused := c.authenticate(); refused != nil {
		return refused
	}
	limits, refused := s.throttle(c, route)
	if refused == nil {
		refused = s.idempotent(c, func() *reply {
			fault.wait(s.ctx)
			if fault != nil && fault.Status != 0 && fault.FromAPI {
				if fault.Commit {
					s.locked(c, route)
				}
				return fault.reply()
			}
			return s.locked(c, route)
		})
	}
	for key, values := range limits {
		refused.with(key, values[0])
	}
	return refused
}

func (s *Server) locked(c *call, route *route) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.clock.now()
	return route.handle(s, c)
}

// parse reads the body as the API's parser does, which stands before everything
// else.
func (c *call) parse(route *route) *reply {
	if route.side == microsoftSide {
		if len(c.raw) > 0 && strings.Contains(c.header.Get("Content-Type"), "json") {
			_ = decode(c.raw, &c.body) // the handlers there look at raw where it matters
		}
		return nil
	}
	limit := bodyLimit
	if strings.HasPrefix(route.pattern, "/v1/events/") {
		limit = eventBodyLimit
	}
	if len(c.raw) > limit {
		return c.bare(http.StatusRequestEntityTooLarge, "request entity too large")
	}
	text := bytes.TrimLeft(c.raw, " \t\r\n")
	if len(c.raw) == 0 || !strings.HasPrefix(c.header.Get("Content-Type"), "application/json") {
		return nil
	}
	if len(text) > 0 && text[0] != '{' && text[0] != '[' {
		return c.badRequest(unexpectedToken(c.raw, len(c.raw)-len(text)))
	}
	if decode(c.raw, &c.body) != nil {
		return c.badRequest(syntaxError(c.raw))
	}
	return nil
}

// parseQuery reads a query as the API does: a name may end in [], and what is
// malformed is kept as it stands.
func parseQuery(raw string) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = strings.TrimSuffix(unescape(name), "[]")
		values.Add(name, unescape(value))
	}
	return values
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// authenticate checks the Authorization header in the words of the real API,
// which repeats an unknown scheme although it may be the key.
func (c *call) authenticate() *reply {
	header := c.header.Get("Authorization")
	if header == "" {
		return c.named(http.StatusUnauthorized, "Missing authorization header")
	}
	scheme, key, hasKey := strings.Cut(header, " ")
	switch {
	case scheme == "Bearer", scheme == "ApiKey" && !hasKey:
		return c.bare(http.StatusUnauthorized, "Unauthorized")
	case scheme != "ApiKey":
		return c.named(http.StatusUnauthorized, `Invalid authentication scheme: "`+scheme+`"`)
	case key != c.s.config.secretKey:
		return c.named(http.StatusUnauthorized, "API Key not found")
	}
	return nil
}
