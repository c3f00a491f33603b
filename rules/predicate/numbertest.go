package predicate

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// compareTest compares with a constant.
type compareTest struct {
	typ Type
	op  Operator
	k   constant
}

// Compare returns the test that compares the value of a field of that type with a constant, as Elasticsearch does.
func Compare(typ Type, op Operator, v Value) Test {
	return &compareTest{typ: typ, op: op, k: newConstant(v)}
}

func (t *compareTest) Key() string {
	return fmt.Sprintf("compare %d %s %d %q", t.typ, t.op, t.k.Kind, t.k.text)
}

func (t *compareTest) cost() int { return costCompare }

func (t *compareTest) holds(c *cell, sc *Scratch) bool {
	return compareField(c, t.typ, t.op, &t.k, sc)
}

// integerTest is true of the decimal and the hexadecimal texts of some numbers.
type integerTest struct {
	values []string // decimal texts, sorted
	in     map[string]struct{}
}

// Integers returns the test that is true for the decimal texts of the numbers, and for their hexadecimal texts
// after 0x, in any case and with leading zeros.
func Integers(ns ...uint64) Test {
	t := &integerTest{in: make(map[string]struct{}, len(ns))}
	for _, n := range ns {
		t.in[strconv.FormatUint(n, 10)] = struct{}{}
	}
	for s := range t.in {
		t.values = append(t.values, s)
	}
	slices.Sort(t.values)
	return t
}

// Key describes the test completely.
func (t *integerTest) Key() string { return fmt.Sprintf("integers %q", t.values) }
func (t *integerTest) cost() int   { return costSet }

func (t *integerTest) holds(c *cell, sc *Scratch) bool {
	_, ok := t.in[sc.decimal(c.textOf(sc))]
	return ok
}

// decimal returns the decimal text for a hexadecimal one, and any other text unchanged.
func (sc *Scratch) decimal(s string) string {
	n, ok := parseHex(s)
	if !ok {
		return s
	}
	mark := len(sc.Bytes)
	sc.Bytes = strconv.AppendUint(sc.Bytes, n, 10)
	return sc.Text(mark)
}

// parseHex parses 0x and hexadecimal digits of a number of at most 64 bits.
func parseHex(s string) (uint64, bool) {
	if len(s) < 3 || s[0] != '0' || s[1]|0x20 != 'x' {
		return 0, false
	}
	digits := strings.TrimLeft(s[2:], "0")
	if digits == "" {
		return 0, true
	}
	if len(digits) > 16 || digits[0] == '+' || digits[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

// cidrTest is true of addresses in one of its blocks.
type cidrTest struct {
	blocks []netip.Prefix
	zone   bool // see CIDRZone
}

// CIDR returns the test that is true for addresses in one of the blocks, as in Elasticsearch: an address with a
// zone is not an address, and IPv6 blocks contain IPv4 addresses in their mapped form.
func CIDR(blocks []netip.Prefix) Test { return &cidrTest{blocks: blocks} }

// CIDRZone returns the test that is true for addresses in one of the blocks. The zone of an address is ignored,
// and an IPv4 address, mapped into IPv6 or not, can only be in IPv4 blocks.
func CIDRZone(blocks []netip.Prefix) Test { return &cidrTest{blocks: blocks, zone: true} }

func (t *cidrTest) Key() string { return fmt.Sprintf("cidr %v %v", t.zone, t.blocks) }
func (t *cidrTest) cost() int   { return costCIDR }

func (t *cidrTest) holds(c *cell, sc *Scratch) bool {
	s := c.textOf(sc)
	if t.zone {
		s, _, _ = strings.Cut(s, "%")
	}
	a, ok := ParseAddress(s)
	return ok && slices.ContainsFunc(t.blocks, func(b netip.Prefix) bool {
		return t.zone && b.Contains(a) || !t.zone && inBlock(b, a)
	})
}
