package window

import (
	"os"

	"hunt/timeline/spill"
)

// tape holds rows by number, from the first that was not dropped to the last that was pushed. It
// keeps a number of blocks in memory and the rest in a temporary file. It belongs to one
// goroutine.
type tape struct {
	dir  string
	most int // blocks in memory

	first, end int64 // of the rows
	blocks     []*tapeBlock
	base       int64 // number of the first block in blocks
	loaded     int   // blocks in memory
	clock      int64
	file       *os.File
	fault      error
}

// tapeBlock is a stretch of rows.
type tapeBlock struct {
	rows  []row // nil: in the file
	dirty bool  // the file does not have it in this form
	used  int64
}

// tapeRows is how many rows a block has.
const tapeRows = 1 << 9

// newTape makes a tape that holds about memory bytes of rows, four blocks at least.
func newTape(memory int64, dir string) *tape {
	return &tape{dir: dir, most: int(max(memory/(tapeRows*rowSize), 4))}
}

// len returns the number of rows.
func (t *tape) len() int64 { return t.end - t.first }

// push adds a row and returns its number.
func (t *tape) push(r *row) int64 {
	n := t.end
	if i := int(n/tapeRows - t.base); i == len(t.blocks) {
		t.room()
		t.blocks = append(t.blocks, &tapeBlock{rows: make([]row, 0, tapeRows)})
		t.loaded++
	}
	b := t.block(n)
	if b == nil {
		return n
	}
	b.rows, b.dirty = append(b.rows, *r), true
	t.end++
	return n
}

// at returns a row, valid until the next call of a method. After an error it is zero.
func (t *tape) at(n int64) *row {
	if b := t.block(n); b != nil && int(n%tapeRows) < len(b.rows) {
		return &b.rows[n%tapeRows]
	}
	return new(row)
}

// set replaces a row.
func (t *tape) set(n int64, r *row) {
	if b := t.block(n); b != nil {
		b.rows[n%tapeRows], b.dirty = *r, true
	}
}

// drop drops the rows before number n.
func (t *tape) drop(n int64) {
	t.first = max(t.first, min(n, t.end))
	done := t.first/tapeRows - t.base
	if done <= 0 {
		return
	}
	for _, b := range t.blocks[:done] {
		if b.rows != nil {
			t.loaded--
		}
	}
	t.base += done
	t.blocks = append(t.blocks[:0], t.blocks[done:]...)
}

// reset drops all rows; numbers begin again.
func (t *tape) reset() {
	if len(t.blocks) > 0 && t.base == 0 && t.blocks[0].rows != nil { // most groups are small
		t.blocks[0].rows, t.blocks[0].dirty = t.blocks[0].rows[:0], false
		clear(t.blocks[1:])
		t.blocks, t.loaded = t.blocks[:1], 1
	} else {
		clear(t.blocks)
		t.blocks, t.loaded = t.blocks[:0], 0
	}
	t.first, t.end, t.base = 0, 0, 0
}

// close frees the temporary file.
func (t *tape) close() error {
	t.blocks = nil
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

// block returns the block of a row, in memory; nil after an error.
func (t *tape) block(n int64) *tapeBlock {
	i := n/tapeRows - t.base
	if t.fault != nil || i < 0 || i >= int64(len(t.blocks)) {
		return nil
	}
	b := t.blocks[i]
	t.clock++
	b.used = t.clock
	if b.rows == nil {
		t.room()
		if b.rows = t.read(t.base + i); b.rows == nil {
			return nil
		}
		t.loaded++
	}
	return b
}

// room writes the least recently used blocks to the file, until there is room for one more.
func (t *tape) room() {
	for t.loaded >= t.most && t.fault == nil {
		var oldest *tapeBlock
		at := int64(0)
		for i, b := range t.blocks {
			if b.rows != nil && (oldest == nil || b.used < oldest.used) {
				oldest, at = b, t.base+int64(i)
			}
		}
		if oldest == nil {
			return
		}
		if oldest.dirty {
			t.write(at, oldest.rows)
		}
		oldest.rows, oldest.dirty = nil, false
		t.loaded--
	}
}

func (t *tape) fail(err error) {
	if t.fault == nil {
		t.fault = spill.Failed(t.dir, err)
	}
}

func (t *tape) write(block int64, rows []row) {
	if t.file == nil {
		if t.file, t.fault = spill.TempFile(t.dir); t.fault != nil {
			return
		}
	}
	buf := make([]byte, 0, len(rows)*rowSize)
	for i := range rows {
		buf = append(buf, rows[i][:]...)
	}
	if _, err := t.file.WriteAt(buf, block*tapeRows*rowSize); err != nil {
		t.fail(err)
	}
}

// read reads a block that was written: a full one, or the last.
func (t *tape) read(block int64) []row {
	n := int(min(t.end-block*tapeRows, tapeRows))
	buf := make([]byte, n*rowSize)
	if _, err := t.file.ReadAt(buf, block*tapeRows*rowSize); err != nil {
		t.fail(err)
		return nil
	}
	rows := make([]row, n, tapeRows)
	for i := range rows {
		copy(rows[i][:], buf[i*rowSize:])
	}
	return rows
}
