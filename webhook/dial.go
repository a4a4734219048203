package webhook

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// newTransport returns the transport of a client that was given none. Microsoft's hosts are reached as any
// API is. Others may have names that anyone controls. So their address is checked after it was looked up,
// so that there is no moment at which it could change; with a proxy, which looks up the name itself, only
// an address in the URL can be checked.
func newTransport(private bool) http.RoundTripper {
	plain, guarded := rest.NewTransport(), rest.NewTransport()
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if !private {
		dialer.ControlContext = refuseUnlessPublic
	}
	guarded.Proxy = nil
	guarded.DialContext = dialer.DialContext
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		host := strings.ToLower(req.URL.Hostname())
		if isWorkflowsHost(host) {
			return plain.RoundTrip(req)
		}
		if proxy, err := plain.Proxy(req); err == nil && proxy == nil {
			return guarded.RoundTrip(req)
		}
		if addr, err := netip.ParseAddr(host); err == nil && !private && !isPublic(addr) {
			return nil, rest.Final(ErrPrivateAddress)
		}
		return plain.RoundTrip(req)
	})
}

func refuseUnlessPublic(_ context.Context, _, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(addr.Addr()) {
		return rest.Final(ErrPrivateAddress)
	}
	return nil
}

// publicV6 is all that is assigned for global unicast.
var publicV6 = netip.MustParsePrefix("2000::/3")

// notPublic lists what netip does not know as private but nobody's public host
// is in: the registries' special-purpose blocks, the tunnels whose addresses
// hold an IPv4 address of anyone's choice, and Azure's platform address.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("3fff::/20"),
}

func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && !publicV6.Contains(addr) {
		return false
	}
	for _, block := range notPublic {
		if block.Contains(addr) {
			return false
		}
	}
	return true
}
