package ecs

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net/netip"
)

// communityID appends the flow's Community ID (version 1, seed 0), by which
// network tools name the same connection. The extractor's Data are protocol,
// source address and port, destination address and port.
//
// Source: github.com/corelight/community-id-spec.
func (e *Event) communityID(x *extractor, dst []Value) []Value {
	if len(x.slots) != 5 {
		return dst
	}
	var protocol byte
	var addr [2]netip.Addr
	var port [2]uint16
	for i, slot := range x.slots {
		text, ok := e.textAt(e.shape.pos[slot])
		if !ok {
			return dst
		}
		switch i {
		case 0:
			if protocol, ok = flowProtocol(text); !ok {
				return dst
			}
		case 1, 3:
			ip, ok := plainIP(text)
			if !ok {
				return dst
			}
			a, err := netip.ParseAddr(string(ip))
			if err != nil {
				return dst
			}
			addr[i/3] = a
		default:
			n, ok := parseInt(text)
			if !ok || n < 0 || n > 0xffff {
				return dst
			}
			port[i/4] = uint16(n)
		}
	}
	if addr[0].Is4() != addr[1].Is4() {
		return dst
	}
	return append(dst, String(communityIDOf(protocol, addr, port)))
}

// flowProtocol returns the IANA number of tcp or udp, by name or number. ICMP
// flows have types in the place of ports, which Windows does not log.
func flowProtocol(text []byte) (byte, bool) {
	switch {
	case bytes.EqualFold(text, []byte("tcp")), string(text) == "6":
		return 6, true
	case bytes.EqualFold(text, []byte("udp")), string(text) == "17":
		return 17, true
	}
	return 0, false
}

// communityIDOf hashes seed, ordered addresses, protocol, padding and ports.
func communityIDOf(protocol byte, addr [2]netip.Addr, port [2]uint16) string {
	if c := addr[0].Compare(addr[1]); c > 0 || c == 0 && port[0] > port[1] {
		addr[0], addr[1] = addr[1], addr[0]
		port[0], port[1] = port[1], port[0]
	}
	flow := []byte{0, 0}
	flow = append(flow, addr[0].AsSlice()...)
	flow = append(flow, addr[1].AsSlice()...)
	flow = append(flow, protocol, 0, byte(port[0]>>8), byte(port[0]), byte(port[1]>>8), byte(port[1]))
	sum := sha1.Sum(flow)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}
