package binxml

import (
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"hunt/evtx/binxml/canon"
)

// definitionOf is a canonical definition of an element with one hole, named by n.
func definitionOf(n uint32) []byte {
	key := binary.LittleEndian.AppendUint32([]byte{'D'}, n%4)
	key = append(key, make([]byte, 12)...)
	key = append(key, canon.Element, 8, 0)
	for i := range 4 {
		key = append(key, 'a'+byte(n>>(4*i)&15), 0)
	}
	return append(key, canon.Content, canon.Subst, 0, 0, byte(TypeString), 0, canon.End)
}

// TestACacheKeepsWithinItsBudget gives a cache more definitions than it may keep: what it keeps stays within the bound,
// what it compiles is the same, and it knows the last ones, whatever came before.
func TestACacheKeepsWithinItsBudget(t *testing.T) {
	const n = 20_000
	small, large := NewCacheOf(1), NewCacheOf(0)
	most := 0
	for i := range uint32(n) {
		key := definitionOf(i)
		a, b := small.program(key), large.program(key)
		if a.hash != b.hash || a.nodes[0].elem.name != b.nodes[0].elem.name {
			t.Fatalf("definition %d differs", i)
		}
		if small.program(key) != a {
			t.Fatalf("definition %d is forgotten at once", i)
		}
		most = max(most, small.bytes)
	}
	if most > minCacheBytes/2 || len(small.programs) == n || len(large.programs) != n {
		t.Errorf("kept up to %d bytes, %d of %d definitions; the large one %d", most, len(small.programs), n,
			len(large.programs))
	}
}

// What a cache has forgotten is not kept by those who remember shapes: the decoder here, a search elsewhere.
func TestShapesThatACacheForgotAreFree(t *testing.T) {
	cache := NewCacheOf(1)
	p := NewParser(cache)
	var doc Document
	most, held, age := 0, 0, 0
	for i := range 1500 {
		c := newChunk()
		name := strings.Repeat("n", 900) + strconv.Itoa(i)
		c.instance(byte(i), func(c *chunkBuilder) {
			c.fragment().open("Event", false).closeStart().open("UserData", false).closeStart()
			for range 30 {
				c.open(name, false).closeEmpty()
			}
			c.end().end().eof()
		})
		p.Reset(c.b)
		if err := p.Parse(&doc, 512, 512, len(c.b), len(c.b)); err != nil {
			t.Fatal(err)
		}
		shape := doc.Template()
		if shape.Age() < age || shape.Age() > age+1 {
			t.Fatalf("age %d after %d", shape.Age(), age)
		}
		age = shape.Age()
		held = 0
		for _, x := range doc.shapes.m {
			held += x.size()
		}
		most = max(most, held)
	}
	if age == 0 || most > cache.most || held == 0 {
		t.Errorf("age %d, a decoder held %d bytes of shapes, a cache may hold %d", age, most, cache.most)
	}
}

// A stock lends the same whatever the order in which it learnt, also beyond its bounds, and so does a stock of what
// it lent.
func TestAStockLendsTheSameWhateverCameFirst(t *testing.T) {
	const n = maxStock + 5000
	c := NewCacheOf(0)
	var there, back Stock
	for i := range uint32(n) {
		for s, k := range map[*Stock]uint32{&there: i, &back: n - 1 - i} {
			key := definitionOf(k)
			s.learn(key, c.program(key))
			s.learn(key, c.program(key))
		}
	}
	if !there.Full() || !back.Full() || len(there.all) != maxStock {
		t.Errorf("holds %d definitions, want %d", len(there.all), maxStock)
	}
	values := []slot{{typ: TypeString}}
	for id := range uint32(4) {
		a, b := there.borrow(id, values), back.borrow(id, values)
		if a == "" || a != b || len(there.byID[id]) != len(back.byID[id]) {
			t.Errorf("%d: lent %q and %q", id, a, b)
		}
	}
	if there.borrow(1, nil) != "" || there.borrow(9, values) != "" {
		t.Error("lent what does not fit")
	}
	lent := there.Lent()
	var few Stock
	if err := few.Add(lent); err != nil || len(lent) != 4 || len(few.all) != 4 {
		t.Fatalf("%v, %d lent, %d added", err, len(lent), len(few.all))
	}
	for id := range uint32(4) {
		if few.borrow(id, values) != there.borrow(id, values) {
			t.Errorf("%d: a stock of what was lent lends something else", id)
		}
	}
}

// A definition that refers to one value behind thousands takes no more memory than it is long, and lends the same.
func TestAStockKeepsNoHolesThatAreNotUsed(t *testing.T) {
	subst := func(slot int, typ Type) []byte { return []byte{canon.Subst, byte(slot), byte(slot >> 8), byte(typ), 0} }
	rng := rand.New(rand.NewPCG(1, 2))
	types := []Type{TypeNull, TypeString, TypeUint32, TypeSizeT, TypeHexInt32}
	lent := 0
	for range 500 {
		key := definitionOf(1)
		key = key[:len(key)-1]
		highest := 0
		for range rng.IntN(4) {
			slot := rng.IntN(6)
			if rng.IntN(4) == 0 {
				slot = MaxSlot - 1
			}
			highest = max(highest, slot)
			key = append(key, subst(slot, types[rng.IntN(len(types))])...)
		}
		key = append(key, canon.End)
		p, _, _ := compileTree(key)
		var s Stock
		s.learn(key, p)
		if took := cap(s.all[0].holes) * int(unsafe.Sizeof(usedHole{})); took > len(key) {
			t.Fatalf("the holes of a definition of %d bytes take %d", len(key), took)
		}
		for range 20 {
			values := make([]slot, max(highest+rng.IntN(3), 1))
			for i := range values {
				values[i].typ = types[rng.IntN(len(types))]
			}
			got := s.borrow(1, values) != ""
			if got != fit(p.holes, values) {
				t.Fatalf("%q lends to %d values: %v", key, len(values), got)
			}
			if got {
				lent++
			}
		}
	}
	if lent == 0 {
		t.Error("nothing is lent")
	}
}

// What a stock is given from a file may be anything.
func TestAStockTakesNoDefinitionOnTrust(t *testing.T) {
	good := string(definitionOf(1))
	for i := range good {
		if canon.Sound(good[:i], canonLimits) {
			t.Errorf("the first %d bytes of a definition pass for one", i)
		}
	}
	for name, key := range map[string]string{
		"more behind the end":        good + "/",
		"a literal":                  "L" + good[1:],
		"an unknown token":           good + "?",
		"a long name":                good + "R\xff\xff",
		"a text beyond the end":      good + "T\xff\xff\xff\xff",
		"a high slot":                good + "S\xff\xff\x01\x00",
		"deep elements":              good + strings.Repeat("E\x00\x00>", 100) + strings.Repeat("/", 100),
		"endless":                    good + strings.Repeat("#aa", MaxDefinition),
		"an element in an attribute": good + "E\x00\x00A\x00\x00E\x00\x00>/>/",
	} {
		if err := new(Stock).Add([]string{key}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	both := []string{good, good + "T\x02\x00\x00\x00a\x00#a\x00P\x00\x00\x00\x00\x00\x00"}
	if err := new(Stock).Add(both); err != nil {
		t.Error(err)
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add(string(definitionOf(1)))
	f.Fuzz(func(t *testing.T, key string) {
		if canon.Sound(key, canonLimits) {
			compileTree([]byte(key))
		}
	})
}

// What a stock has learnt is what it takes back, also of a definition that is large in its last attribute and ends
// without a token that says so.
func TestAStockTakesBackWhatItLearnt(t *testing.T) {
	none := func(*chunkBuilder) {}
	eof := func(c *chunkBuilder) { c.eof() }
	for _, tc := range []struct {
		end   func(*chunkBuilder)
		times int
	}{{eof, 100}, {none, 100}, {eof, 6000}, {none, 6000}} {
		c := newChunk()
		c.instance(1, func(c *chunkBuilder) {
			c.fragment().open("E", true).attr("a")
			for range tc.times {
				c.put(tokValue, byte(TypeFiletime)).put(make([]byte, 8)...)
			}
			c.closeEmpty()
			tc.end(c)
		})
		p := NewParser(NewCacheOf(0))
		p.Stock = &Stock{}
		p.Reset(c.b)
		p.Learn(512 + 4 + 10 + definitionHeader)
		known := p.Stock.Definitions()
		if small := tc.times == 100; len(known) == 0 == small {
			t.Errorf("%d times: %d definitions", tc.times, len(known))
		}
		if err := new(Stock).Add(known); err != nil {
			t.Errorf("%d times: a definition of %d bytes: %v", tc.times, len(known[0]), err)
		}
	}
}
