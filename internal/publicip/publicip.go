// Package publicip keeps requests to addresses of somebody else's choice out of private networks.
package publicip

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Dialer returns a dialer that connects to public addresses only. Any other address is refused with
// the given error. The address is checked after the name was looked up, so that there is no moment at
// which it could change.
func Dialer(refusal error) *net.Dialer {
	return &net.Dialer{
		Timeout: 10 * time.Second, KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			if addr, err := netip.ParseAddrPort(address); err != nil || !Is(addr.Addr()) {
				return refusal
			}
			return nil
		},
	}
}

// publicV6 is all that is assigned for global unicast.
var publicV6 = netip.MustParsePrefix("2000::/3")

// notPublic lists what netip does not know as private but nobody's public host is in: the registries'
// special-purpose blocks, the tunnels whose addresses hold an IPv4 address of anyone's choice, and
// Azure's platform address.
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

// Is reports whether addr is a public host's.
func Is(addr netip.Addr) bool {
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
