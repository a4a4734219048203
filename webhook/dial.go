package webhook

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/publicip"
	"github.com/novu-go/novu/internal/rest"
)

// newTransport returns the transport of a client that was given none. Microsoft's hosts are reached
// as any API is. Others may have names that anyone controls. So their address is checked after it
// was looked up, so that there is no moment at which it could change; with a proxy, which looks up
// the name itself, only an address in the URL can be checked.
func newTransport(private bool, attemptLimit time.Duration) http.RoundTripper {
	plain, guarded := rest.NewHTTPTransport(attemptLimit), rest.NewHTTPTransport(attemptLimit)
	guarded.Proxy = nil
	if !private {
		guarded.DialContext = publicip.Dialer(rest.Final(ErrPrivateAddress)).DialContext
	}
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		host := strings.ToLower(req.URL.Hostname())
		if isWorkflowsHost(host) {
			return plain.RoundTrip(req)
		}
		if proxy, err := plain.Proxy(req); err == nil && proxy == nil {
			return guarded.RoundTrip(req)
		}
		if addr, err := netip.ParseAddr(host); err == nil && !private && !publicip.Is(addr) {
			return nil, rest.Final(ErrPrivateAddress)
		}
		return plain.RoundTrip(req)
	})
}
