package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline/shard"
)

// matchMembers are the members of what a match finds, in their order.
var matchMembers = []string{"events", "findings", "hits", "counts", "rows"}

// forged writes what a match found again, with other members and hashes that fit them.
func forged(t *testing.T, b *shard.Bundle, change func(name string, content []byte) []byte) *shard.Bundle {
	t.Helper()
	var out bytes.Buffer
	w := shard.NewBundle(&out)
	for _, name := range matchMembers {
		r, err := b.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		to, err := w.Member(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(change(name, content)); err != nil {
			t.Fatal(err)
		}
	}
	m := b.Manifest
	if err := w.Finish(&m); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "forged.match")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := shard.OpenMatch(path)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// What a match found may be forged, with all hashes made anew: a combine refuses it or comes to an end, whatever
// stands in any member.
func TestForgedMatchesAreRefusedOrCombined(t *testing.T) {
	skipIfShort(t)
	dir := t.TempDir()
	var files []string
	for name, text := range groupRules {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(files)
	pk, err := pack.Load(pack.Sources{Rules: files, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	batch, found := matchedGroups(t, groupFleet(t, 3), pk, rules.Options{}, 2, 3)
	times, random := 60, rand.New(rand.NewPCG(seedOf(), 41))
	if os.Getenv("HUNT_LONG") != "" {
		times = 2_000
	}
	refused, combined := 0, 0
	for n := range times {
		member := matchMembers[n%len(matchMembers)]
		bad := forged(t, found[0], func(name string, content []byte) []byte {
			if name == member {
				content = mutated(random, content)
			}
			return content
		})
		res, err := rules.Combine(t.Context(), batch, pk, rules.Options{}, []*shard.Bundle{bad, found[1]})
		if err != nil {
			refused++
			continue
		}
		combined++
		rep, err := build.Report(t.Context(), res, build.Options{})
		if err == nil {
			err = report.WriteJSON(t.Context(), io.Discard, rep)
		}
		if err != nil {
			t.Errorf("%d: %v", n, err)
		}
		if err := res.Close(); err != nil {
			t.Errorf("%d: %v", n, err)
		}
	}
	t.Logf("%d refused, %d combined", refused, combined)
	if refused < times/5 {
		t.Errorf("%d of %d refused: the test forges too little", refused, times)
	}
}

// seedOf is the seed of tests that do something at random: HUNT_SEED, or 1.
func seedOf() uint64 {
	seed, err := strconv.ParseUint(os.Getenv("HUNT_SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return seed
}

// mutated changes a few bytes: turns them, writes what is special into them, takes some out or doubles them.
func mutated(random *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + random.IntN(3) {
		if len(b) == 0 {
			return b
		}
		at := random.IntN(len(b))
		if random.IntN(2) == 0 { // the head of a block tells most
			at = random.IntN(min(len(b), 200))
		}
		n := min(1+random.IntN(8), len(b)-at)
		switch random.IntN(5) {
		case 0:
			b[at] ^= 1 << random.IntN(8)
		case 1:
			b[at] = []byte{0, 1, 2, 0x7f, 0x80, 0xff}[random.IntN(6)]
		case 2:
			b = slices.Delete(b, at, at+n)
		case 3:
			b = slices.Insert(b, at, b[at:at+n]...)
		default:
			copy(b[at:at+n], bytes.Repeat([]byte{0xff}, n))
		}
	}
	return b
}
