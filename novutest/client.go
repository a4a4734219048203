package novutest

import (
	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// Client returns a client for this server. Options are added to those that it
// needs. An option that cannot be right makes it panic, which in a test is a
// failure where the mistake is.
func (s *Server) Client(opts ...novu.Option) *novu.Client {
	here := []novu.Option{novu.WithBaseURL(s.URL())}
	if s.host.InMemory() {
		here = append(here, novu.WithHTTPClient(s.HTTPClient()))
	}
	client, err := novu.NewClient(s.SecretKey(), append(here, opts...)...)
	if err != nil {
		panic("novutest: " + err.Error())
	}
	return client
}

// MSTeams returns a client for the emulated Microsoft, as the app of [WithApp]
// or, without it, as any. Microsoft's rate limits are off unless an option sets
// them. An option that cannot be right makes it panic.
func (s *Server) MSTeams(opts ...msteams.Option) *msteams.Client {
	credentials := msteams.Credentials{ClientID: anyClientID, ClientSecret: "any-secret", TenantID: s.config.microsoft.TenantID}
	if app := s.config.microsoft.App; app != nil {
		credentials = msteams.Credentials{
			ClientID: app.ClientID, ClientSecret: novu.Secret(app.ClientSecret), TenantID: app.TenantID,
		}
	}
	client, err := msteams.NewClient(credentials, append(s.MSTeamsOptions(), opts...)...)
	if err != nil {
		panic("novutest: " + err.Error())
	}
	return client
}

const anyClientID = "5c1e0f52-8f0b-4d1c-9a27-3f0e6b7d9c10"
