package emulator

import (
	"io"
	"net/http"
)

// bodyLimit is how much of a body is read. Every side refuses bodies below it.
const bodyLimit = 21 << 20

// serve finds the request's route, lets faults happen to it, and keeps it in the log.
func (h *Host) serve(w http.ResponseWriter, r *http.Request) {
	c := &Call{
		Now: h.Clock.Now(), Method: r.Method, URI: r.RequestURI, Path: r.URL.EscapedPath(),
		Query: ParseQuery(r.URL.RawQuery), Header: r.Header, Host: r.Host,
	}
	route, params := h.Router.Match(c.Method, c.Path)
	c.Params = params
	c.Raw, c.ReadErr = io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	fault := h.faults.take(c.Method, route.Pattern, c.Path)
	entry := h.requests.begin(c, route.Pattern)

	out := h.answer(c, route, fault)
	if out.cut {
		h.requests.end(entry, 0, fault)
		breakConnection(w)
		if out.after != nil {
			out.after()
		}
		h.Feed.Changed()
		return
	}
	h.requests.end(entry, out.reply.Status, fault)
	h.Feed.Changed()
	fault.write(r.Context(), w, out.reply)
}

// outcome is what happens to a request: an answer, or a broken connection and
// perhaps work after it.
type outcome struct {
	reply *Reply
	cut   bool
	after func()
}

func (h *Host) answer(c *Call, route *Route, fault *Fault) outcome {
	if fault == nil {
		return outcome{reply: route.Serve(c, nil)}
	}
	switch fault.Cut {
	case CutBefore:
		fault.Wait(h.ctx)
		return outcome{cut: true}
	case CutDuring:
		return outcome{cut: true, after: func() { route.Serve(c, fault) }}
	case CutAfter:
		route.Serve(c, fault)
		return outcome{cut: true}
	}
	if fault.Status != 0 && !fault.FromAPI {
		if fault.Commit {
			route.Serve(c, fault)
		} else {
			fault.Wait(h.ctx)
		}
		return outcome{reply: fault.Reply()}
	}
	return outcome{reply: route.Serve(c, fault)}
}
