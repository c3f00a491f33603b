package predicate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naive finds literals one by one.
func naive(literals []literal, s string) []int32 {
	var out []int32
	for i, l := range literals {
		if l.in(s) {
			out = append(out, int32(i))
		}
	}
	return out
}

func indexed(x *grams, s string, f *finder) []int32 {
	f.begin(len(x.literals))
	x.find(s, f)
	slices.Sort(f.ids)
	return f.ids
}

func TestTheLiteralIndexFindsWhatASearchFinds(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune(`abc\.é😀 -`)), 1, 9, -1)
	long := rapid.StringOfN(rapid.RuneFrom([]rune(`abc\.é😀 -`)), 0, 60, -1)
	rapid.Check(t, func(rt *rapid.T) {
		var literals []literal
		known := map[literal]bool{}
		for range rapid.IntRange(0, 40).Draw(rt, "literals") {
			l := literal{text: text.Draw(rt, "literal"), at: anchor(rapid.IntRange(0, 2).Draw(rt, "anchor"))}
			if !known[l] {
				known[l] = true
				literals = append(literals, l)
			}
		}
		x := newGrams(literals)
		var f finder
		for range 3 {
			s := long.Draw(rt, "value")
			if got, want := indexed(x, s, &f), naive(literals, s); !slices.Equal(got, want) {
				rt.Fatalf("%q in %q: %v, want %v", literals, s, got, want)
			}
		}
	})
}

// FuzzLiterals looks for texts, one a line, in a value. A text that begins with ^ or ends with $ counts there only.
func FuzzLiterals(f *testing.F) {
	f.Add("cmd\n^c:\\\n.exe$\na\nab\n\xff\xfe", `c:\windows\cmd.exe`)
	f.Add("aaaa\naaa\naa\na", "aaaaaaaa")
	f.Add("\\powershell.exe$\n -enc \ndownloadstring",
		`c:\windows\system32\windowspowershell\v1.0\powershell.exe -enc aaaa`)
	f.Fuzz(func(t *testing.T, lines, value string) {
		var literals []literal
		known := map[literal]bool{}
		for line := range strings.SplitSeq(lines, "\n") {
			l := literal{text: line}
			if s, ok := strings.CutPrefix(line, "^"); ok {
				l = literal{s, atStart}
			} else if s, ok := strings.CutSuffix(line, "$"); ok {
				l = literal{s, atEnd}
			}
			if l.text != "" && !known[l] && len(literals) < 1000 {
				known[l] = true
				literals = append(literals, l)
			}
		}
		if got, want := indexed(newGrams(literals), value, &finder{}),
			naive(literals, value); !slices.Equal(got, want) {
			t.Errorf("%q in %q: %v, want %v", literals, value, got, want)
		}
	})
}

// benchLiterals are n texts as rules look for in command lines, and benchValues are command lines of which few have
// any.
func benchLiterals(n int) []literal {
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields(
		`invoke- download string -encodedcommand \appdata\ \temp\ .exe /c reg add delete hklm\software\ comsvcs minidump sekurlsa:: mimikatz
		vssadmin shadows wbadmin bcdedit recoveryenabled net user localgroup administrators whoami /priv nltest dclist: certutil -urlcache -split frombase64string
		new-object net.webclient http:// .zip .hta rundll32 javascript: shell32 regsvr32 scrobj.dll schtasks /create /sc onlogon wmic process call create`)
	known := map[string]bool{}
	var out []literal
	for len(out) < n {
		s := words[r.IntN(len(words))]
		for range r.IntN(3) {
			s += words[r.IntN(len(words))]
		}
		if r.IntN(3) > 0 {
			s += fmt.Sprint(r.IntN(5000))
		}
		if !known[s] {
			known[s] = true
			out = append(out, literal{text: s})
		}
	}
	return out
}

func benchValues() (values []string, size int) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 512 {
		s := fmt.Sprintf(`"c:\windows\system32\svchost.exe" -k netsvcs -p -s schedule%d /embedding "c:\programdata\vendor\config-%d.xml" --type=renderer --lang=en-us`, r.IntN(100), r.IntN(10000))
		values, size = append(values, s), size+len(s)
	}
	return values, size
}

// How long does it take to build the index of the literals that all of SigmaHQ's process rules look for in a command
// line, and how large is it?
func BenchmarkLiteralsBuild(b *testing.B) {
	literals := benchLiterals(10_942)
	b.ReportAllocs()
	var x *grams
	for b.Loop() {
		x = newGrams(literals)
	}
	b.ReportMetric(float64(x.size()), "bytes/index")
}

// size is the memory that the index takes, in bytes, the literals themselves aside.
func (x *grams) size() int {
	n := 4 * len(x.edges)
	for _, t := range x.tables {
		n += 8*len(t.bits) + 12*len(t.slots) + 8*len(t.finds)
	}
	return n
}

// How long does the search of a command line take? Bytes are those of the values.
func BenchmarkLiteralsFind(b *testing.B) {
	literals := benchLiterals(10_942)
	x := newGrams(literals)
	values, size := benchValues()
	b.SetBytes(int64(size / len(values)))
	b.ReportAllocs()
	var f finder
	for i := 0; b.Loop(); i++ {
		f.begin(len(literals))
		x.find(values[i%len(values)], &f)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(size)/float64(len(values))), "ns/byte")
}
