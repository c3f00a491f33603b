package window

import (
	"math/big"
	"math/bits"
	"strings"
)

// MaxScale is the most digits after the decimal point of a number.
const MaxScale = 18

// Number is Mantissa / 10^Scale.
type Number struct {
	Mantissa int64
	Scale    uint8
}

// ParseNumber reads a number: decimal with an optional sign and fraction, or 0x and hexadecimal digits. Digits
// beyond the eighteenth of the fraction are truncated. ok is false for numbers that do not fit 64 bits.
func ParseNumber(s string) (Number, bool) {
	s = strings.TrimSpace(s)
	digits, negative := s, false
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		negative, digits = digits[0] == '-', digits[1:]
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		return parseHex(digits[2:], negative)
	}
	var n Number
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || point && fraction == "" {
		return Number{}, false
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > MaxScale {
		if !isDecimal(fraction[MaxScale:]) {
			return Number{}, false
		}
		fraction = fraction[:MaxScale]
	}
	n.Scale = uint8(len(fraction)) // #nosec G115 -- at most MaxScale
	for _, part := range []string{whole, fraction} {
		for i := range len(part) {
			c := part[i]
			if c < '0' || c > '9' || n.Mantissa > (1<<63-1-int64(c-'0'))/10 {
				return Number{}, false
			}
			n.Mantissa = n.Mantissa*10 + int64(c-'0')
		}
	}
	if negative {
		n.Mantissa = -n.Mantissa
	}
	return n, true
}

func isDecimal(s string) bool { return strings.Trim(s, "0123456789") == "" }

func parseHex(s string, negative bool) (Number, bool) {
	if len(s) > 16 {
		return Number{}, false
	}
	var v uint64
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case s[i] >= '0' && s[i] <= '9':
			v = v<<4 | uint64(s[i]-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return Number{}, false
		}
	}
	if v > 1<<63-1 {
		return Number{}, false
	}
	if negative {
		return Number{Mantissa: -int64(v)}, true
	}
	return Number{Mantissa: int64(v)}, true
}

// compareInt compares an integer with a bound.
func compareInt(n int64, b Bound) int {
	if b.Scale == 0 {
		switch {
		case n < b.N:
			return -1
		case n > b.N:
			return 1
		}
		return 0
	}
	return new(big.Int).Mul(big.NewInt(n), powerOf10(b.Scale)).Cmp(big.NewInt(b.N))
}

func powerOf10(n uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// sum adds numbers exactly, and can subtract them again.
type sum struct {
	n     int64                // how many numbers there are
	parts [MaxScale + 1]int128 // by scale
	used  uint32               // which of them were ever used
}

type int128 struct {
	hi int64
	lo uint64
}

func (s *sum) add(x Number, times int64) {
	s.n += times
	s.used |= 1 << x.Scale
	p := &s.parts[x.Scale]
	m := x.Mantissa * times // times is 1 or -1
	var carry uint64
	p.lo, carry = bits.Add64(p.lo, uint64(m), 0) // #nosec G115 -- two's complement
	p.hi += m>>63 + int64(carry)
}

func (s *sum) clear() {
	for used := s.used; used != 0; used &= used - 1 {
		s.parts[bits.TrailingZeros32(used)] = int128{}
	}
	s.n, s.used = 0, 0
}

// small returns the sum if it is an integer of 62 bits, which most are.
func (s *sum) small() (int64, bool) {
	if s.used > 1 {
		return 0, false
	}
	p := s.parts[0]
	if p.hi != int64(p.lo)>>63 { // #nosec G115 -- two's complement
		return 0, false
	}
	return int64(p.lo), true // #nosec G115 -- two's complement
}

// scaled returns the sum times 10^MaxScale.
func (s *sum) scaled() *big.Int {
	total := new(big.Int)
	for i, p := range s.parts {
		if s.used>>i&1 == 0 {
			continue
		}
		x := new(big.Int).Lsh(big.NewInt(p.hi), 64)
		x.Add(x, new(big.Int).SetUint64(p.lo))
		total.Add(total, x.Mul(x, powerOf10(MaxScale-uint8(i)))) // #nosec G115 -- at most MaxScale
	}
	return total
}

// compare compares the sum, or the average, with a bound. There must be at least one number.
func (s *sum) compare(b Bound, average bool) int {
	if n, ok := s.small(); ok && !average {
		return compareInt(n, b)
	}
	bound := new(big.Int).Mul(big.NewInt(b.N), powerOf10(MaxScale-b.Scale))
	if average {
		bound.Mul(bound, big.NewInt(s.n))
	}
	return s.scaled().Cmp(bound)
}

// text returns the sum, or the average, for people: the average with up to six digits after the decimal point.
func (s *sum) text(average bool) string {
	x := new(big.Rat).SetFrac(s.scaled(), powerOf10(MaxScale))
	digits := MaxScale
	if average {
		if s.n == 0 {
			return ""
		}
		x.Quo(x, new(big.Rat).SetInt64(s.n))
		digits = 6
	}
	text := x.FloatString(digits)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
