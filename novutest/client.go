package novutest

import "github.com/novu-go/novu"

// Client returns a client for this server. Options are added to those that it
// needs. An option that cannot be right makes it panic, which in a test is a
// failure where the mistake is.
func (s *Server) Client(opts ...novu.Option) *novu.Client {
	here := []novu.Option{novu.WithBaseURL(s.URL())}
	if s.config.memory != nil {
		here = append(here, novu.WithHTTPClient(s.HTTPClient()))
	}
	client, err := novu.NewClient(s.SecretKey(), append(here, opts...)...)
	if err != nil {
		panic("novutest: " + err.Error())
	}
	return client
}
