package novu

import (
	"net/netip"
	"net/url"
	"strings"
)

func isURLAddress(v any) string {
	if address, isText := v.(string); isText && address != "" {
		return ""
	}
	return "%s must be a URL address"
}

// blockedHosts are names that Novu never calls.
var blockedHosts = map[string]bool{"localhost": true, "metadata.google.internal": true, "metadata.azure.com": true}

// reservedAddresses are those that are nobody's, or not for everybody, and that netip does not
// name.
var reservedAddresses = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("2001:db8::/32"),
}

// outboundFault is why Novu doesn't call an address, or "". The emulator uses no network: a name
// stands for a public address, unless it ends in .invalid, which nothing resolves.
func outboundFault(address string, allowLoopback bool) string {
	u, err := url.Parse(address)
	if err != nil || !u.IsAbs() {
		return "Invalid URL format."
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return `URL scheme "` + u.Scheme + `:" is not allowed. Only http and https are permitted.`
	case u.Hostname() == "":
		return "Invalid URL format."
	case u.User != nil:
		return "URLs with embedded credentials are not allowed."
	}
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	switch {
	case blockedHosts[host]:
		return `Requests to "` + host + `" are not allowed.`
	case strings.HasSuffix(host, ".invalid"):
		return `Unable to resolve hostname "` + host + `".`
	case err != nil || allowLoopback && ip.Unmap().IsLoopback():
		return ""
	case isReserved(ip.Unmap()):
		return "Requests to private or reserved IP addresses are not allowed (resolved: " + ip.String() + ")."
	}
	return ""
}

func isReserved(ip netip.Addr) bool {
	for _, prefix := range reservedAddresses {
		if prefix.Contains(ip) {
			return true
		}
	}
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
}

// bridgeFault is what is wrong with the address of a bridge, or "". Loopback addresses are allowed,
// as on a server that is set up for development; the name localhost never is.
func bridgeFault(address string) string { return outboundFault(address, true) }
