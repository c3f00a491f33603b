package logon

import (
	"net/netip"
)

// inside are ranges, beside the private, loopback and link-local ones, whose addresses do not come from the
// internet: no router there passes them on.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),     // this network, RFC 791
	netip.MustParsePrefix("100.64.0.0/10"), // shared by a carrier's customers and by VPNs, RFC 6598
	netip.MustParsePrefix("198.18.0.0/15"), // tests of network devices, RFC 2544
	netip.MustParsePrefix("fec0::/10"),     // site-local, RFC 3879
}

// Addresses of IPv4 within those of IPv6.
var (
	translated = netip.MustParsePrefix("64:ff9b::/96") // NAT64, RFC 6052
	sixToFour  = netip.MustParsePrefix("2002::/16")    // 6to4, RFC 3056
)

// Plain is an address in its shortest form: without a zone, and IPv4 as itself however IPv6 carries it. ok is false
// for text that is not an address.
func Plain(text string) (a netip.Addr, ok bool) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, false
	}
	return a.Unmap().WithZone(""), true
}

// External reports whether an address is of the internet: not private, loopback, link-local, multicast or
// unspecified, nor one of the ranges that the internet does not carry. Addresses for documentation count as
// external, because real logs do not hold them.
func External(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	switch b := a.As16(); {
	case !a.IsValid():
		return false
	case a.Is6() && translated.Contains(a):
		a = netip.AddrFrom4([4]byte(b[12:]))
	case a.Is6() && sixToFour.Contains(a):
		a = netip.AddrFrom4([4]byte(b[2:6]))
	}
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsMulticast() ||
		a.IsUnspecified() {
		return false
	}
	for _, p := range inside {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
