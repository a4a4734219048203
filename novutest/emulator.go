package novutest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// serveEmulator answers the routes that the package's doc lists. Every answer is
// redacted.
func (s *Server) serveEmulator(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	name := strings.TrimPrefix(r.URL.Path, "/_emulator/")
	switch {
	case r.Method == http.MethodPost && name == "settle":
		if err := s.Settle(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case name == "events":
		s.serveEvents(w, r)
		return
	}
	data, known := map[string]func() any{
		"messages":    func() any { return last(s.Messages(), w, r) },
		"failures":    func() any { return last(s.Failures(), w, r) },
		"requests":    func() any { return last(s.Requests(), w, r) },
		"connections": s.shownConnections,
		"endpoints":   s.shownEndpoints,
	}[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(append(encode(data()), '\n'))
}

// last is the end of a list, as long as the query's last asks for; the header
// X-Total-Count says how long the whole is.
func last[T any](list []T, w http.ResponseWriter, r *http.Request) []T {
	w.Header().Set("X-Total-Count", strconv.Itoa(len(list)))
	if n, err := strconv.Atoi(r.URL.Query().Get("last")); err == nil && n >= 0 && n < len(list) {
		list = list[len(list)-n:]
	}
	return append([]T{}, list...)
}

func (s *Server) shownConnections() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []any{}
	for _, r := range s.state.connections.rows {
		safe := *r
		safe.auth = map[string]any{"accessToken": hidden}
		shown = append(shown, showConnection(&safe))
	}
	return shown
}

func (s *Server) shownEndpoints() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []any{}
	for _, r := range s.state.endpoints.rows {
		safe := *r
		safe.endpoint = map[string]any{}
		for name, value := range r.endpoint {
			switch name {
			case "url":
				value = redactURL(printed(value))
			case "routingKey", "apiKey", "authToken", "headers":
				value = hidden
			}
			safe.endpoint[name] = value
		}
		shown = append(shown, showEndpoint(&safe))
	}
	return shown
}

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	for {
		version, changed := s.feed.watch()
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
		case <-s.ctx.Done():
			return
		}
	}
}
