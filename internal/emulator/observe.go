package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// observePrefix is where anybody can watch the emulator, without a key.
const observePrefix = "/_emulator/"

// view is a list that can be watched: all of it, or its last items.
type view func(w http.ResponseWriter, r *http.Request) any

// Show serves a list at GET /_emulator/{name}. The list must be redacted. The
// query's last limits it to its last items; the header X-Total-Count says how
// long the whole is.
func Show[T any](h *Host, name string, list func() []T) {
	h.views[name] = func(w http.ResponseWriter, r *http.Request) any {
		all := list()
		w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
		if n, err := strconv.Atoi(r.URL.Query().Get("last")); err == nil && n >= 0 && n < len(all) {
			all = all[len(all)-n:]
		}
		return append([]T{}, all...)
	}
}

func (h *Host) serveObserver(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	name := strings.TrimPrefix(r.URL.Path, observePrefix)
	if do, known := h.acts[name]; known && r.Method == http.MethodPost {
		h.serveAct(w, r, do)
		return
	}
	switch {
	case r.Method == http.MethodPost && name == "settle":
		if err := h.settle(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case name == "events":
		h.serveEvents(w, r)
		return
	}
	show, known := h.views[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", JSONType)
	_, _ = w.Write(append(Encode(show(w, r)), '\n'))
}

// serveEvents sends an event whenever something has changed.
func (h *Host) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	for {
		version, changed := h.Feed.watch()
		if _, err := fmt.Fprintf(w, "event: changed\ndata: %d\n\n", version); err != nil {
			return
		}
		if flusher.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-h.ctx.Done():
			return
		}
	}
}
