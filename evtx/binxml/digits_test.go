package binxml

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"hunt/evtx/binxml/digits"
	"hunt/evtx/binxml/utf"
)

func TestNumbersEqualThoseOfPackageStrconv(t *testing.T) {
	check := func(n uint64) {
		t.Helper()
		if got, want := string(digits.AppendUint([]byte("x"), n)), "x"+strconv.FormatUint(n, 10); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if got, want := string(digits.AppendHexNumber([]byte("x"), n)), "x0x"+strconv.FormatUint(n, 16); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for n := range uint64(100_000) {
		check(n)
	}
	for p := uint64(10); p < math.MaxUint64/10; p *= 10 {
		check(p - 1)
		check(p)
		check(p + 1)
	}
	for bit := range 64 {
		check(1 << bit)
		check(1<<bit - 1)
	}
	check(math.MaxUint64)
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		check(rnd.Uint64() >> rnd.UintN(64))
	}
}

func TestHexadecimalDigitsEqualThoseOfPackageHex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		b := make([]byte, 16)
		for i := range b {
			b[i] = byte(rnd.UintN(256))
		}
		n := rnd.IntN(17)
		if got, want := string(digits.AppendHexDump(nil, b[:n])),
			strings.ToUpper(hex.EncodeToString(b[:n])); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		want := fmt.Sprintf("{%02X%02X%02X%02X-%02X%02X-%02X%02X-%X-%X}", b[3], b[2], b[1], b[0], b[5],
			b[4], b[7], b[6], b[8:10], b[10:])
		if got := string(digits.AppendGUID(nil, b)); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// The end of a text is loaded together with what stands behind it in its record; that must not be seen.
func TestWhatStandsBehindATextIsNotRead(t *testing.T) {
	for _, behind := range []string{"behind the text", `\\\\\\\\`, "\x01\x02\x03\x04\x05\x06\x07\x08",
		"世界世界世界世界", "<<<<<<<<"} {
		for n := range 20 {
			text := strings.Repeat("abc defg", 3)[:n]
			b := append(utf16le(text), utf16le(behind)...)
			for e := utf.Plain; e <= utf.InAttr; e++ {
				if got := string(utf.Append(nil, b[:2*n], e)); got != text {
					t.Fatalf("%q followed by %q reads %q as kind %d", text, behind, got, e)
				}
			}
		}
	}
}
