package window

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// Write writes all rows, for Read. Nothing may be added afterwards.
func (r *Rows) Write(w io.Writer) error {
	c := spill.NewEncoder(nil)
	spill.Values(c, &r.names.list, (*spill.Coder).Text)
	head := binary.AppendUvarint(nil, uint64(len(c.Bytes())))
	if _, err := w.Write(append(head, c.Bytes()...)); err != nil {
		return err
	}
	for x, err := range r.sorter.Sorted() {
		if err != nil {
			return err
		}
		if _, err := w.Write(x[:]); err != nil {
			return err
		}
	}
	return nil
}

// errRows says that rows are not what Write wrote.
var errRows = errors.New("the rows of counting rules cannot be read")

// maxRowChannels bounds the names of channels that precede rows, in bytes.
const maxRowChannels = 1 << 30

// Extent is the number of files and of hosts to which rows refer by number.
type Extent struct{ Files, Hosts int }

// Read adds the rows that Write wrote for another part of the evidence, as Merge does. It returns an error for rows
// that Write could not have written.
func (r *Rows) Read(from io.Reader, of Extent) error {
	in := bufio.NewReaderSize(from, 1<<16)
	n, err := binary.ReadUvarint(in)
	if err != nil || n > maxRowChannels {
		return errRows
	}
	var head bytes.Buffer                                    // grows as bytes come, whatever length is claimed
	if _, err := io.CopyN(&head, in, int64(n)); err != nil { // #nosec G115 -- bounded
		return errRows
	}
	var channels []string
	c := spill.NewDecoder(head.Bytes(), nil)
	if spill.Values(c, &channels, (*spill.Coder).Text); c.Err() != nil {
		return c.Err()
	}
	var nodes []place
	for p, program := range r.programs {
		for n := range program.nodes {
			nodes = append(nodes, place{p, n})
		}
	}
	for {
		var x row
		switch _, err := io.ReadFull(in, x[:]); {
		case errors.Is(err, io.EOF):
			return r.Err()
		case err != nil || x.channel() >= len(channels) || x.node() >= len(nodes) || !of.has(&x):
			return errRows
		}
		if at := nodes[x.node()]; !r.programs[at.program].takes(at.node, &x) {
			return errRows
		}
		put24(x[chanAt:], r.names.of(channels[x.channel()]))
		r.put(&x)
	}
}

// has reports whether the file and the host of a row exist, and whether its time is one that Event may have.
func (of Extent) has(x *row) bool {
	at := evtx.Filetime(x.at()).UnixNano()
	return int(x.place().File) < of.Files && x.host() < of.Hosts && at != math.MinInt64 && at != math.MaxInt64
}

// takes reports whether a row is one that Add makes for a node.
func (p *Program) takes(n int, x *row) bool {
	node, slot, tag := &p.nodes[n], int(x.ordinal()), x.tag()
	if x.isLink() {
		consumers := p.plans[n].consumers
		if x.input() >= len(consumers) {
			return false
		}
		if tag < tagLinkV {
			return tag <= tagLinkB && slot < maxCombinations
		}
		node, slot, tag = &p.nodes[consumers[x.input()].node], slot>>10, tag-tagLinkV
	} else if x.input() >= len(node.Inputs) || node.Inputs[x.input()].Stage < 0 {
		return false
	}
	switch node.Kind {
	case ValueCount:
		return slot == 0 && (tag == tagHash || tag == tagNone)
	case Threshold:
		return tag == tagNone && slot == 0 || tag == tagHash && slot < len(node.Cardinality)
	case ValueSum, ValueAvg:
		return slot == 0 && (tag == tagNone || tag >= tagNumber && tag <= tagNumber+MaxScale)
	}
	return slot == 0 && tag == tagNone
}
