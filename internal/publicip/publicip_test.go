package publicip_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/publicip"
)

// The edges of each block. What a connection shows is tested in package webhook.
func TestIs(t *testing.T) {
	t.Parallel()
	for addr, public := range map[string]bool{
		"8.8.8.8": true, "::ffff:8.8.8.8": true, "1.0.0.0": true, "223.255.255.255": true, "2600::1": true, "2a00:1450::1": true,
		"0.255.255.255": false, "9.255.255.255": true, "10.0.0.0": false, "10.255.255.255": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true,
		"126.255.255.255": true, "127.0.0.0": false, "127.255.255.255": false, "128.0.0.0": true,
		"169.253.255.255": true, "169.254.0.0": false, "169.255.0.0": true, "168.63.129.15": true, "168.63.129.16": false,
		"172.15.255.255": true, "172.16.0.0": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.1": false, "192.0.1.0": true, "192.0.2.1": false, "192.88.99.1": false, "192.167.255.255": true, "192.168.0.0": false, "192.169.0.0": true,
		"198.17.255.255": true, "198.18.0.0": false, "198.19.255.255": false, "198.20.0.0": true, "198.51.100.1": false, "203.0.113.1": false,
		"224.0.0.0": false, "239.255.255.255": false, "240.0.0.0": false, "255.255.255.254": false, "255.255.255.255": false,
		"::": false, "::1": false, "::7f00:1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::808:808": false, "100::1": false,
		"2001::1": false, "2001:200::1": true, "2001:db8::1": false, "2002:808:808::1": false, "3fff::1": false, "4000::1": false,
		"fc00::1": false, "fd12::1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
	} {
		assert.Equal(t, public, publicip.Is(netip.MustParseAddr(addr)), addr)
	}
	assert.False(t, publicip.Is(netip.Addr{}))
}
