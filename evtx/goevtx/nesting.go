package goevtx

import (
	"encoding/binary"
	"errors"
)

const (
	// maxDepth bounds how deep elements of the parse may nest. Windows nests two
	// template instances; real logs stay below ten levels in all.
	maxDepth = 64
	// maxSteps bounds the tokens and values of one record. A chunk has 65,536 bytes, so only
	// templates that are walked repeatedly come near it.
	maxSteps = 200_000
)

// errNesting refuses a record that golang-evtx might follow without end.
var errNesting = errors.New("nesting refused: templates refer to one another without end")

// errSyntax ends the walk where golang-evtx ends with an error of its own.
var errSyntax = errors.New("syntax")

// checkNesting walks the record at offset as golang-evtx v1.2.9 will, and refuses it if that
// walk is too deep or too long. golang-evtx follows template offsets recursively. A definition
// that holds an instance of itself overflows the stack, which ends the program despite any
// recover, and values that are substituted many times on many levels multiply. All other errors
// are left for golang-evtx to find. Source: parser.go and structs.go of that version.
func checkNesting(chunk []byte, offset int64) error {
	w := walker{data: chunk, pos: int(offset)}
	if _, err := w.parse(false, 0); errors.Is(err, errNesting) {
		return err
	}
	return nil
}

// walker moves over a chunk like golang-evtx's reader, without building anything.
type walker struct {
	data  []byte
	pos   int
	steps int
	cost  int      // nodes that the conversion to maps will visit
	subs  []uint16 // substitutions in the current definition
}

func (w *walker) take(n int) ([]byte, error) {
	if w.steps++; w.steps > maxSteps {
		return nil, errNesting
	}
	if n < 0 || w.pos+n > len(w.data) {
		return nil, errSyntax
	}
	b := w.data[w.pos : w.pos+n]
	w.pos += n
	return b, nil
}

// jump moves to an offset from the chunk; a negative one leaves the reader where it is.
func (w *walker) jump(at int) {
	if at >= 0 {
		w.pos = at
	}
}

// name reads a name's offset and, if the name stands right here, the name.
func (w *walker) name() error {
	b, err := w.take(4)
	if err != nil {
		return err
	}
	at, here := int(int32(binary.LittleEndian.Uint32(b))), w.pos
	w.jump(at)
	if b, err = w.take(8); err == nil {
		_, err = w.take(2 * (int(binary.LittleEndian.Uint16(b[6:])) + 1))
	}
	if at != here {
		w.pos = here
	}
	return err
}

// parse mirrors Parse: one token and what belongs to it. dep: elements carry a
// dependency id. It returns the token.
func (w *walker) parse(dep bool, depth int) (byte, error) {
	if depth > maxDepth {
		return 0, errNesting
	}
	b, err := w.take(1)
	if err != nil {
		return 0, err
	}
	token := b[0]
	switch token {
	case 0x0f:
		return token, w.fragment(dep, depth)
	case 0x01, 0x41:
		w.cost++
		return token, w.element(token, dep, depth)
	case 0x0d, 0x0e:
		if b, err = w.take(3); err == nil {
			w.subs = append(w.subs, binary.LittleEndian.Uint16(b))
		}
		return token, err
	case 0x08:
		_, err := w.take(2)
		return token, err
	case 0x0c:
		return token, w.instance(depth)
	case 0x05, 0x45:
		return token, w.text()
	case 0x09, 0x49:
		return token, w.name()
	case 0x00, 0x02, 0x03, 0x04:
		return token, nil
	}
	w.pos--
	return 0xff, errSyntax
}

// fragment reads what follows a fragment header's token: the one item that a record holds, or
// all items if the first is an element.
func (w *walker) fragment(dep bool, depth int) error {
	if _, err := w.take(3); err != nil {
		return err
	}
	first, err := w.parse(dep, depth+1)
	if first != 0x01 && first != 0x41 {
		return err
	}
	for err == nil {
		var token byte
		if token, err = w.parse(dep, depth+1); token == 0x00 {
			break
		}
	}
	return err
}

func (w *walker) text() error {
	b, err := w.take(1)
	if err != nil || b[0] != 0x01 {
		return errors.Join(err, errSyntax)
	}
	if b, err = w.take(2); err != nil {
		return err
	}
	if n := int16(binary.LittleEndian.Uint16(b)); n > 0 {
		_, err = w.take(2 * int(n))
	}
	return err
}

func (w *walker) element(token byte, dep bool, depth int) error {
	n := 4
	if dep {
		n += 2
	}
	if _, err := w.take(n); err != nil {
		return err
	}
	if err := w.name(); err != nil {
		return err
	}
	if token == 0x41 {
		if err := w.attributes(depth); err != nil {
			return err
		}
	}
	b, err := w.take(1)
	if err != nil {
		return err
	}
	if b[0] != 0x02 && b[0] != 0x03 {
		return errSyntax
	}
	w.pos--
	return nil
}

func (w *walker) attributes(depth int) error {
	if _, err := w.take(4); err != nil {
		return err
	}
	for {
		b, err := w.take(1)
		if err != nil {
			return err
		}
		token := b[0]
		if token != 0x06 && token != 0x46 {
			return errSyntax
		}
		if err := w.name(); errors.Is(err, errNesting) { // other errors are ignored there too
			return err
		}
		if _, err := w.parse(false, depth+1); err != nil || token == 0x06 {
			return err
		}
	}
}

// instance reads a template instance: the definition, wherever it stands, and the values. It
// adds the cost of converting the instance.
func (w *walker) instance(depth int) error {
	outerCost, outerSubs := w.cost, w.subs
	w.cost, w.subs = 1, nil
	b, err := w.take(9)
	if err != nil {
		return err
	}
	at, here := int(int32(binary.LittleEndian.Uint32(b[5:]))), w.pos
	w.jump(at)
	if err := w.definition(depth); err != nil {
		return err
	}
	if at != here {
		w.pos = here
	}
	own, subs := w.cost, w.subs
	costs, err := w.values(depth)
	if err != nil {
		return err
	}
	for _, s := range subs {
		if int(s) < len(costs) {
			own += costs[s]
		}
	}
	w.cost, w.subs = outerCost+own, outerSubs
	if w.cost > maxSteps {
		return errNesting
	}
	return nil
}

func (w *walker) definition(depth int) error {
	if _, err := w.take(24 + 4); err != nil {
		return err
	}
	for {
		if token, err := w.parse(true, depth+1); err != nil || token == 0x00 {
			return err
		}
	}
}

// values reads a value table and the values; it returns the cost of converting each.
func (w *walker) values(depth int) ([]int, error) {
	b, err := w.take(4)
	if err != nil {
		return nil, err
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	if n < 0 || n > chunkSize {
		return nil, errSyntax
	}
	table, err := w.take(4 * n)
	if err != nil {
		return nil, err
	}
	costs := make([]int, n)
	for i := range n {
		w.cost, w.subs = 1, nil
		size, typ := int(binary.LittleEndian.Uint16(table[4*i:])), table[4*i+2]
		if err := w.value(typ, size, depth); errors.Is(err, errNesting) {
			return nil, err // after other errors golang-evtx continues with the next value
		}
		costs[i] = w.cost
	}
	return costs, nil
}

// value mirrors ParseValueReader: types of fixed size ignore the stored size.
func (w *walker) value(typ byte, size, depth int) error {
	switch typ {
	case 0x03, 0x04:
		size = 1
	case 0x05, 0x06:
		size = 2
	case 0x07, 0x08, 0x0d, 0x14:
		size = 4
	case 0x09, 0x0a, 0x0c, 0x11, 0x15:
		size = 8
	case 0x0f, 0x12:
		size = 16
	case 0x01:
		size &^= 1
	case 0x13:
		b, err := w.take(8)
		if err != nil {
			return err
		}
		size = 4 * int(b[1])
	case 0x21:
		_, err := w.parse(true, depth+1)
		return err
	default:
		size = mirrorArraySize(typ, size)
	}
	from := w.pos
	_, err := w.take(size)
	if err != nil {
		w.pos = from + size // a seek beyond the end succeeds
	}
	return err
}

// mirrorArraySize returns how much of an array is read, which depends on one or two bits
// of the item's type (IsArrayOf).
func mirrorArraySize(typ byte, size int) int {
	switch {
	case typ&0x80 == 0:
		return size
	case typ&0x01 != 0:
		return size &^ 1
	case typ&0x06 == 0x06 && size%2 != 0, typ&0x06 != 0x06 && typ&0x0a == 0x0a && size%8 != 0:
		return 0
	}
	return size
}
