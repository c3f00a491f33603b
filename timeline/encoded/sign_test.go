package encoded

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestWhatCanBeUndoneShowsItsSign holds the look that decides whether regular expressions run against these.
func TestWhatCanBeUndoneShowsItsSign(t *testing.T) {
	expressions := []struct {
		re   func() *regexp.Regexp
		sign signs
	}{
		{longRun, base64Sign}, {fromBase64, base64Sign}, {caretInWord, caretSign},
		{backtickInWord, backtick}, {enclosed, piecesSign}, {concatenation, piecesSign}, {formatting, piecesSign},
		{replacing, piecesSign}, {replaceCall, piecesSign}, {codeList, codesSign}, {reversed, reverseSign},
	}
	pieces := []string{"'a'", "\"b\"", "''", "(", ")", " ", "\t", "+", "-f", "-F ", "{0}", "{1}{0}", ",", "-replace",
		"-creplace", "-ireplace ", ".Replace(", "[char]", "[CHAR[]]", "65", "0x41",
		",66,67,68", "| % {[char]", "chr(65)",
		"ChrW(66)&", "String.fromCharCode(", "FromBase64String(", "'QUJD'",
		"-e", "-enc", "-EncodedCommand ", "/ec ",
		"–e ", "—enc ", "QUJDREVG", strings.Repeat("QUJD", 10), "^", "`", "p^o", "w`e",
		"po", "w", "[-1..-9]", "[ -1 .. -9 ]", "-join",
		"-join ''", "\r\n", "x"}
	found := map[signs]bool{}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 100).Draw(t, "pieces"), "")
		seen := signsOf(s)
		for _, x := range expressions {
			for _, m := range x.re().FindAllString(s, -1) {
				if signsOf(before1(s, m))&x.sign == 0 {
					t.Fatalf("%q matches %s and shows no sign", m, x.re())
				}
			}
			if seen&x.sign != 0 {
				found[x.sign] = true
			}
		}
		for _, m := range encArgument().FindAllStringSubmatch(s, -1) {
			name := strings.ToLower(m[1])
			if (name == "ec" || strings.HasPrefix("encodedcommand", name)) && seen&base64Sign == 0 {
				t.Fatalf("%q has an encoded command and shows no sign", s)
			}
		}
	})
	if len(found) < 6 {
		t.Errorf("only some signs were met: %v", found)
	}
}

// before1 is a match with the character that stands before it.
func before1(s, m string) string {
	i := strings.Index(s, m)
	return s[max(0, i-1) : i+len(m)]
}

func TestPlainTextCarriesNothing(t *testing.T) {
	for _, s := range []string{
		"", `"C:\Program Files\App\app.exe" --type=renderer --lang=en-US`, "Get-ChildItem -Path C:\\ | Sort-Object",
		`if ($a -eq "x") { Write-Host "a" + $b }`, `svchost.exe -k netsvcs -p -s Schedule`,
		`$x.Count + 1`, "cmd /c dir > a.txt", "https://example.net/a/b?c=d",
	} {
		if Carries(s) {
			t.Errorf("%q shows %b", s, signsOf(s))
		}
	}
}

func TestReversedTextIsTurned(t *testing.T) {
	for in, want := range map[string]string{
		"(-join ('XEI'[-1..-3]))":       "('IEX')",
		"( -join 'XEI'[-1..-3])":        "('IEX')",
		"('XEI'[-1..-3] -join '')":      "('IEX')",
		"&(-join ('XEI')[-1..-3])":      "('IEX')",
		"-join('XEI'[-1..-3])":          "('IEX')",
		"(('XEI')[-1..-3] -join '')":    "('IEX')",
		"('XEI'[-1..-2] -join '')":      "",
		"('XEI'[-1..-3])":               "",
		"('exe.rorre'[-1..-9] -join'')": "('error.exe')",
	} {
		got, _ := Reading(in)
		if want == "" {
			want = in
		}
		if got != want && !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func BenchmarkCarriesNothing(b *testing.B) {
	s := strings.Repeat(`if ($a -eq "x") { Write-Host "a" } # "C:\Program Files\App" --type=renderer`+"\n", 100)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if Carries(s) {
			b.Fatal("it does")
		}
	}
}
