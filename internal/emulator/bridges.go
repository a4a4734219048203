package emulator

import (
	"bytes"
	"net/http"
	"sync"
)

// BridgeRoute is the pattern of the bridges that the host serves.
const BridgeRoute = "/_bridges/{agent}"

// bridges are the handlers of agents that the host serves, by the agent's identifier.
type bridges struct {
	mu       sync.Mutex
	handlers map[string]http.Handler
}

// ServeBridge serves an agent's bridge and returns its address. A second one takes the place of the first.
// Requests to it are in the log, and faults happen to them, as to every route.
func (h *Host) ServeBridge(agent string, bridge http.Handler) string {
	h.bridges.mu.Lock()
	defer h.bridges.mu.Unlock()
	if h.bridges.handlers == nil {
		h.bridges.handlers = map[string]http.Handler{}
	}
	h.bridges.handlers[agent] = bridge
	return h.URL + "/_bridges/" + agent
}

// serveBridge hands a request to the agent's bridge.
func (h *Host) serveBridge(c *Call, fault *Fault) *Reply {
	fault.Wait(h.ctx)
	h.bridges.mu.Lock()
	bridge := h.bridges.handlers[c.Params["agent"]]
	h.bridges.mu.Unlock()
	if c.ReadErr != nil {
		return &Reply{Status: http.StatusBadRequest}
	}
	if bridge == nil {
		return (&Reply{Status: http.StatusNotFound, Body: []byte("no bridge of this agent is served here\n")}).With("Content-Type", "text/plain; charset=utf-8")
	}
	req, err := http.NewRequestWithContext(h.ctx, c.Method, h.URL+c.URI, bytes.NewReader(c.Raw))
	if err != nil {
		return &Reply{Status: http.StatusBadRequest}
	}
	req.Header, req.Host, req.RequestURI = c.Header.Clone(), c.Host, c.URI
	w := &answerRecorder{header: http.Header{}}
	bridge.ServeHTTP(w, req)
	return w.reply()
}

// answerRecorder keeps what a handler answers.
type answerRecorder struct {
	header http.Header
	status int
	sent   http.Header // as it was when the status was written
	body   bytes.Buffer
}

func (w *answerRecorder) Header() http.Header { return w.header }

func (w *answerRecorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *answerRecorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *answerRecorder) reply() *Reply {
	w.WriteHeader(http.StatusOK)
	w.sent.Del("Content-Length") // the host writes its own
	return &Reply{Status: w.status, Header: w.sent, Body: w.body.Bytes()}
}

// Bridge returns the handler of an agent that the host serves, or nil.
func (h *Host) Bridge(agent string) http.Handler {
	h.bridges.mu.Lock()
	defer h.bridges.mu.Unlock()
	return h.bridges.handlers[agent]
}
