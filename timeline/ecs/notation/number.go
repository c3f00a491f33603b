package notation

import (
	"bytes"
	"math"
	"net/netip"
	"time"

	"hunt/evtx"
)

// ParseInt reads a decimal or 0x number; ok is false for numbers that do not fit an int64.
func ParseInt(b []byte) (int64, bool) {
	b = bytes.TrimSpace(b)
	negative := false
	if len(b) > 1 && b[0] == '-' {
		negative, b = true, b[1:]
	}
	base := uint64(10)
	if len(b) > 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		base, b = 16, b[2:]
	}
	n, ok := parseDigits(b, base)
	if !ok || n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// parseDigits reads digits of a base up to 16.
func parseDigits(b []byte, base uint64) (n uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	for _, c := range b {
		var digit uint64
		switch {
		case c >= '0' && c <= '9':
			digit = uint64(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			digit = uint64(c|0x20-'a') + 10
		default:
			return 0, false
		}
		if digit >= base || n > (math.MaxUint64-digit)/base {
			return 0, false
		}
		n = n*base + digit
	}
	return n, true
}

// ParseBool reads true and false in any case.
func ParseBool(b []byte) (v, ok bool) {
	switch {
	case bytes.EqualFold(b, []byte("true")):
		return true, true
	case bytes.EqualFold(b, []byte("false")):
		return false, true
	}
	return false, false
}

// ParseTime reads the times that Windows and Sysmon write as text, in UTC: 2019-07-29
// 21:32:55.535 and 2019-07-29T21:32:55.535000000Z. It allocates nothing: it runs for every
// Sysmon event under ClockUTC.
func ParseTime(b []byte) (evtx.Filetime, bool) {
	b = bytes.TrimSpace(b)
	if len(b) < len("2006-01-02 15:04:05") || b[4] != '-' || b[7] != '-' || b[10] != ' ' &&
		b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	var parts [6]int
	for i, span := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		n, ok := parseDigits(b[span[0]:span[1]], 10)
		if !ok {
			return 0, false
		}
		parts[i] = int(n)
	}
	nanos := 0
	if rest := bytes.TrimSuffix(b[19:], []byte("Z")); len(rest) > 0 {
		if rest[0] != '.' || len(rest) < 2 || len(rest) > 10 {
			return 0, false
		}
		n, ok := parseDigits(rest[1:], 10)
		if !ok {
			return 0, false
		}
		nanos = int(n)
		for range 10 - len(rest) {
			nanos *= 10
		}
	}
	month, day := time.Month(parts[1]), parts[2]
	if month < 1 || month > 12 || day < 1 || day > 31 || parts[3] > 23 || parts[4] > 59 || parts[5] > 59 {
		return 0, false
	}
	return evtx.FiletimeOf(time.Date(parts[0], month, day, parts[3], parts[4], parts[5], nanos, time.UTC)), true
}

// PlainIP returns the address in b, for an IPv4 address without the ::ffff: that Windows puts
// in front; LOCAL, which terminal services write, is 127.0.0.1. ok is false for anything else,
// which an ip field cannot hold.
func PlainIP(b []byte) (ip []byte, ok bool) {
	b = bytes.TrimSpace(b)
	if bytes.EqualFold(b, []byte("LOCAL")) {
		return []byte("127.0.0.1"), true
	}
	const mapped = "::ffff:"
	if len(b) > len(mapped) && bytes.EqualFold(b[:len(mapped)], []byte(mapped)) && bytes.IndexByte(b, '.') > 0 {
		b = b[len(mapped):]
	}
	if len(b) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%")+32 {
		return nil, false
	}
	addr, err := netip.ParseAddr(string(b))
	if err != nil {
		return nil, false
	}
	if addr.Zone() != "" {
		b = b[:bytes.IndexByte(b, '%')]
	}
	return b, true
}
