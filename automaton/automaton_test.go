package automaton

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// dfaExpressions have every kind of instruction, and what automata leave to package regexp.
var dfaExpressions = []string{
	``, `a`, `^a`, `a$`, `^$`, `^a?$`, `(?i)net\s+user`, `(?s)a.b`, `a.b`, `[^a]`, `(?m)^b$`, `\bab\b`, `a*`, `a+$`,
	`\s-k\s`, `[A-Z]{2,4}\d`, `(a|b)*abb`, `(?i)ſ`, `(?i)k`, `\x{fffd}`, `[^\x{fffd}]b`, `é|É`, `(?i)é`, `a{3,}b`, `$a`,
	`^`, `$`, `(^a|b$)`, `\Aab\z`, `.`, `(?s).`, `[[:^ascii:]]`, `\pL`, `(?:^|a)b(?:$|c)`, `x*$`, `(a?){20}a{20}`,
	`[^\\]:`,
	`(?i)\$\{` + "`?e`?n`?v" + `\}`, `://\d{1,3}\.\d{1,3}`, `(.*a){3}`, `((?i)A)b`, `\n`, `a\r?\nb`, `(?U)a+?b`,
	`.{9,}`, `(?s).{7}`, `(.{4,8})`, `[a-cK]{3,}`, `(?i)[^k]{5,}`, `[é\x{fffd}]{2}`, `(?U).{3,}`,
}

func TestAutomataFindWhatRegexpFinds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const letters = "aabbcKksS-: \t\n\r\\.0129éÉſ\u212a\ufffdÿ$"
	for _, expr := range dfaExpressions {
		re, size := regexp.MustCompile(expr), 0
		d := newDFA(re, &size)
		if d == nil {
			continue
		}
		for i := range 3000 {
			var b strings.Builder
			for range random.IntN(1 + i%25) {
				at := random.IntN(len(letters)) // in the middle of a character, too
				b.WriteString(letters[at : at+1+random.IntN(min(3, len(letters)-at))])
			}
			s := b.String()
			if got, known := d.match(s); known && got != re.MatchString(s) {
				t.Fatalf("%q is found in %q: %v, want %v", expr, s, got, !got)
			}
		}
		if size < 0 || size > maxDFABytes {
			t.Errorf("%q counts %d bytes", expr, size)
		}
	}
}

func FuzzAutomata(f *testing.F) {
	for _, expr := range dfaExpressions {
		f.Add(expr, "ab: net  user\na\\b")
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(expr) > 200 || len(s) > 1000 {
			return
		}
		size := 0
		d := newDFA(re, &size)
		if d == nil {
			return
		}
		for range 2 { // with states at hand as without
			if got, known := d.match(s); known && got != re.MatchString(s) {
				t.Fatalf("%q is found in %q: %v, want %v", expr, s, got, !got)
			}
		}
	})
}

func TestAutomataStayWithinTheirMemory(t *testing.T) {
	t.Parallel()
	re := regexp.MustCompile(`(a|b)*a(a|b){12}c`) // thousands of states
	random := rand.New(rand.NewPCG(1, 2))
	set := &Set{}
	for range 500 {
		b := make([]byte, 500)
		for i := range b {
			b[i] = "ab"[random.IntN(2)]
		}
		if got, want := set.Match(re, string(b)), re.Match(b); got != want {
			t.Fatalf("found in %s: %v", b, got)
		}
		if set.bytes > 2*maxDFABytes {
			t.Fatalf("%d bytes", set.bytes)
		}
	}
}

func BenchmarkRegex(b *testing.B) {
	text := strings.Repeat(`"C:\Windows\System32\cmd.exe" /c echo hello world & `, 6)
	for _, expr := range []string{`(?i)\s(-u|--user)\s*:`, `://\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`, `[A-Z]{5}\d`} {
		re := regexp.MustCompile(expr)
		b.Run("regexp", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				re.MatchString(text)
			}
		})
		b.Run("automaton", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			set := &Set{}
			for b.Loop() {
				set.Match(re, text)
			}
		})
	}
}
