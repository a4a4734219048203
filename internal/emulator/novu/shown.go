package novu

import "github.com/novu-go/novu/internal/emulator"

// Connections is every channel connection as the API shows it, without what is
// secret.
func (s *Server) Connections() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []any{}
	for _, r := range s.connections.rows {
		safe := *r
		safe.auth = map[string]any{"accessToken": emulator.Hidden}
		shown = append(shown, showConnection(&safe))
	}
	return shown
}

// Endpoints is every channel endpoint as the API shows it, without what is secret.
func (s *Server) Endpoints() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := []any{}
	for _, r := range s.endpoints.rows {
		safe := *r
		safe.endpoint = map[string]any{}
		for name, value := range r.endpoint {
			switch name {
			case "url":
				value = emulator.RedactURL(printed(value))
			case "routingKey", "apiKey", "authToken", "headers":
				value = emulator.Hidden
			}
			safe.endpoint[name] = value
		}
		shown = append(shown, showEndpoint(&safe))
	}
	return shown
}
