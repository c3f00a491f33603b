package evidence

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hunt/timeline/evidence/hole"
)

// Tar archives: POSIX.1-2017 pax, and the GNU tar manual. archive/tar reads one header at a time, with those
// that extend it; this file finds where the next one stands, so that a damaged or forged header does not lose
// everything after it.

const (
	tarBlock = 512
	// maxTarExtension bounds what extends a header: long names, pax records. archive/tar has the same bound.
	maxTarExtension = 1 << 20
	// maxTarSize is more than any real member has; larger sizes are forged.
	maxTarSize = 1 << 60
)

// tarHeader reports whether a block is a header, which is so if its checksum matches. Old archives sum signed
// bytes.
func tarHeader(b []byte) bool {
	sum, ok := tarNumber(b[148:156])
	if !ok || b[0] == 0 && b[257] == 0 && b[345] == 0 {
		return false
	}
	unsigned, signed := int64(0), int64(0)
	for i, c := range b[:tarBlock] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return sum == unsigned || sum == signed
}

// tarNumber reads a number of a header: octal, or in base 256 if the first bit is set.
func tarNumber(b []byte) (int64, bool) {
	if b[0]&0x80 != 0 {
		v := int64(int8(b[0]<<1) >> 1)
		for _, c := range b[1:] {
			if v > maxTarSize>>8 || v < -maxTarSize>>8 {
				return 0, false
			}
			v = v<<8 | int64(c)
		}
		return v, true
	}
	// Readers differ in what they allow after the digits: all of it is skipped.
	s := strings.TrimLeft(string(b), " \t\x00")
	if s == "" {
		return 0, true
	}
	end := 0
	for end < len(s) && ('0' <= s[end] && s[end] <= '7' || end == 0 && s[0] == '-') {
		end++
	}
	v, err := strconv.ParseInt(s[:end], 8, 64)
	return v, err == nil
}

// tarWalk goes through one tar.
type tarWalk struct {
	*walker
	entry  walkEntry
	format string
	names  map[string]int
	r      *rewinder
	read   *counting // below r
	block  [tarBlock]byte
	search bool // the first header is still to be found
	adrift bool // something is missing before the block, which may belong to a member
	again  bool // the block is to be read once more: it ended what preceded it

	members  int
	data     int64  // where the last member's data begin, 0 if the next header cannot be in them
	lost     int64  // bytes that are neither headers nor data of a member
	twice    bool   // the bytes are read a second time
	end      bool   // two blocks of zeros
	trailing bool   // members follow the end
	last     string // name of the last member
	problems []error
	more     int   // problems beyond maxTarProblems
	resume   int64 // offset from which a second walk is worthwhile, -1 if there is none

	extension []byte            // blocks that extend the next header
	forged    bool              // they are too long or their size is forged: archive/tar is not asked
	records   map[string]string // those of their pax records that hunt, not archive/tar, reads
}

// maxTarProblems bounds the faults of one tar that are reported one by one.
const maxTarProblems = 8

func (t *tarWalk) problem(format string, args ...any) {
	if len(t.problems) < maxTarProblems {
		t.problems = append(t.problems, fmt.Errorf(format, args...))
	} else {
		t.more++
	}
}

// tar goes through a tar's members; r is at an offset of it. resume is an offset from which it should be walked
// again, -1 for none.
func (w *walker) tar(r io.Reader, e walkEntry, format string, names map[string]int, from int64) (resume int64,
	err error) {
	read := &counting{r: r, n: from}
	t := tarWalk{walker: w, entry: e, format: format, names: names, r: &rewinder{r: read}, read: read, resume: -1,
		search: from > 0}
	err = t.walk()
	if t.lost > 0 {
		t.problem("%d bytes belong to no header and no member: damaged", t.lost)
	}
	if t.trailing {
		t.problem("there are members after the blocks that mark its end")
	}
	if t.more > 0 {
		t.problems = append(t.problems, fmt.Errorf("and %d more faults", t.more))
	}
	return t.resume, errors.Join(append(t.problems, err)...)
}

func (t *tarWalk) offset() int64 { return t.read.n - int64(t.r.to-t.r.from) }

// walk reads block by block. After damage it continues with the next block that is a header.
func (t *tarWalk) walk() error {
	zeros := 0
	for {
		if err := t.next(); err != nil {
			if goesOn, err := t.broke(err); !goesOn {
				return err
			}
			continue
		}
		if !tarHeader(t.block[:]) {
			if !t.adrift && bytes.Count(t.block[:], []byte{0}) == tarBlock {
				if zeros++; zeros == 2 {
					t.end = true
				}
			} else {
				zeros = 0
				if err := t.stray(); err != nil {
					return err
				}
			}
			continue
		}
		if zeros == 1 && !t.end {
			t.lost += tarBlock // no tool writes a single one
		}
		zeros, t.search, t.adrift = 0, false, false
		t.trailing = t.trailing || t.end
		if err := t.header(); err != nil {
			return err
		}
	}
}

// broke reports whether a tar continues after a read error, and if not, what is wrong.
func (t *tarWalk) broke(err error) (goesOn bool, problem error) {
	switch {
	case errors.Is(err, io.EOF):
		return false, nil
	case hole.Is(err):
		t.problem("%w", err)
		t.extension, t.records, t.forged, t.adrift = nil, nil, false, true
		return true, nil
	case errors.Is(err, errAllowance):
		return false, err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errTruncated):
		return false, fmt.Errorf("it ends in the middle of member %d; whatever followed is lost", t.members)
	}
	return false, fmt.Errorf("after member %d: %w", t.members, readError(err))
}

// next reads a block.
func (t *tarWalk) next() error {
	if t.again {
		t.again = false
		return nil
	}
	_, err := io.ReadFull(t.r, t.block[:])
	return err
}

// header processes a header: of a member, or of what extends the next member's header.
func (t *tarWalk) header() error {
	size, ok := tarNumber(t.block[124:136])
	ok = ok && size >= 0 && size <= maxTarSize
	switch t.block[156] {
	case tar.TypeXHeader, tar.TypeXGlobalHeader, tar.TypeGNULongName, tar.TypeGNULongLink, 'X':
		return t.extend(size, ok)
	}
	if err := t.member(t.entry); err != nil {
		return err
	}
	t.members++
	if s, err := strconv.ParseInt(t.records["size"], 10, 64); err == nil {
		size, ok = s, s >= 0 && s <= maxTarSize
	}
	block := t.block
	from := t.offset()
	data := &tarData{walk: t, left: size + int64(t.sparseMap()), open: !ok}
	switch block[156] {
	case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo:
		data.left, data.open = 0, false
	}
	pad := (tarBlock - size%tarBlock) % tarBlock
	archive, err := t.one(&block, data)
	if err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, data)
	if err == nil && !data.open && data.left == 0 && (size > 0 || rest > 0) {
		_, err = io.CopyN(io.Discard, t.r, pad)
	}
	if t.data = from; archive || err != nil {
		t.data = 0 // another tar's headers are in the data
	}
	if data.open {
		t.problem("member %d has an impossible size: read up to the next header", t.members)
	}
	t.extension, t.records, t.forged = nil, nil, false
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errTruncated):
		if !archive {
			t.resume = from // its size may be forged, and would include the members after it
		}
		return fmt.Errorf("it ends in the middle of member %d; whatever followed is lost", t.members)
	case hole.Is(err):
		t.problem("member %d: %w", t.members, err)
		t.adrift = true
		return nil
	case err != nil:
		return fmt.Errorf("member %d: %w", t.members, readError(err))
	}
	return nil
}

// extend reads what extends the next header. A header inside it ends it: its size is forged.
func (t *tarWalk) extend(size int64, ok bool) error {
	t.data = t.offset()
	kept := append([]byte(nil), t.block[:]...)
	global := t.block[156] == tar.TypeXGlobalHeader
	for left := size; !ok || left > 0; left -= tarBlock {
		err := t.next()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errTruncated):
			return fmt.Errorf("it ends in a header of member %d; whatever followed is lost", t.members+1)
		case err != nil:
			t.again = false
			return fmt.Errorf("in a header of member %d: %w", t.members+1, readError(err))
		}
		if string(t.block[257:262]) == "ustar" && tarHeader(t.block[:]) {
			t.again, ok, size = true, true, maxTarExtension+1
			break
		}
		if len(kept) <= maxTarExtension {
			kept = append(kept, t.block[:]...)
		}
	}
	if size > maxTarExtension || !ok {
		t.bite(boundTar, t.entry.path)
		t.problem("a header before member %d is longer than the %d bytes that hunt reads, or its size is forged: "+
			"hunt uses the beginning of the name and size", t.members+1, maxTarExtension)
		if t.records == nil {
			t.records = map[string]string{}
		}
		readRecords(kept[tarBlock:], t.records)
		t.forged = true
		return nil
	}
	if global {
		return nil // comments of git and pax; names and sizes for all members make no sense
	}
	if t.records == nil {
		t.records = map[string]string{}
	}
	if kept[156] == tar.TypeXHeader {
		readRecords(kept[tarBlock:tarBlock+int(size)], t.records)
	}
	if len(t.extension) <= 4*maxTarExtension {
		t.extension = append(t.extension, kept...)
	}
	return nil
}

// readRecords reads pax records: a length in decimal, a blank, a key, an equals sign, a value, a
// line break.
func readRecords(b []byte, into map[string]string) {
	for {
		digits, rest, ok := bytes.Cut(b[:min(len(b), 24)], []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if !ok || err != nil || n <= len(digits)+1 || n > len(b) || len(rest) == 0 {
			return
		}
		key, value, ok := strings.Cut(strings.TrimSuffix(string(b[len(digits)+1:n]), "\n"), "=")
		if ok && (key == "path" || key == "size") {
			into[key] = value
		}
		b = b[n:]
	}
}

// one looks at one member, and reports whether it is a tar itself.
func (t *tarWalk) one(block *[tarBlock]byte, data *tarData) (archive bool, err error) {
	flag, name, size := block[156], tarName(block), data.left
	var body io.Reader = data
	if !data.open && !t.forged {
		// archive/tar restores sparse files, and knows how names are extended.
		r := tar.NewReader(io.MultiReader(bytes.NewReader(t.extension), bytes.NewReader(block[:]), data))
		if h, err := r.Next(); err == nil {
			name, size, body = h.Name, h.Size, r
		} else {
			t.problem("member %d: %w", t.members, err)
		}
	}
	if path := t.records["path"]; t.forged && path != "" {
		name = path
	}
	switch flag {
	case tar.TypeDir, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return false, nil // they have no data
	case tar.TypeLink, tar.TypeSymlink:
		t.col.Ignored++ // another name for a member that is read under its first
		return false, nil
	}
	if data.open {
		size = 0
	}
	c := t.entry.child(name, t.format, t.names)
	t.last = name
	buffered := bufio.NewReaderSize(body, sniffSize)
	head, err := buffered.Peek(sniffSize)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		if errors.Is(err, errAllowance) || t.ctx.Err() != nil {
			return false, err
		}
		t.unreadable(c.path, c.loc, readError(err).Error())
		return false, nil
	}
	c.head, c.stream, c.size, c.paid = append([]byte(nil), head...), buffered, size, t.entry.paid && !t.twice
	t.consider(c)
	found, _ := sniff(head, size)
	return found == kindTar, nil
}

// tarName is a name as the header itself has it.
func tarName(b *[tarBlock]byte) string {
	text := func(from, to int) string {
		s, _, _ := strings.Cut(string(b[from:to]), "\x00")
		return s
	}
	name := text(0, 100)
	if prefix := text(345, 500); prefix != "" && string(b[257:263]) == "ustar\x00" {
		name = prefix + "/" + name
	}
	return name
}

// tarData gives a member's bytes. If its size is forged, they end at the next header.
type tarData struct {
	walk *tarWalk
	left int64
	open bool
	rest []byte // of a block, if open
	done error
}

func (d *tarData) Read(p []byte) (int, error) {
	if d.done != nil {
		return 0, d.done
	}
	if !d.open {
		if d.left == 0 {
			return 0, io.EOF
		}
		n, err := d.walk.r.Read(p[:min(int64(len(p)), d.left)])
		if d.left -= int64(n); errors.Is(err, io.EOF) && d.left > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			d.done = err
		}
		return n, err
	}
	if len(d.rest) == 0 {
		if err := d.walk.next(); err != nil {
			d.done = err
			if errors.Is(err, io.EOF) {
				return 0, err
			}
			return 0, err
		}
		if tarHeader(d.walk.block[:]) {
			d.walk.again, d.done = true, io.EOF
			return 0, io.EOF
		}
		d.rest = d.walk.block[:]
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}
