package novutest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/webhook"
)

// Visit opens a connect URL or a link-user URL and approves whatever Microsoft's
// pages ask, as an administrator would in a browser. It follows the way back to
// Novu and stops where that leads out of this server, to the integration's own
// page. It returns an error where a page or the callback refuses.
func (s *Server) Visit(ctx context.Context, address novu.Secret) error {
	u, err := url.Parse(string(address))
	if err != nil || !strings.HasPrefix(u.String(), s.URL()+"/") {
		return errors.New("novutest: Visit: the URL is not one of this server's")
	}
	approve := func(u *url.URL) {
		if strings.HasPrefix(u.String(), s.LoginURL()+"/") {
			q := u.Query()
			q.Set("_consent", string(Approve))
			u.RawQuery = q.Encode()
		}
	}
	approve(u)
	browser := s.HTTPClient()
	browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(req.URL.String(), s.URL()+"/") {
			return http.ErrUseLastResponse
		}
		approve(req.URL)
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errors.New("novutest: Visit: the URL can't be asked")
	}
	resp, err := browser.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // the error's own text would print the URL
		}
		return fmt.Errorf("novutest: Visit: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("novutest: Visit: reading the page: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest || strings.Contains(string(page), "Setup error") {
		return fmt.Errorf("novutest: Visit: %s: %.500s", resp.Status, emulator.Redact(string(page)))
	}
	return nil
}

// WebhookOptions make a client of package webhook deliver here what it sends to
// the hosts of Workflows for Microsoft Teams, such as
// https://prod-00.westeurope.logic.azure.com/workflows/…, without a rate limit.
func (s *Server) WebhookOptions() []webhook.Option {
	return []webhook.Option{
		webhook.WithHTTPClient(&http.Client{Transport: &workflowsTransport{server: s, next: s.host.Transport()}}),
		webhook.WithRateLimit(math.Inf(1)),
	}
}

// workflowsTransport sends to the emulated Workflows what is meant for the real one.
type workflowsTransport struct {
	server *Server
	next   http.RoundTripper
}

func (t *workflowsTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	address, isFlow := t.server.microsoft.Workflows(r.URL)
	if !isFlow {
		return t.next.RoundTrip(r)
	}
	here, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("novutest: the URL of a flow can't be read")
	}
	onward := r.Clone(r.Context())
	onward.URL, onward.Host = here, ""
	return t.next.RoundTrip(onward)
}
