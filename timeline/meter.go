package timeline

import (
	"sync/atomic"

	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// Meter counts what a running Scan has done, for progress displays. Its counts may be read at any time.
type Meter struct {
	Files, FilesDone atomic.Int64 // done: every record decoded
	Bytes, BytesDone atomic.Int64
	Records          atomic.Int64

	// Begun and Ended, if set, are called when the first bytes of a file are about to be read, and when its last
	// record was decoded or it could not be read any further. Ended is called from several goroutines, once per file.
	Begun, Ended func(*FileMeter)

	current atomic.Pointer[FileMeter]
}

// FileMeter counts what was done of one file. Copies are known only after everything was read: FileStats has the
// final counts.
type FileMeter struct {
	File               *ledger.File
	Size               int64 // as far as known before it was read
	BytesDone, Records atomic.Int64

	meter *Meter
	left  atomic.Int64 // slots that are not decoded yet, plus one while more may come
}

// Current returns the file that is being read, nil before the first one.
func (m *Meter) Current() *FileMeter { return m.current.Load() }

// expect counts what is going to be read.
func (m *Meter) expect(files []*ledger.File) {
	for _, f := range files {
		if f.Status == evidence.Read {
			m.Files.Add(1)
			m.Bytes.Add(f.Size)
		}
	}
}

// begin starts to count a file; the caller calls slotDone when it was read.
func (m *Meter) begin(f *ledger.File) *FileMeter {
	p := &FileMeter{File: f, Size: f.Size, meter: m}
	p.left.Store(1)
	m.current.Store(p)
	if m.Begun != nil {
		m.Begun(p)
	}
	return p
}

// read counts bytes.
func (p *FileMeter) read(n int64) {
	p.BytesDone.Add(n)
	p.meter.BytesDone.Add(n)
}

// decoded counts records.
func (p *FileMeter) decoded(records int64) {
	p.Records.Add(records)
	p.meter.Records.Add(records)
}

// slotDone counts a decoded slot.
func (p *FileMeter) slotDone() {
	if p.left.Add(-1) > 0 {
		return
	}
	p.meter.FilesDone.Add(1)
	if p.meter.Ended != nil {
		p.meter.Ended(p)
	}
}
