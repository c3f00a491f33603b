package search

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// tier finds any of many texts. A few bytes of each, the rarest, are its key, and the blocks of width
// bytes at the first stride places of the key are marked in a set of bits. So of what is searched only
// one block in stride is looked up, whatever the number of texts; where it is in the set, the keys that
// may have it are looked up, and what they lead to is compared. It is read-only and shared.
type tier struct {
	width, stride int
	bits          []uint64
	bitsShift     uint8
	heads         []int32 // by the first bits of a key's hash: an entry, and what follows it; from 1
	headsShift    uint8
	entries       []entry
}

// entry is the key of a text.
type entry struct {
	hash uint32
	next int32 // entry with the same head, from 1; 0 ends the chain
	text int32
	at   int32 // where the key is in the text
}

// snippet is what may be the key of a text.
type snippet struct {
	text  int32
	at    int // where bytes are in the text
	bytes []byte
}

// grains are the tiers by the least length of their texts, the longest first.
var grains = []struct{ width, stride int }{{8, 4}, {4, 4}, {4, 1}, {2, 1}}

// fewShort are texts of fewer bytes than any stride has that are looked for one by one.
const fewShort = 4

// leastPart is the shortest text that a tier finds, in bytes.
const leastPart = 2

// maxBits bounds the set of bits of a tier, in words: 2 MiB. Beyond 2 million texts it gets denser.
const maxBits = 1 << 18

// fewTexts are so few that tiers of their own are not worth while for the longest of them.
const fewTexts = 1000

// newTiers returns the tiers of snippets, which have leastPart bytes or more, and the texts that are
// better looked for one by one: a few short ones would be looked up at every place.
func newTiers(snippets []snippet) (tiers []*tier, single []int32) {
	sorted := make([][]snippet, len(grains))
	for _, p := range snippets {
		for i, g := range grains {
			if len(p.bytes) >= g.width+g.stride-1 && (i > 0 || len(snippets) > fewTexts) {
				sorted[i] = append(sorted[i], p)
				break
			}
		}
	}
	for i, g := range grains {
		switch of := sorted[i]; {
		case g.stride == 1 && len(of) <= fewShort:
			for _, p := range of {
				single = append(single, p.text)
			}
		case len(of) > 0:
			tiers = append(tiers, newTier(g.width, g.stride, of))
		}
	}
	return tiers, single
}

func newTier(width, stride int, parts []snippet) *tier {
	words := bits.Len(uint(min(max(len(parts)*stride/4, 1<<6), maxBits) - 1))
	heads := bits.Len(uint(2*len(parts) - 1))
	// #nosec G115 -- below 64
	t := &tier{width: width, stride: stride, bits: make([]uint64, 1<<words),
		bitsShift: uint8(64 - words),
		heads:     make([]int32, 1<<heads), headsShift: uint8(32 - heads), entries: make([]entry, 0, len(parts))}
	for _, p := range parts {
		at := t.choose(p.bytes)
		hash := t.hash(p.bytes[at:])
		head := &t.heads[hash>>(t.headsShift&31)]
		t.entries = append(t.entries, entry{hash, *head, p.text, int32(p.at + at)}) // #nosec G115 -- in a text
		*head = int32(len(t.entries))                                               // #nosec G115 -- a text each
		for i := range stride {
			word, mask := t.bit(little(p.bytes[at+i:], width))
			t.bits[word] |= mask
		}
	}
	return t
}

// key is the length of a key.
func (t *tier) key() int { return t.width + t.stride - 1 }

// crowd is how many texts may have one key before another is looked for.
const crowd = 4

// choose returns where the key of a text is best: where its bytes are the rarest in logs, or where few
// other texts have the same.
func (t *tier) choose(text []byte) (at int) {
	best, least := 0, 0
	for i := 0; i+t.key() <= len(text); i++ {
		cost := 0
		for _, c := range text[i : i+t.key()] {
			cost += bits.Len16(frequency[c])
		}
		if i == 0 || cost < least {
			best, least = i, cost
		}
	}
	same := t.count(t.hash(text[best:]))
	for i := 0; same >= crowd && i+t.key() <= len(text); i++ {
		if n := t.count(t.hash(text[i:])); n < same {
			best, same = i, n
		}
	}
	return best
}

// count returns how many texts have a key with that hash, up to crowd.
func (t *tier) count(hash uint32) (n int) {
	for i := t.heads[hash>>(t.headsShift&31)]; i > 0 && n < crowd; i = t.entries[i-1].next {
		if t.entries[i-1].hash == hash {
			n++
		}
	}
	return n
}

// little returns the first bytes of b as a number.
func little(b []byte, width int) uint64 {
	switch width {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return uint64(binary.LittleEndian.Uint16(b))
}

const (
	spread = 0x9e3779b97f4a7c15
	lows   = 0x0101010101010101
	highs  = 0x8080808080808080
)

// bit returns where the set has a block.
func (t *tier) bit(block uint64) (word int, mask uint64) {
	h := block * spread
	return int(h >> (t.bitsShift & 63)), 1<<(h>>34&63) | 1<<(h>>40&63) // #nosec G115 -- an index of bits
}

func (t *tier) has(block uint64) bool {
	word, mask := t.bit(block)
	return t.bits[word]&mask == mask
}

// hash returns the hash of the key at the beginning of b.
func (t *tier) hash(b []byte) uint32 {
	return hashKey(little(b, t.width), little(b[t.stride-1:], t.width))
}

func hashKey(first, last uint64) uint32 {
	return uint32((first*spread ^ bits.RotateLeft64(last*0xc2b2ae3d27d4eb4f, 31)) * spread >> 32) // #nosec G115
}

// entriesOf calls found for each text whose key has that hash, until it returns true.
func (t *tier) entriesOf(hash uint32, found func(*entry) bool) bool {
	for i := t.heads[hash>>(t.headsShift&31)]; i > 0; i = t.entries[i-1].next {
		if e := &t.entries[i-1]; e.hash == hash && found(e) {
			return true
		}
	}
	return false
}

// scan calls found for each text that may be in b as it is, and where its key is, until it returns true.
func (t *tier) scan(b []byte, found func(e *entry, key int) bool) bool {
	for at := 0; at+t.width <= len(b); at += t.stride {
		if !t.has(little(b[at:], t.width)) {
			continue
		}
		for from := max(at-t.stride+1, 0); from <= at && from+t.key() <= len(b); from++ {
			if t.entriesOf(t.hash(b[from:]), func(e *entry) bool { return found(e, from) }) {
				return true
			}
		}
	}
	return false
}

// scanNarrow is scan for ASCII texts without NUL, in any case.
func (t *tier) scanNarrow(b []byte, found func(e *entry, key int) bool) bool {
	mask := ^uint64(0) >> (64 - 8*t.width)
	for at := 0; at+t.width <= len(b); at += t.stride {
		x := little(b[at:], t.width) | lows&^mask
		if ((x-lows)&^x|x)&highs != 0 || !t.has(lower(x)&mask) { // NUL, or not ASCII
			continue
		}
		for from := max(at-t.stride+1, 0); from <= at && from+t.key() <= len(b); from++ {
			first, last := lower(little(b[from:], t.width)), lower(little(b[from+t.stride-1:], t.width))
			if t.entriesOf(hashKey(first, last), func(e *entry) bool { return found(e, from) }) {
				return true
			}
		}
	}
	return false
}

// lower folds eight ASCII characters.
func lower(x uint64) uint64 {
	const below, above = lows * (0x80 - 'A'), lows * (0x80 - 'Z' - 1)
	y := x &^ uint64(highs)
	return x | (y+below)&^(y+above)&^x&highs>>2
}

// scanWide is scanNarrow for what is in b in UTF-16.
func (t *tier) scanWide(b []byte, found func(e *entry, key int) bool) bool {
	for base := 0; base < len(b); base += 2 * t.stride {
		for at := base; at < base+2 && at+2*t.width <= len(b); at++ {
			if b[at+1] != 0 {
				continue
			}
			x, ok := wideBlock(b[at:], t.width)
			if !ok || !t.has(x) {
				continue
			}
			for from := at - 2*(t.stride-1); from <= at; from += 2 {
				if from >= 0 && t.keyWide(b, from, found) {
					return true
				}
			}
		}
	}
	return t.scanOdd(b, found)
}

// wideBlock returns ASCII characters that are in UTF-16 at the beginning of b, folded; ok is false if one is not.
func wideBlock(b []byte, width int) (x uint64, ok bool) {
	const high = 0xff80ff80ff80ff80
	switch width {
	case 8:
		y := binary.LittleEndian.Uint64(b[8:])
		if x = binary.LittleEndian.Uint64(b); (x|y)&high != 0 {
			return 0, false
		}
		return lower(pack(x) | pack(y)<<32), true
	case 4:
		if x = binary.LittleEndian.Uint64(b); x&high != 0 {
			return 0, false
		}
		return lower(pack(x)), true
	}
	if x = uint64(binary.LittleEndian.Uint32(b)); x&high != 0 {
		return 0, false
	}
	return lower(pack(x)), true
}

// pack makes four bytes of four characters of UTF-16.
func pack(x uint64) uint64 {
	x = (x | x>>8) & 0x0000ffff0000ffff
	return (x | x>>16) & 0xffffffff
}

// keyWide looks for a key that is in UTF-16 at b[at:], which may also have characters that fold to ASCII.
func (t *tier) keyWide(b []byte, at int, found func(e *entry, key int) bool) bool {
	var key [16]byte
	if at < 0 || at+2*t.key() > len(b) {
		return false
	}
	fold := wideFold()
	for i := range t.key() {
		u := fold[binary.LittleEndian.Uint16(b[at+2*i:])]
		if u >= 0x80 {
			return false
		}
		key[i] = byte(u)
	}
	return t.entriesOf(t.hash(key[:]), func(e *entry) bool { return found(e, at) })
}

// scanOdd looks for keys that have characters beyond ASCII that fold to it.
func (t *tier) scanOdd(b []byte, found func(e *entry, key int) bool) bool {
	for _, odd := range []string{"\x2a\x21", "\x7f\x01"} { // Kelvin sign, long s
		for at := 0; ; at++ {
			i := bytes.IndexByte(b[at:], odd[0])
			if i < 0 || at+i+1 >= len(b) {
				break
			}
			if at += i; b[at+1] != odd[1] {
				continue
			}
			for from := at - 2*(t.key()-1); from <= at; from += 2 {
				if t.keyWide(b, from, found) {
					return true
				}
			}
		}
	}
	return false
}
