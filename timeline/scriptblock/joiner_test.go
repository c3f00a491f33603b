package scriptblock

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
)

func part(host, block string, n, total int64, text string) Part {
	return Part{Host: host, Block: block, Number: n, Total: total, Text: text, At: evtx.Filetime(1000 + n),
		Ref: evtx.Ref{Offset: 4096 + n, EventRecordID: uint64(n)}}
}

// join is what becomes of parts, a line for each block.
func join(t testing.TB, memory int64, parts ...Part) (out []string) {
	t.Helper()
	j := NewJoiner(memory, "")
	defer j.Close()
	for _, p := range parts {
		if err := j.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	for b, err := range j.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s %q of %d, %d there, missing %v, again %d, conflicts %d, whole %v", b.Host,
			b.ID, b.Text(), b.Total, b.Parts,
			b.Missing, b.Again, b.Conflicts, b.Whole()))
	}
	return out
}

func TestPartsOfABlockAreJoined(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []Part
		want  []string
	}{
		{"in any order", []Part{part("a", "x", 2, 3, "two"), part("a", "x", 3, 3, "three"),
			part("a", "x", 1, 3, "one")},
			[]string{`a x "onetwothree" of 3, 3 there, missing [], again 0, conflicts 0, whole true`}},
		{"ten come after nine", []Part{part("a", "x", 10, 10, "ten"), part("a", "x", 9, 10, "nine")},
			[]string{`a x "\n[part 1 to 8 of 10 is not in the logs]\nnineten" of 10, 2 there, missing [1 to 8], again 0, conflicts 0, whole false`}},
		{"hosts and blocks are apart",
			[]Part{part("b", "x", 1, 1, "1"), part("a", "x", 1, 1, "2"), part("a", "y", 1, 1, "3")},
			[]string{`a x "2" of 1, 1 there, missing [], again 0, conflicts 0, whole true`,
				`a y "3" of 1, 1 there, missing [], again 0, conflicts 0, whole true`,
				`b x "1" of 1, 1 there, missing [], again 0, conflicts 0, whole true`}},
		{"a missing part is told", []Part{part("a", "x", 1, 4, "one"), part("a", "x", 3, 4, "three")},
			[]string{`a x "one\n[part 2 of 4 is not in the logs]\nthree\n[part 4 of 4 is not in the logs]\n" of 4, 2 there, missing [2 4], again 0, conflicts 0, whole false`}},
		{"a part twice", []Part{part("a", "x", 1, 1, "one"),
			{Host: "a", Block: "x", Number: 1, Total: 1, Text: "one", At: 9000}},
			[]string{`a x "one" of 1, 1 there, missing [], again 1, conflicts 0, whole true`}},
		{"a part twice with another text",
			[]Part{part("a", "x", 1, 1, "one"), {Host: "a", Block: "x", Number: 1, Total: 1, Text: "evil", At: 9000}},
			[]string{`a x "one\n[part 1 is logged once more, with another text]\nevil" of 1, 2 there, missing [], again 0, conflicts 1, whole false`}},
		{"blocks without an id are apart", []Part{part("a", "", 1, 1, "one"), part("a", "", 2, 2, "two")},
			[]string{`a  "one" of 1, 1 there, missing [], again 0, conflicts 0, whole true`,
				`a  "\n[part 1 of 2 is not in the logs]\ntwo" of 2, 1 there, missing [1], again 0, conflicts 0, whole false`}},
		{"a number beyond the total", []Part{part("a", "x", 1, 1, "one"), part("a", "x", 3, 1, "three")},
			[]string{`a x "one\n[part 2 of 2 is not in the logs]\nthree" of 1, 2 there, missing [2], again 0, conflicts 0, whole false`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := join(t, 1<<20, c.parts...); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestAClaimOfManyPartsCostsNothing(t *testing.T) {
	got := join(t, 1<<20, part("a", "x", 1, 1<<62, "one"))
	if len(got) != 1 || !strings.Contains(got[0], "missing [2 to 4611686018427387904]") {
		t.Errorf("%q", got)
	}
}

func TestWhatIsJoinedIsThatOfTheParts(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 'a', '\n', 0x1f600}), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(text, 1, 30).Draw(t, "texts")
		var parts []Part
		for i, s := range texts {
			parts = append(parts, part("h\x00\x01", "b\x01\x00", int64(i+1), int64(len(texts)), s))
		}
		parts = rapid.Permutation(parts).Draw(t, "order")
		j := NewJoiner(rapid.SampledFrom([]int64{1, 500, 1 << 20}).Draw(t, "memory"), "")
		defer j.Close()
		for _, p := range parts {
			if err := j.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for b, err := range j.Blocks() {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if b.Host != "h\x00\x01" || b.ID != "b\x01\x00" || b.Text() != strings.Join(texts, "") || !b.Whole() {
				t.Fatalf("%+v %q, want %q", b, b.Text(), texts)
			}
		}
		if n != 1 {
			t.Fatalf("%d blocks", n)
		}
	})
}
