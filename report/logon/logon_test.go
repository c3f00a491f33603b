package logon

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOnlyTheInternetIsExternal(t *testing.T) {
	for text, want := range map[string]bool{
		"203.0.113.7": true, "8.8.8.8": true, "2001:db8::1": true, "2a02:26f0::1": true, "100.63.255.255": true,
		"100.128.0.1": true, "172.32.0.1": true,
		"::ffff:203.0.113.7": true, "64:ff9b::203.0.113.7": true, "2002:cb00:7107::1": true,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "127.0.0.1": false,
		"169.254.1.1": false, "0.0.0.0": false,
		"0.1.2.3": false, "100.64.0.1": false, "100.127.255.255": false, "198.18.0.1": false, "224.0.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%4": false, "fc00::1": false, "fd12::1": false,
		"fec0::1": false, "ff02::1": false,
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "64:ff9b::10.0.0.1": false, "2002:0a00:0001::1": false,
	} {
		a, err := netip.ParseAddr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := External(a); got != want {
			t.Errorf("%s is external: %v, want %v", text, got, want)
		}
	}
	if External(netip.Addr{}) {
		t.Error("no address is external")
	}
	for text, want := range map[string]string{"::ffff:203.0.113.7": "203.0.113.7", "fe80::1%eth0": "fe80::1",
		"2001:DB8:0::1": "2001:db8::1", "host": ""} {
		a, ok := Plain(text)
		if got := a.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v", text, got, ok)
		}
	}
}

func TestRowsSortAsTheirPartsAndAreReadBack(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 2, 'a', 'b', 0x10ffff}), 0, 5, -1)
	parts := rapid.SliceOfN(part, 3, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		n := rapid.Uint64().Draw(t, "n")
		row := func(list []string) []byte {
			var dst []byte
			for _, p := range list {
				dst = appendPart(dst, p)
			}
			return dst
		}
		if got, want := bytes.Compare(row(a), row(b)), slices.Compare(a, b); got != want {
			t.Fatalf("%q and %q compare as %d, want %d", a, b, got, want)
		}
		r := &reader{string(appendList(appendNumber(row(a), n), b))}
		back := []string{r.part(), r.part(), r.part()}
		if m, list := r.number(), r.list(); !slices.Equal(back, a) || m != n || !slices.Equal(list, b) || r.rest != "" {
			t.Fatalf("%q %d %q reads back as %q %d %q and %q", a, n, b, back, m, list, r.rest)
		}
	})
}

func TestAListOfNamesCountsThoseThatItLacks(t *testing.T) {
	var f few
	for i := range 20 {
		f.add(fmt.Sprint("host", i%8), 3)
		f.add("", 3)
	}
	if got := strings.Join(f.list(), ", "); got != "host0, host1, host2, and 5 more" {
		t.Error(got)
	}
	if got := len((&few{names: []string{"a"}}).list()); got != 1 {
		t.Errorf("%d names", got)
	}
}
