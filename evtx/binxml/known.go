package binxml

import (
	"bytes"
	"encoding/binary"
	"unsafe"
)

const (
	// maxKnownBytes bounds the definitions that a Parser keeps from earlier chunks (real: below 600 KiB). Any
	// others are scanned in each chunk.
	maxKnownBytes = 1 << 20
	// maxKnownForms bounds the forms kept of one id. Windows writes out a name where a chunk first needs it, so
	// that a definition has few forms: with its names, with some, without.
	maxKnownForms = 8
	// maxKnownRefs bounds the names of a definition that is kept (real: below 600).
	maxKnownRefs = 2048
)

// knownDefs keeps definitions as they were in earlier chunks. Every chunk of a log repeats the same few, and
// they differ only in where their names are: comparing takes a fifth of the time of scanning. It belongs to one
// Parser.
type knownDefs struct {
	byID  map[uint32][]knownDef
	bytes int
}

// knownDef is one form of a template definition, from its GUID to its last token.
type knownDef struct {
	text []byte // 0 where mask is
	mask []byte // 0 for the bytes that differ from chunk to chunk, 0xff for the others
	refs []nameRef
	prog *program
	cost int // length of the canonical form
}

// nameRef is a reference to a name within a definition.
type nameRef struct {
	at     int32  // in the text: the four bytes of the reference
	inline bool   // the name stands right after the reference, and is skipped where it is read
	like   int32  // an earlier reference that leads to the same place, -1 for none
	name   string // otherwise the name, which is elsewhere in the chunk: checksum, length, characters
}

// guidOffset is where the GUID of a definition stands, after the offset of the next definition in its hash
// chain.
const guidOffset = 4

// find returns the definition at off if it is a known one whose canonical form is not longer than limit.
func (k *knownDefs) find(chunk []byte, off, size, limit int) *knownDef {
	text := chunk[off+guidOffset : off+definitionHeader+size]
	list := k.byID[binary.LittleEndian.Uint32(text)]
	for i := range list {
		if d := &list[i]; len(d.text) == len(text) && d.cost <= limit && d.equal(chunk, text, off+guidOffset) {
			if i > 0 { // most likely the form that the next chunk has
				list[0], list[i] = list[i], list[0]
			}
			return &list[0]
		}
	}
	return nil
}

// equal reports whether text, at that offset of the chunk, means the same as d: the same bytes except for the
// offsets of names and of what follows them in their hash chains, and the same names at those offsets.
func (d *knownDef) equal(chunk, text []byte, at int) bool {
	if !equalBehind(text, d.text, d.mask) {
		return false
	}
	for i := range d.refs {
		r := &d.refs[i]
		target := binary.LittleEndian.Uint32(text[r.at:])
		if inline := target == uint32(at+int(r.at)+4); inline != r.inline { // #nosec G115 -- within a chunk
			return false
		}
		switch {
		case r.like >= 0:
			if target != binary.LittleEndian.Uint32(text[d.refs[r.like].at:]) {
				return false
			}
		case !r.inline:
			if int64(target) > int64(len(chunk)-4-len(r.name)) || string(chunk[target+4:][:len(r.name)]) != r.name {
				return false
			}
		}
	}
	return true
}

// equalBehind reports whether text equals want under a mask. All three have the same length.
func equalBehind(text, want, mask []byte) bool {
	whole := len(text) &^ 7
	for i := 0; i < whole; i += 8 {
		if binary.LittleEndian.Uint64(text[i:i+8])&binary.LittleEndian.Uint64(mask[i:i+8]) !=
			binary.LittleEndian.Uint64(want[i:i+8]) {
			return false
		}
	}
	for i := whole; i < len(text); i++ {
		if text[i]&mask[i] != want[i] {
			return false
		}
	}
	return true
}

// add keeps the compiled form of a definition at off, with the length of its canonical form. The definition
// refers to names at the offsets refs of the chunk.
func (k *knownDefs) add(chunk []byte, off, size int, refs []int32, of knownDef) {
	text := chunk[off+guidOffset : off+definitionHeader+size]
	id := binary.LittleEndian.Uint32(text)
	taken := 2*len(text) + len(refs)*int(unsafe.Sizeof(nameRef{}))
	if len(refs) > maxKnownRefs || k.bytes+taken > maxKnownBytes || len(k.byID[id]) >= maxKnownForms {
		return
	}
	d := knownDef{text: bytes.Clone(text), mask: bytes.Repeat([]byte{0xff}, len(text)),
		refs: make([]nameRef, len(refs)), prog: of.prog, cost: of.cost}
	first := make(map[uint32]int32, len(refs)) // by the offset of the name
	for i, at := range refs {
		r := &d.refs[i]
		r.at, r.like = at-int32(off+guidOffset), -1
		target := binary.LittleEndian.Uint32(chunk[at:])
		r.inline = target == uint32(at)+4
		behind := int(r.at) + 4
		if r.inline { // the next name of its hash chain; its checksum, length and characters are compared
			behind += 4
		}
		clear(d.text[r.at:min(behind, len(text))])
		clear(d.mask[r.at:min(behind, len(text))])
		if j, ok := first[target]; ok {
			r.like = j
			continue
		}
		first[target] = int32(i)
		if !r.inline {
			r.name = string(chunk[target+4 : target+8+2*uint32(binary.LittleEndian.Uint16(chunk[target+6:]))])
			taken += len(r.name)
		}
	}
	k.bytes += taken
	if k.byID == nil {
		k.byID = make(map[uint32][]knownDef)
	}
	k.byID[id] = append(k.byID[id], d)
}
