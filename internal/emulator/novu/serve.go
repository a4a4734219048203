package novu

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// call is one request on its way to a handler of Novu's.
type call struct {
	*emulator.Call
	s *Server

	cursorMayBeMalformed bool // a list that answers nothing to it
}

const (
	bodyLimit      = 100 << 10
	eventBodyLimit = 20 << 20
)

// serve takes a request through the layers in the order of the real API: body,
// route, key, rate limit, idempotency, handler.
func (s *Server) serve(r *route) emulator.Serve {
	return func(request *emulator.Call, fault *emulator.Fault) *reply {
		c := &call{Call: request, s: s}
		if refused := c.parse(r); refused != nil {
			return refused
		}
		if r.handle == nil {
			return c.noRoute()
		}
		if r.open {
			fault.Wait(s.host.Context())
			return s.locked(c, r)
		}
		return s.guarded(c, r, fault)
	}
}

// guarded is a route that needs a key: the key, the rate limit and idempotency
// come before the handler.
func (s *Server) guarded(c *call, r *route, fault *emulator.Fault) *reply {
	if refused := c.authenticate(); refused != nil {
		return refused
	}
	limits, answer := s.throttle(c, r)
	if answer == nil {
		answer = s.idempotent(c, func() *reply {
			fault.Wait(s.host.Context())
			if fault != nil && fault.Status != 0 && fault.FromAPI {
				if fault.Commit {
					s.locked(c, r)
				}
				return fault.Reply()
			}
			return s.locked(c, r)
		})
	}
	for key, values := range limits {
		answer.With(key, values[0])
	}
	return answer
}

func (s *Server) locked(c *call, r *route) *reply {
	if r.unlocked {
		return r.handle(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Now = s.host.Clock.Now()
	return r.handle(c)
}

// Post creates something by the API's own rules, without a network, a key or a
// limit. It is for fixtures.
func (s *Server) Post(path string, body any) (*reply, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	c := &call{s: s, Call: &emulator.Call{
		Now: s.host.Clock.Now(), Method: http.MethodPost, URI: path, Path: path,
		Header: http.Header{"Content-Type": {"application/json"}}, Raw: raw,
	}}
	for _, r := range s.routes {
		if r.method != http.MethodPost || r.pattern != path {
			continue
		}
		if refused := c.parse(r); refused != nil {
			return refused, nil
		}
		return s.locked(c, r), nil
	}
	return c.noRoute(), nil
}

// parse reads the body as the API's parser does, which stands before everything
// else.
func (c *call) parse(r *route) *reply {
	if c.ReadErr != nil {
		return c.badRequest("request aborted")
	}
	limit := bodyLimit
	if strings.HasPrefix(r.pattern, "/v1/events/") {
		limit = eventBodyLimit
	}
	if r.pattern == replyPattern || r.pattern == eventsPattern {
		if len(c.Raw) > replyBodyLimit {
			return c.bare(http.StatusRequestEntityTooLarge, "Payload Too Large")
		}
		limit = replyBodyLimit
	}
	if len(c.Raw) > limit {
		return c.bare(http.StatusRequestEntityTooLarge, "request entity too large")
	}
	text := bytes.TrimLeft(c.Raw, " \t\r\n")
	if len(c.Raw) == 0 || !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
		return nil
	}
	if len(text) > 0 && text[0] != '{' && text[0] != '[' {
		return c.badRequest(unexpectedToken(c.Raw, len(c.Raw)-len(text)))
	}
	if emulator.Decode(c.Raw, &c.Body) != nil {
		return c.badRequest(syntaxError(c.Raw))
	}
	return nil
}

// authenticate checks the Authorization header in the words of the real API,
// which repeats an unknown scheme although it may be the key.
func (c *call) authenticate() *reply {
	header := c.Header.Get("Authorization")
	if header == "" {
		return c.named(http.StatusUnauthorized, "Missing authorization header")
	}
	scheme, key, hasKey := strings.Cut(header, " ")
	switch {
	case scheme == "Bearer", scheme == "ApiKey" && !hasKey:
		return c.bare(http.StatusUnauthorized, "Unauthorized")
	case scheme != "ApiKey":
		return c.named(http.StatusUnauthorized, `Invalid authentication scheme: "`+scheme+`"`)
	case key != c.s.config.SecretKey:
		return c.named(http.StatusUnauthorized, "API Key not found")
	}
	return nil
}
