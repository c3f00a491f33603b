package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/racetest"
	"hunt/timeline/search"
)

// nowhere are indicators of a list that stand in no test log.
func nowhere(rng *rand.Rand) string {
	n := rng.Uint64()
	switch rng.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("cdn-%d.update%d.example", n%100_000, n>>32%1000)
	case 2, 3:
		return fmt.Sprintf("%016x%016X%016x%016x", n, rng.Uint64(), rng.Uint64(), rng.Uint64())
	case 4, 5:
		return fmt.Sprintf("%d.%d.%d.%d", n&255, n>>8&255, n>>16&255, n>>24&255)
	case 6:
		return fmt.Sprintf("https://shop.example/a/%d", n%1_000_000) // all begin with the same
	}
	return fmt.Sprintf("%x.exe", n%(1<<24))
}

// folded is a text of a form in which texts that are equal but for case are equal, worked out apart
// from the search.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		for _, x := range orbitOf(r) {
			r = min(r, x)
		}
		return r
	}, s)
}

// naiveList is naive for a list of which few entries stand anywhere: the others are found out in one
// text of all values.
func naiveList(all []dumped, o search.Options) []string {
	var b strings.Builder
	for _, d := range all {
		for _, x := range d.texts {
			b.WriteString(x.content + "\n")
		}
	}
	text := folded(b.String())
	few, index := o, []int{}
	few.Patterns = nil
	for i, p := range o.Patterns {
		if p.Regex || strings.Contains(text, folded(p.Text)) {
			few.Patterns, index = append(few.Patterns, p), append(index, i)
		}
	}
	return naiveAs(all, few, index)
}

func TestAListFindsWhatASearchThroughTheDumpFinds(t *testing.T) {
	racetest.Skip(t)
	rng := rand.New(rand.NewPCG(17, 19))
	hits := 0
	for _, size := range []int{9, 9, 9, 9, 20, 20, 20, 1000, 1000, 1000, 100_000} {
		log := randomLog(t, rng)
		carved := rng.IntN(3) == 0
		col := collectBytes(t, log)
		all := dumpOf(t, col, carved)
		for _, short := range []bool{false, true} {
			o := search.Options{CaseSensitive: rng.IntN(3) == 0}
			for len(o.Patterns) < size {
				p := search.Pattern{Text: nowhere(rng)}
				if rng.IntN(size) < 8 {
					if p = randomPattern(rng, all); !short && len([]rune(p.Text)) < 5 {
						continue
					}
				}
				o.Patterns = append(o.Patterns, p)
			}
			hits += same(t, col, naiveList(all, o), o, carved)
		}
	}
	if hits < 500 {
		t.Errorf("only %d matches in all", hits)
	}
}

// Each of many literals is found in each form that a log has it in, at every place.
func TestEachOfManyLiteralsIsFound(t *testing.T) {
	texts := []string{"ab", "abc", "abcd", "abcdef", "seventy", "ten-chars-", "eleven-char",
		"thirty characters, with blanks", "Straße", "ПРИВЕТ", "пример.рф",
		"x€", "kelvin-sharps", "C:\\Temp\\x.exe", "q\"uote\"", "𐐀𐐨 Deseret",
		"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef01234567",
		"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "S-1-5-21-1004336348-1177238915-682003330-500"}
	var o search.Options
	for _, s := range texts {
		o.Patterns = append(o.Patterns, search.Pattern{Text: s})
	}
	hash := []byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	odd := []byte{0x70, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf7}
	values := map[string]evtxtest.Value{
		"hash":        evtxtest.Binary(append([]byte{7}, hash...)),
		"hash, odd":   evtxtest.Binary(odd),
		"GUID":        evtxtest.GUID("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"),
		"SID":         evtxtest.SID("S-1-5-21-1004336348-1177238915-682003330-500"),
		"ANSI":        evtxtest.Irregular(evtxtest.TypeAnsi, []byte("ELEVEN-char"), "ELEVEN-char"),
		"ANSI, sharp": evtxtest.Irregular(evtxtest.TypeAnsi, []byte("see STRA\xdfE"), "see STRAßE"),
		"ANSI, euro":  evtxtest.Irregular(evtxtest.TypeAnsi, []byte("X\x80"), "X€"),
	}
	kelvin := strings.NewReplacer("k", "\u212a", "s", "\u017f")
	for i, s := range texts {
		for before := range 5 {
			for j, form := range []string{s, strings.ToUpper(s), kelvin.Replace(s)} {
				values[fmt.Sprint(i, before, j)] = evtxtest.String(strings.Repeat(".", before) + form)
			}
		}
	}
	for name, v := range values {
		var l evtxtest.Log
		l.AddBody(1, someTime, recordOf([]evtxtest.Value{v}, dataOf(sub(1, v))))
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		col := collectBytes(t, b)
		if compare(t, col, dumpOf(t, col, false), o, false) == 0 {
			t.Errorf("%s: nothing found", name)
		}
	}
}

// A chunk is passed over whether one text or many are looked for.
func TestChunksWithoutAHitOfManyAreNotDecoded(t *testing.T) {
	var l evtxtest.Log
	for i := range 3000 {
		l.Add(evtxtest.Event{Provider: "Test", EventID: 1, Time: someTime, RecordID: uint64(i + 1),
			Data: []evtxtest.Pair{evtxtest.Str("CommandLine", "cmd.exe /c whoami from 10.0.0.1")}})
	}
	l.Add(evtxtest.Event{Provider: "Test", EventID: 1, Time: someTime,
		Data: []evtxtest.Pair{evtxtest.Str("CommandLine", "nEEdle-7.example in the last chunk")}})
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	col := collectBytes(t, b)
	chunks := (len(b) - 4096) / 65536
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{9, 20, 5000} {
		var o search.Options
		for len(o.Patterns) < n {
			o.Patterns = append(o.Patterns, search.Pattern{Text: nowhere(rng)})
		}
		o.Patterns[3] = search.Pattern{Text: `needle-[0-9]\.(example|org)`, Regex: true}
		_, res := searched(t, col, o, false, 2)
		if res.Skipped != chunks-1 || res.Hits != 1 || res.Records != 3001 {
			t.Errorf("%d patterns: %d of %d chunks passed over, want all but one; %d hits, %d records", n, res.Skipped,
				chunks, res.Hits, res.Records)
		}
	}
}
