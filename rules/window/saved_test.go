package window

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"testing"
)

// extentOfMade is what the events of madeEvents refer to.
var extentOfMade = Extent{Files: 1 << 20, Hosts: 1 << 10}

// savedRows are programs of all kinds and, for each seed, the rows of some events as Write writes them.
func savedRows(t testing.TB, seeds int) (programs []*Program, saved [][]byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 31))
	for len(programs) < 24 {
		var nodes []Node
		for range 1 + random.IntN(3) {
			nodes = append(nodes, madeNode(random, true, 3, nodes))
		}
		if p, err := New(Definition{nodes}); err == nil {
			programs = append(programs, p)
		}
	}
	for range seeds {
		rows := NewRows(programs, 1<<20, t.TempDir())
		for _, e := range madeEvents(random, 40, 3) {
			for p := range programs {
				if len(e.stages) > 0 {
					rows.Add(p, e.stages, e.event())
				}
			}
		}
		var b bytes.Buffer
		if err := rows.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		saved = append(saved, b.Bytes())
	}
	return programs, saved
}

// readBack reads rows and goes through all results. It reports whether they were taken.
func readBack(t testing.TB, programs []*Program, b []byte, of Extent) bool {
	t.Helper()
	rows := NewRows(programs, 1<<20, t.TempDir())
	defer rows.Close()
	if rows.Read(bytes.NewReader(b), of) != nil {
		return false
	}
	results, err := rows.Match(context.Background(), Options{Listed: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	for res, err := range results.All() {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range res.Events {
			if int(p.File) >= of.Files || p.File < 0 || p.Stage < 0 || p.Stage >= 3 {
				t.Fatalf("a result at %+v", p)
			}
		}
	}
	return true
}

// Rows that refer to what is not there are refused: files, hosts, nodes, inputs, values. Whatever else is written into
// rows, matching them comes to an end and refers to nothing else.
func TestForgedRowsAreRefused(t *testing.T) {
	programs, saved := savedRows(t, 4)
	random := rand.New(rand.NewPCG(1, 37))
	refused, taken := 0, 0
	for _, b := range saved {
		if !readBack(t, programs, b, extentOfMade) {
			t.Fatal("rows as they were written are refused")
		}
		if readBack(t, programs, b, Extent{Files: 0, Hosts: extentOfMade.Hosts}) ||
			readBack(t, programs, b, Extent{Files: extentOfMade.Files}) {
			t.Error("rows of files or hosts that there are not are taken")
		}
		first := len(b) % rowSize
		for range 400 {
			forged := bytes.Clone(b)
			at := first + random.IntN((len(b)-first)/rowSize)*rowSize
			field := []int{0, fileAt, hostAt, tagAt, inputAt, ordAt, chanAt}[random.IntN(7)]
			forged[at+field+random.IntN(2)] = []byte{0, 1, 2, 3, 31, 32, 33, 34, 65, 66, 127, 128, 255}[random.IntN(13)]
			if readBack(t, programs, forged, extentOfMade) {
				taken++
			} else {
				refused++
			}
		}
	}
	if refused < 200 || taken < 50 {
		t.Errorf("%d refused, %d taken: the test forges too little or too much", refused, taken)
	}
}

// A length that is claimed costs nothing before its bytes are there.
func TestAClaimedLengthOfRowsCostsNothing(t *testing.T) {
	programs, _ := savedRows(t, 0)
	claim := []byte{0x80, 0x80, 0x80, 0x80, 0x04, 1, 2, 3} // 1 GiB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if readBack(t, programs, claim, extentOfMade) {
		t.Fatal("taken")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Errorf("%d bytes for 8", n)
	}
}

func FuzzReadRows(f *testing.F) {
	programs, saved := savedRows(f, 2)
	for _, b := range saved {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { readBack(t, programs, b, extentOfMade) })
}
