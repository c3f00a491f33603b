package predicate

import (
	"math/bits"
	"slices"
	"strings"
)

// literal is a text that is looked for in folded values.
type literal struct {
	text string // folded, not empty
	at   anchor
}

// anchor is where in a value a literal counts.
type anchor uint8

const (
	anywhere anchor = iota
	atStart
	atEnd
)

// key identifies the literal in a space.
func (l literal) key() string { return string('0'+rune(l.at)) + l.text }

// in reports whether a value has the literal.
func (l literal) in(s string) bool {
	switch l.at {
	case atStart:
		return strings.HasPrefix(s, l.text)
	case atEnd:
		return strings.HasSuffix(s, l.text)
	}
	return strings.Contains(s, l.text)
}

// grams finds which of many literals a value has, in one pass: for each literal of four bytes or more, its
// rarest four bytes, its gram, are in a hash table; a bitmap in front of the table shows for most positions of a
// value that no gram begins there. Shorter literals have tables of their own. Read-only.
type grams struct {
	literals []literal
	tables   []gramTable
	bytes    *[256]int32 // the literal of one byte, -1: none; nil if there are none
	edges    []int32     // literals of fewer than four bytes that count at one end only: these are tried one by one
}

// gramTable finds literals by grams of one width.
type gramTable struct {
	width  int // 2, 3 or 4 bytes
	shift  int // of the hash, for bits
	bits   []uint64
	slots  []gramSlot // by hash, a power of two
	finds  []gramFind // of one gram after the other
	probes int        // 32 minus the binary logarithm of len(slots)
}

// gramSlot says where the literals of a gram are: finds[from:to].
type gramSlot struct {
	gram     uint32
	from, to int32 // to 0: the slot is empty
}

// gramFind is a literal and where its gram begins in it.
type gramFind struct {
	id     int32
	offset int32
}

// gramHash spreads the bits of a gram; the upper bits are the best.
func gramHash(g uint32) uint32 { return g * 0x9e3779b1 }

// newGrams builds the index of literals, which are numbered in their order.
func newGrams(literals []literal) *grams {
	x := &grams{literals: literals}
	byWidth := map[int]map[uint32][]gramFind{}
	for i, l := range literals {
		id := int32(i)
		width := min(len(l.text), 4)
		switch {
		case width < 4 && l.at != anywhere:
			x.edges = append(x.edges, id)
			continue
		case width == 1:
			if x.bytes == nil {
				x.bytes = new([256]int32)
				for b := range x.bytes {
					x.bytes[b] = -1
				}
			}
			x.bytes[l.text[0]] = id
			continue
		}
		if byWidth[width] == nil {
			byWidth[width] = map[uint32][]gramFind{}
		}
		offset := rarestGram(l.text, width)
		g := gramAt(l.text, offset, width)
		byWidth[width][g] = append(byWidth[width][g], gramFind{id, int32(offset)})
	}
	for width := 4; width > 1; width-- {
		if finds := byWidth[width]; finds != nil {
			x.tables = append(x.tables, newGramTable(width, finds))
		}
	}
	return x
}

func newGramTable(width int, byGram map[uint32][]gramFind) gramTable {
	t := gramTable{width: width}
	keys := make([]uint32, 0, len(byGram))
	for g := range byGram {
		keys = append(keys, g)
	}
	slices.Sort(keys)
	// With sixteen bits of the bitmap for each gram, one position in sixteen passes; 32 KiB fit in the
	// first-level cache.
	log := min(max(bits.Len(uint(len(keys)))+4, 9), 18)
	t.shift = 32 - log
	t.bits = make([]uint64, 1<<log/64)
	slots := bits.Len(uint(len(keys))) + 1
	t.probes = 32 - slots
	t.slots = make([]gramSlot, 1<<slots)
	for _, g := range keys {
		h := gramHash(g)
		b := h >> t.shift
		t.bits[b/64] |= 1 << (b % 64)
		i := h >> t.probes
		for t.slots[i].to != 0 {
			i = (i + 1) & uint32(len(t.slots)-1)
		}
		from := int32(len(t.finds))
		t.finds = append(t.finds, byGram[g]...)
		t.slots[i] = gramSlot{gram: g, from: from, to: int32(len(t.finds))}
	}
	return t
}

// gramAt returns the bytes of a gram, the first lowest.
func gramAt(s string, at, width int) uint32 {
	var g uint32
	for i := range width {
		g |= uint32(s[at+i]) << (8 * i)
	}
	return g
}

// finder collects what searches find, without duplicates.
type finder struct {
	ids  []int32
	seen []uint32 // by literal: the search that found it last
	now  uint32   // the number of the search
}

// begin prepares for the next search, among n literals.
func (f *finder) begin(n int) {
	if f.seen == nil {
		f.seen = make([]uint32, n)
	}
	f.ids = f.ids[:0]
	if f.now++; f.now == 0 { // the numbers begin again
		clear(f.seen)
		f.now = 1
	}
}

func (f *finder) add(id int32) {
	if f.seen[id] != f.now {
		f.seen[id] = f.now
		f.ids = append(f.ids, id)
	}
}

// find adds the literals that a folded value has to f.
func (x *grams) find(s string, f *finder) {
	for _, id := range x.edges {
		if x.literals[id].in(s) {
			f.add(id)
		}
	}
	if x.bytes != nil {
		for i := range len(s) {
			if id := x.bytes[s[i]]; id >= 0 {
				f.add(id)
			}
		}
	}
	for i := range x.tables {
		if t := &x.tables[i]; t.width == 4 {
			x.find4(t, s, f)
		} else {
			x.findShort(t, s, f)
		}
	}
}

func (x *grams) find4(t *gramTable, s string, f *finder) {
	if len(s) < 4 {
		return
	}
	bitmap, shift := t.bits, t.shift
	g := uint32(s[0])<<8 | uint32(s[1])<<16 | uint32(s[2])<<24
	for i := 3; i < len(s); i++ {
		g = g>>8 | uint32(s[i])<<24
		b := gramHash(g) >> shift
		if bitmap[b/64]&(1<<(b%64)) != 0 {
			x.candidates(t, g, s, i-3, f)
		}
	}
}

// findShort is find4 for grams of two or three bytes.
func (x *grams) findShort(t *gramTable, s string, f *finder) {
	for i := 0; i+t.width <= len(s); i++ {
		g := uint32(s[i]) | uint32(s[i+1])<<8
		if t.width == 3 {
			g |= uint32(s[i+2]) << 16
		}
		b := gramHash(g) >> t.shift
		if t.bits[b/64]&(1<<(b%64)) != 0 {
			x.candidates(t, g, s, i, f)
		}
	}
}

// candidates checks the literals of a gram that is at a position of a value.
func (x *grams) candidates(t *gramTable, g uint32, s string, at int, found *finder) {
	i := gramHash(g) >> t.probes
	for t.slots[i].gram != g || t.slots[i].to == 0 {
		if t.slots[i].to == 0 {
			return
		}
		i = (i + 1) & uint32(len(t.slots)-1)
	}
	for _, f := range t.finds[t.slots[i].from:t.slots[i].to] {
		if found.seen[f.id] == found.now {
			continue
		}
		l := &x.literals[f.id]
		from := at - int(f.offset)
		to := from + len(l.text)
		if from < 0 || to > len(s) || l.at == atStart && from > 0 || l.at == atEnd && to < len(s) ||
			s[from:to] != l.text {
			continue
		}
		found.add(f.id)
	}
}

// commonTexts occur again and again in values of Windows logs. Grams from them would produce many useless
// candidates.
const commonTexts = `c:\windows\system32\ c:\program files (x86)\microsoft\ c:\users\ \appdata\local\temp\ ` +
	`\appdata\roaming\ ` +
	`\software\microsoft\windows nt\currentversion\ hklm\system\currentcontrolset\services\ hkcu\software\classes\ hku\s-1-5-21- ` +
	`.exe" .exe -  .exe .dll .ps1 .com .net /c "  -  --  == http:// https:// www. 0000 powershell cmd.exe rundll32.exe reg.exe ` +
	`process command invoke- object system. get- set- new- -object string function param( $true write- the and ing tion ent `

// commonGrams holds the grams of commonTexts.
var commonGrams = func() map[string]bool {
	m := map[string]bool{}
	for width := 2; width <= 4; width++ {
		for i := 0; i+width <= len(commonTexts); i++ {
			m[commonTexts[i:i+width]] = true
		}
	}
	return m
}()

// byteWeight is how common a byte is in folded values, roughly in sixteenths of the most common one.
var byteWeight = func() (w [256]uint8) {
	for i, c := range []byte(`et \oasrincldmpuw.0fhgv1yb2x3-5k46789/jqz:"_,=;$()'{}[]%&+`) {
		w[c] = uint8(max(16-i/3, 1))
	}
	return w
}()

// rarestGram returns where in a text the gram begins that is the least common in values.
func rarestGram(s string, width int) int {
	best, least := 0, int(^uint(0)>>1)
	for i := 0; i+width <= len(s); i++ {
		weight := 0
		for j := range width {
			weight += int(byteWeight[s[i+j]])
		}
		if commonGrams[s[i:i+width]] {
			weight += 64
		}
		if weight < least {
			best, least = i, weight
		}
	}
	return best
}
