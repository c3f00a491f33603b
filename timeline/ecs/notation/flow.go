package notation

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net/netip"
)

// CommunityID returns the Community ID (version 1, seed 0) of a flow, by which network tools name
// the same connection. ok is false unless the protocol is tcp or udp, by name or number, and the
// rest are addresses of one family and ports. ICMP flows have types in the place of ports, which
// Windows does not log.
//
// Source: github.com/corelight/community-id-spec.
func CommunityID(protocol, source, sourcePort, destination, destinationPort []byte) (id string, ok bool) {
	number, ok := flowProtocol(protocol)
	if !ok {
		return "", false
	}
	from, ok := flowEnd(source, sourcePort)
	if !ok {
		return "", false
	}
	to, ok := flowEnd(destination, destinationPort)
	if !ok || from.Addr().Is4() != to.Addr().Is4() {
		return "", false
	}
	if to.Compare(from) < 0 {
		from, to = to, from
	}
	flow := []byte{0, 0}
	flow = append(flow, from.Addr().AsSlice()...)
	flow = append(flow, to.Addr().AsSlice()...)
	a, b := from.Port(), to.Port()
	flow = append(flow, number, 0, byte(a>>8), byte(a), byte(b>>8), byte(b))
	sum := sha1.Sum(flow)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:]), true
}

// flowProtocol returns the IANA number of tcp or udp.
func flowProtocol(text []byte) (byte, bool) {
	switch {
	case bytes.EqualFold(text, []byte("tcp")), string(text) == "6":
		return 6, true
	case bytes.EqualFold(text, []byte("udp")), string(text) == "17":
		return 17, true
	}
	return 0, false
}

func flowEnd(address, port []byte) (end netip.AddrPort, ok bool) {
	ip, ok := PlainIP(address)
	if !ok {
		return end, false
	}
	a, err := netip.ParseAddr(string(ip))
	if err != nil {
		return end, false
	}
	n, ok := ParseInt(port)
	if !ok || n < 0 || n > 0xffff {
		return end, false
	}
	return netip.AddrPortFrom(a, uint16(n)), true
}
