package powershell

import (
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// naiveMeasures is the definition: H = -Σ p log2 p, sd = sqrt(Σ p (log2 p + H)²) over UTF-16 units.
func naiveMeasures(text string) (length, symbols int, entropy, deviation float64) {
	counts := map[uint16]int{}
	for _, unit := range utf16.Encode([]rune(text)) {
		counts[unit]++
		length++
	}
	for _, n := range counts {
		p := float64(n) / float64(length)
		entropy -= p * math.Log2(p)
	}
	variance := 0.0
	for _, n := range counts {
		p := float64(n) / float64(length)
		variance += p * math.Pow(math.Log2(p)+entropy, 2)
	}
	return length, len(counts), entropy, math.Sqrt(variance)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestMeasuresOfAScriptFollowTheirDefinition(t *testing.T) {
	signature := "# SIG # Begin signature block\r\n# " + strings.Repeat("A", 64) + "\r\n# SIG # End signature block"
	line := "# " + strings.Repeat("aB3/", 16)
	for _, tc := range []struct {
		name, text string
		counted    string // what is left of the text, normalized; "" = nothing is measured
	}{
		{"four equal symbols", "abcdabcd", "abcdabcd"},
		{"one symbol", "aaaa", "aaaa"},
		{"one character", "x", "x"},
		{"blanks around it", " \t\r\n iex x \x00\n", "iex x"},
		{"a no-break space stays", "\u00a0a", "\u00a0a"},
		{"blanks alone", " \r\n\t ", ""},
		{"signed", "Get-Date\r\n" + signature, "Get-Date\r\n"},
		{"only a signature", signature, ""},
		{"the rest of a signature", line + "\r\n" + line + "\r\n# x", ""},
		{"its first line cut", "abc\n" + line, ""},
		{"a comment of another length", "abc\n" + line + "A", "abc\n" + line + "A"},
		{"a comment that is no base64", "abc\n# " + strings.Repeat("-", 64), "abc\n# " + strings.Repeat("-", 64)},
		{"a signature line without its blank", "abc\n#" + line[2:], ""},
		{"the same on line 3", "abc\n\n" + line, "abc\n\n" + line},
		{"the same on line 1", line, line},
		{"composed", "e\u0301e\u0301x", "\u00e9\u00e9x"},
		{"two units a character", "𝒳𝒳y", "𝒳𝒳y"},
	} {
		m := Measure([]byte(tc.text))
		if m.Measured != (tc.counted != "") {
			t.Errorf("%s: measured %v", tc.name, m.Measured)
		}
		if tc.counted == "" {
			continue
		}
		length, symbols, entropy, deviation := naiveMeasures(tc.counted)
		if m.Length != length || m.Symbols != symbols || !near(m.Entropy, entropy) || !near(m.Deviation, deviation) {
			t.Errorf(
				"%s: %+v, want %d units, %d symbols, entropy %v, deviation %v",
				tc.name,
				m,
				length,
				symbols,
				entropy,
				deviation,
			)
		}
	}
	// By hand: p = 1/2, 1/4, 1/4 has H = 1.5 bits, and a surprisal of 1, 2, 2 bits.
	m := Measure([]byte("aabc"))
	if m.Entropy != 1.5 || m.Deviation != 0.5 || m.Normalized != 0.75 || m.Length != 4 || m.Symbols != 3 {
		t.Errorf("%+v", m)
	}
	if m := Measure([]byte("abcdefg")); m.Deviation != 0 || m.Normalized != 1 {
		t.Errorf("equal symbols: %+v", m)
	}
}

func TestMeasuresOfAnyScriptFollowTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z]([ -~\n]|[α-ω]|[𝒜-𝒵]){0,300}[a-z]`).Draw(t, "text")
		m := Measure([]byte(text))
		length, symbols, entropy, deviation := naiveMeasures(text)
		if !m.Measured || m.Length != length || m.Symbols != symbols || !near(m.Entropy, entropy) ||
			!near(m.Deviation, deviation) {
			t.Fatalf("%+v, want %d units, %d symbols, entropy %v, deviation %v", m, length, symbols, entropy, deviation)
		}
		if length > 1 && !near(m.Normalized, entropy/math.Log2(float64(length))) {
			t.Fatalf("normalized %v", m.Normalized)
		}
	})
	for _, x := range []float64{1, 0.5, 3, 1e-9, 1.0 / 3, 32768, math.Sqrt2, math.Sqrt2 / 2} {
		if got, want := log2(x), math.Log2(x); math.Abs(got-want) > 1e-13 {
			t.Errorf("log2(%v) = %v, want %v", x, got, want)
		}
	}
}
