package novutest

import (
	"fmt"
	"net/http"
	"strings"
)

// serveEmulator answers what a program that drives the emulator from outside
// wants to know. Every answer is redacted.
//
//	GET /_emulator/messages      what landed, as a JSON array of Message
//	GET /_emulator/failures      what did not, as a JSON array of Failure
//	GET /_emulator/requests      the request log
//	GET /_emulator/connections   channel connections
//	GET /_emulator/endpoints     channel endpoints
//	GET /_emulator/events        server-sent events: one "changed" whenever any of it has changed
//	POST /_emulator/settle       processes what is queued, then 204
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
		"messages":    func() any { return nonNil(s.Messages()) },
		"failures":    func() any { return nonNil(s.Failures()) },
		"requests":    func() any { return nonNil(s.Requests()) },
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

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
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
