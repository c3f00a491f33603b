package listing

import (
	"encoding/binary"
	"errors"
	"fmt"

	"hunt/evtx"
	"hunt/report"
	"hunt/table"
)

// Pack appends the rows of the block to dst, as bytes that Unpack reads, and leaves none in the block.
func (b *Block) Pack(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(b.rows)) // #nosec G115 -- a count
	switch b.format {
	case XLSX:
		for _, row := range b.sheet {
			dst = binary.AppendUvarint(dst, uint64(len(row)))
			for _, v := range row {
				dst = appendValue(dst, v)
			}
		}
	case Table:
		for i := range b.rows {
			cells := b.cells.Row(i)
			dst = binary.AppendUvarint(dst, uint64(len(cells)))
			for _, c := range cells {
				dst = append(binary.AppendUvarint(dst, uint64(len(c))), c...)
			}
		}
	default:
		dst = append(dst, b.text...)
	}
	b.reset()
	return dst
}

// The values of a workbook, packed.
const (
	packedNone byte = iota
	packedText
	packedNumber
	packedUnsigned
	packedTime
)

func appendValue(dst []byte, v any) []byte {
	switch x := v.(type) {
	case int64:
		return binary.AppendVarint(append(dst, packedNumber), x)
	case uint64:
		return binary.AppendUvarint(append(dst, packedUnsigned), x)
	case report.Time:
		at := evtx.Filetime(0)
		if x != nil {
			at = *x
		}
		return binary.AppendUvarint(append(dst, packedTime), uint64(at))
	case nil:
		return append(dst, packedNone)
	}
	text := fmt.Sprint(v)
	return append(binary.AppendUvarint(append(dst, packedText), uint64(len(text))), text...)
}

// Unpack adds rows that Pack has packed of a block of the same listing.
func (b *Block) Unpack(packed []byte) error {
	p := unpacker{rest: packed}
	n := p.count()
	switch b.format {
	case XLSX:
		for range n {
			row := make([]any, 0, len(b.columns))
			for range p.count() {
				row = append(row, p.value())
			}
			b.sheet = append(b.sheet, row)
		}
	case Table:
		for range n {
			for range p.count() {
				table.Cell(&b.cells, p.bytes(p.count()))
			}
			b.cells.End()
		}
	default:
		b.text = append(b.text, p.rest...)
	}
	b.rows += n
	return p.err
}

// unpacker reads what Pack has written.
type unpacker struct {
	rest []byte
	err  error
}

var errPacked = errors.New("packed rows are damaged")

// count reads a number, which is at most that of the bytes that follow.
func (p *unpacker) count() int {
	n := p.unsigned()
	if n > uint64(len(p.rest)) {
		p.rest, p.err = nil, errPacked
		return 0
	}
	return int(n) // #nosec G115 -- a length
}

func (p *unpacker) unsigned() uint64 {
	n, size := binary.Uvarint(p.rest)
	p.skip(size)
	return n
}

func (p *unpacker) signed() int64 {
	n, size := binary.Varint(p.rest)
	p.skip(size)
	return n
}

func (p *unpacker) skip(size int) {
	if size <= 0 {
		p.rest, p.err = nil, errPacked
		return
	}
	p.rest = p.rest[size:]
}

func (p *unpacker) bytes(n int) []byte {
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *unpacker) value() any {
	if len(p.rest) == 0 {
		p.err = errPacked
		return nil
	}
	switch kind := p.bytes(1)[0]; kind {
	case packedNumber:
		return p.signed()
	case packedUnsigned:
		return p.unsigned()
	case packedTime:
		return report.TimeOf(evtx.Filetime(p.unsigned()))
	case packedText:
		return string(p.bytes(p.count()))
	}
	return nil
}
