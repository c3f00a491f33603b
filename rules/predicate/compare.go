package predicate

import (
	"net/netip"
	"strconv"
	"strings"
)

// constant is the right-hand side of a comparison with a field, prepared in every form that some type of field
// needs.
type constant struct {
	Value
	text      string
	number    Value // the constant as a number; Null if it is not one
	isDate    bool
	from, to  int64 // nanoseconds that the constant covers as a date
	address   netip.Addr
	block     netip.Prefix // an address block in CIDR form, for fields of type ip
	isAddress bool
	isBlock   bool
}

func newConstant(v Value) constant {
	c := constant{Value: v, text: v.Text()}
	switch v.Kind {
	case Int, Float, Unsigned:
		c.number = v
		if v.Kind == Int {
			c.from, c.to = millisRange(v.Num)
			c.isDate = true
		}
	case String:
		if n, ok := ParseNumber(v.Str); ok {
			c.number = n
		}
		c.from, c.to, c.isDate = parseDateMath(v.Str)
		c.address, c.isAddress = ParseAddress(v.Str)
		if !c.isAddress {
			c.block, c.isBlock = ParseBlock(v.Str)
		}
	case Time:
		c.isDate, c.from, c.to = true, v.Num, v.Num
	}
	return c
}

// CanEqual reports whether any value of a field of that type can equal v.
func CanEqual(typ Type, v Value) bool {
	k := newConstant(v)
	switch typ {
	case TypeDate:
		return k.isDate
	case TypeLong, TypeFloat:
		return k.number.Kind != Null
	case TypeIP:
		return k.isAddress || k.isBlock
	case TypeBoolean:
		return k.text == "true" || k.text == "false"
	}
	return true
}

// ParseNumber reads a decimal number as Elasticsearch coerces text into a numeric field.
func ParseNumber(s string) (Value, bool) {
	if s == "" || s[0] != '-' && s[0] != '+' && s[0] != '.' && (s[0] < '0' || s[0] > '9') ||
		strings.ContainsAny(s, "xX_pP") {
		return Value{}, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return IntValue(n), true
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return UnsignedValue(n), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return FloatValue(f), err == nil
}

// ParseAddress parses an IP address; an IPv4 address mapped into IPv6 gives the IPv4 address.
func ParseAddress(s string) (netip.Addr, bool) {
	if len(s) > 64 || strings.IndexByte(s, '%') >= 0 { // a zone is not part of an address in Elasticsearch
		return netip.Addr{}, false
	}
	// ParseAddr allocates its error, so obvious cases are rejected first: fields that are not addresses come here,
	// too.
	if s == "" || !strings.ContainsAny(s, ".:") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// inBlock reports whether a block contains an address. As in Elasticsearch, an IPv6 block contains IPv4 addresses
// in their mapped form.
func inBlock(b netip.Prefix, a netip.Addr) bool {
	return b.Contains(a) || a.Is4() && b.Addr().Is6() && b.Contains(netip.AddrFrom16(a.As16()))
}

// ParseBlock parses a CIDR block; host bits may be set. A plain address is a block of one.
func ParseBlock(s string) (netip.Prefix, bool) {
	if a, ok := ParseAddress(s); ok {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 || slash == len(s)-1 || s[slash+1] == '+' || s[slash+1] == '-' {
		return netip.Prefix{}, false
	}
	raw, err := netip.ParseAddr(s[:slash])
	if err != nil || raw.Zone() != "" {
		return netip.Prefix{}, false
	}
	bits, err := strconv.Atoi(s[slash+1:])
	if err != nil || bits < 0 || bits > raw.BitLen() {
		return netip.Prefix{}, false
	}
	a := raw.Unmap()
	if a != raw { // ::ffff:10.0.0.0/104 is 10.0.0.0/8
		if bits < 96 {
			return netip.PrefixFrom(raw, bits).Masked(), true
		}
		bits -= 96
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// CompareNumbers returns -1, 0 or 1. Integers compare exactly; an integer and a float compare as floats, as in
// Elasticsearch.
func CompareNumbers(a, b Value) int {
	switch {
	case a.Kind == Int && b.Kind == Int:
		return order(a.Num, b.Num)
	case a.Kind == Unsigned && b.Kind == Unsigned:
		return order(uint64(a.Num), uint64(b.Num)) // #nosec G115 -- their bits
	case a.Kind == Int && b.Kind == Unsigned:
		return -1
	case a.Kind == Unsigned && b.Kind == Int:
		return 1
	}
	return order(a.AsFloat(), b.AsFloat())
}

func order[T int | int64 | uint64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Operator is a comparison operator.
type Operator uint8

const (
	Equal Operator = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

func (o Operator) String() string { return [...]string{"==", "!=", "<", "<=", ">", ">="}[o] }

// Flip returns the operator for exchanged operands.
func (o Operator) Flip() Operator {
	return [...]Operator{Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual}[o]
}

// Holds applies the operator to the result of a three-way comparison.
func (o Operator) Holds(c int) bool {
	switch o {
	case Equal:
		return c == 0
	case NotEqual:
		return c != 0
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}

// holdsRange applies the operator to t and the range [from, to].
func (o Operator) holdsRange(t, from, to int64) bool {
	switch o {
	case Equal:
		return from <= t && t <= to
	case NotEqual:
		return t < from || to < t
	case Less:
		return t < from
	case LessEqual:
		return t <= to
	case Greater:
		return t > to
	}
	return t >= from
}

// compareField compares one value of a field of type typ with a constant. If the kind of the value differs from the
// type, the kind decides, because exported documents have numbers as text and the reverse.
func compareField(c *cell, typ Type, op Operator, k *constant, sc *Scratch) bool {
	switch c.Kind {
	case String:
		switch typ {
		case TypeIP:
			if a, ok := ParseAddress(c.Str); ok && (k.isAddress || k.isBlock) {
				if k.isBlock {
					return op == Equal && inBlock(k.block, a)
				}
				return op.Holds(a.Compare(k.address))
			}
		case TypeLong, TypeFloat:
			if n, ok := ParseNumber(c.Str); ok && k.number.Kind != Null {
				return op.Holds(CompareNumbers(n, k.number))
			}
		case TypeDate:
			if k.isDate {
				from, _, ok := parseDate(c.Str)
				return ok && op.holdsRange(from, k.from, k.to)
			}
		case TypeVersion:
			return op.Holds(compareVersions(c.Str, k.text))
		}
		return op.Holds(strings.Compare(c.Str, k.text))
	case Int, Float, Unsigned:
		if typ == TypeDate && c.Kind == Int && k.isDate {
			from, _ := millisRange(c.Num)
			return op.holdsRange(from, k.from, k.to)
		}
		if k.number.Kind != Null {
			return op.Holds(CompareNumbers(c.Value, k.number))
		}
	case Time:
		if k.isDate {
			return op.holdsRange(c.Num, k.from, k.to)
		}
	}
	return op == Equal && c.textOf(sc) == k.text
}

// CompareValues compares two values of any kinds: result is -1, 0 or 1. If they have no order, ordered is false and
// result is not 0.
func CompareValues(a, b Value) (result int, ordered bool) {
	switch {
	case a.IsNumber() && b.IsNumber():
		return CompareNumbers(a, b), true
	case a.Kind == String && b.Kind == String:
		return strings.Compare(a.Str, b.Str), true
	case a.Kind == Time && b.Kind == Time:
		return order(a.Num, b.Num), true
	case a.Kind == Time:
		return compareTime(a.Num, b)
	case b.Kind == Time:
		c, ok := compareTime(b.Num, a)
		return -c, ok
	case a.Kind == Bool && b.Kind == Bool:
		return order(a.Num, b.Num), true
	case a.Kind == String || b.Kind == String: // a keyword compares by its text
		return strings.Compare(a.Text(), b.Text()), true
	}
	return 1, false
}

// compareTime compares a time with the date for which v stands.
func compareTime(t int64, v Value) (int, bool) {
	c := newConstant(v)
	switch {
	case !c.isDate:
		return 1, false
	case t < c.from:
		return -1, true
	case t > c.to:
		return 1, true
	}
	return 0, true
}
