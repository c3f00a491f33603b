package powershell

import (
	"bytes"
	"math"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Measures are the numbers that Elastic's integration computes of a script block. The text is
// trimmed, its signature is left out, and its UTF-16 code units are counted after normalization to
// NFC. Source: packages/windows, data_stream/powershell_operational, ingest pipeline.
type Measures struct {
	Measured   bool    // false: no text is left, or the text is nothing but a signature
	Length     int     // code units
	Symbols    int     // distinct code units
	Entropy    float64 // Shannon's, in bits a code unit
	Normalized float64 // entropy divided by the most that a text of this length can have, 0 to 1
	Deviation  float64 // standard deviation of the surprisal, in bits
}

// signatureMark begins the signature at the end of a signed script.
var signatureMark = []byte("# SIG # Begin signature block")

// Measure computes the measures of a script.
func Measure(text []byte) Measures {
	text = bytes.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	if i := bytes.Index(text, signatureMark); i >= 0 {
		text = text[:i]
	}
	if len(text) == 0 || onlySignature(text) {
		return Measures{}
	}
	if !norm.NFC.IsNormal(text) {
		text = norm.NFC.Bytes(text)
	}
	var units symbolCounts
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			units.add(uint16(high)) // #nosec G115 -- a surrogate
			r = low
		}
		units.add(uint16(r)) // #nosec G115 -- of the basic plane
	}
	return units.measures()
}

// signatureLine is the length of a line of a signature, without the `# ` before it.
const signatureLine = 64

// onlySignature reports whether the second line is one of a signature: the rest of a script that was
// logged in parts. The first line may be cut.
func onlySignature(text []byte) bool {
	_, rest, ok := bytes.Cut(text, []byte("\n"))
	if !ok {
		return false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	line, ok = bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte("#"))
	if !ok {
		return false
	}
	line = bytes.TrimPrefix(line, []byte(" "))
	return len(line) == signatureLine && !bytes.ContainsFunc(line, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '+' || r == '/' ||
			r == '=')
	})
}

// symbolCounts counts code units.
type symbolCounts struct {
	ascii  [utf8.RuneSelf]int
	others map[uint16]int
	order  []uint16 // without duplicates, by first occurrence
	length int
}

func (c *symbolCounts) add(unit uint16) {
	c.length++
	var n int
	if unit < utf8.RuneSelf {
		n = c.ascii[unit]
		c.ascii[unit]++
	} else {
		if c.others == nil {
			c.others = map[uint16]int{}
		}
		n = c.others[unit]
		c.others[unit]++
	}
	if n == 0 {
		c.order = append(c.order, unit)
	}
}

func (c *symbolCounts) count(unit uint16) int {
	if unit < utf8.RuneSelf {
		return c.ascii[unit]
	}
	return c.others[unit]
}

// measures computes mean and variance of the surprisal in one pass, as Elastic's integration does:
// for equally frequent symbols it has no rounding error. The conversions keep compilers from fusing
// multiplications and additions, so that all machines give the same bits.
func (c *symbolCounts) measures() Measures {
	mean, variance, sum := 0.0, 0.0, 0.0
	for _, unit := range c.order {
		p := float64(c.count(unit)) / float64(c.length)
		bits := log2(p)
		sum = float64(sum + p)
		before := mean
		mean = float64(before + float64(float64(p/sum)*float64(bits-before)))
		variance = float64(variance + float64(float64(p*float64(bits-before))*float64(bits-mean)))
	}
	m := Measures{Measured: true, Length: c.length, Symbols: len(c.order), Deviation: math.Sqrt(max(0, variance))}
	if mean != 0 {
		m.Entropy = -mean
	}
	if c.length > 1 {
		m.Normalized = min(1, max(0, m.Entropy/log2(float64(c.length))))
	}
	return m
}

// log2 returns the logarithm of a positive number to base 2, with the same bits on all machines,
// which math.Log2 does not promise: it sums the series of the inverse hyperbolic tangent.
func log2(x float64) float64 {
	fraction, exponent := math.Frexp(x) // 0.5 to 1
	if fraction < math.Sqrt2/2 {
		fraction, exponent = fraction*2, exponent-1
	}
	s := float64(fraction-1) / float64(fraction+1) // at most 0.172
	square := float64(s * s)
	sum := 0.0
	for k := 23; k >= 1; k -= 2 {
		sum = float64(float64(sum*square) + 1/float64(k))
	}
	return float64(float64(2*float64(s*sum))*(1/math.Ln2)) + float64(exponent)
}
