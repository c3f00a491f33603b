package dump

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
	"hunt/timeline/lender"
)

// Options say which records are written, and how. The zero value writes all live records as JSON lines.
type Options struct {
	XML      bool
	Carved   bool // older records of slack space, too
	WithRef  bool // a member "hunt" in each JSON record says where it is
	Exact    bool // unpaired surrogates as escapes
	IDs      []uint32
	Channels []string
	From, To evtx.Filetime // 0 = no bound
	Jobs     int           // 0 = one for each core
	Complain func(text string)
	// Done is called, by one goroutine at a time, with the records and bytes of a part of a file that was
	// written, and when a file ends. Carving reads all files once more, and Raw reads its file twice. It may be
	// nil.
	Done func(files, records, bytes int64)
}

// Writer writes records of evidence in the order of their files. Its result fields cover everything that it has
// written. It belongs to one goroutine, and starts others itself.
type Writer struct {
	Options
	Counts    Counts
	Recovered evtx.CarveStats // by carving
	Limits    limit.Tally     // the bounds that were met

	out     *bufio.Writer
	cache   *evtx.Cache
	lenders []*evidence.File // all evidence so far, from which raw files may borrow
	stock   *evtx.Stock      // for raw files: what the lenders and the raw files themselves lend; nil before the first

	mu   sync.Mutex // of what follows, and of Recovered
	seen evtx.Dedup // live records, then carved ones; only with Carved
}

// NewWriter returns a Writer. Call Flush when everything is written.
func NewWriter(out io.Writer, o Options) *Writer {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Done == nil {
		o.Done = func(int64, int64, int64) {}
	}
	if o.Complain == nil {
		o.Complain = func(string) {}
	}
	// Slots are larger, and pass through uncopied.
	return &Writer{Options: o, out: bufio.NewWriterSize(out, 16<<10), cache: evtx.NewCache()}
}

// Flush writes what is still buffered. The output ends in a whole line, even after an error.
func (d *Writer) Flush() error { return d.out.Flush() }

// Collection writes the live records of evidence, then what can be carved from it. Files that cannot be read are
// counted, and unread is called for each; an error comes from the output or the context.
func (d *Writer) Collection(ctx context.Context, col *evidence.Collection, unread func(*evidence.File)) error {
	d.Limits.Add(col.Limits.Bites())
	d.Counts.Files += len(col.Files)
	for i, f := range col.Files {
		if f.Status != evidence.Read {
			unread(f)
			d.Counts.Failed++
			continue
		}
		if err := d.file(ctx, pass{numbered{f, int32(i)}, (*Writer).live, d.Jobs, nil, d.Complain}); err != nil {
			return err
		}
		d.Done(1, 0, 0)
		if change := f.Change(); change != "" {
			d.Complain(f.Path + ": " + change)
			d.Counts.Failed++
		}
	}
	d.lenders = append(d.lenders, col.Files...)
	if !d.Carved {
		return nil
	}
	// After the live records. One worker, so that of equal records the first in the evidence stays.
	lend := lender.Lender{Files: col.Files, All: true, Limits: &d.Limits}
	for i, f := range col.Files {
		if f.Status != evidence.Read {
			continue
		}
		stock, err := lend.Stock(ctx, f)
		if err != nil {
			return err
		}
		of := pass{numbered{f, int32(i)}, (*Writer).slack, 1, stock, func(string) {}}
		if err := d.file(ctx, of); err != nil {
			return err
		}
	}
	return nil
}

// Raw carves a file that is not an event log, such as unallocated space. Its records borrow templates from all
// evidence that was written before.
func (d *Writer) Raw(ctx context.Context, name string) error {
	d.Counts.Files++
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd) // devices have no size to ask for
	if err != nil {
		return fmt.Errorf("%s: cannot determine the size: %w", name, err)
	}
	path, err := json.Marshal(filepath.Base(name))
	if err != nil {
		return err
	}
	if d.stock == nil {
		all := lender.Lender{Files: d.lenders, Group: func(*evidence.File) string { return "" }, Limits: &d.Limits}
		if d.stock, err = all.Stock(ctx, &evidence.File{}); err != nil {
			return err
		}
	}
	dec := &evtx.Decoder{Cache: d.cache, Stock: d.stock, Exact: d.Exact}
	var failed error
	s := &printed{path: path, raw: filepath.Base(name)}
	s.spill = func() {
		_, failed = d.out.Write(s.text)
		s.text = s.text[:0]
	}
	defer func() {
		d.Counts.add(s.tally)
		d.Done(1, int64(s.tally.Carved), 0)
	}()
	for r := range dec.CarveRaw(&metered{ReaderAt: file, done: d.Done}, size, 0, nil) {
		if d.print(s, r); failed != nil {
			return failed
		}
	}
	d.Recovered.Add(dec.Stats)
	s.spill()
	return failed
}

// metered reports progress on a raw file, which is read twice.
type metered struct {
	io.ReaderAt
	done func(files, records, bytes int64)
	end  int64 // of what was read
}

// ReadAt implements io.ReaderAt.
func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	n, err := m.ReaderAt.ReadAt(p, at)
	if at == 0 {
		m.end = 0
	}
	if end := at + int64(n); end > m.end {
		m.done(0, 0, end-m.end)
		m.end = end
	}
	return n, err
}

// Counts are what a dump has seen.
type Counts struct {
	Files   int
	Read    int // live records
	Printed int // records, carved ones among them
	Damaged int // places with damage that loses records
	Carved  int // records
	Failed  int // files that could not be read, or not whole
	Whole   int // files that were read without damage
}

func (t *Counts) add(o Counts) {
	t.Files += o.Files
	t.Read += o.Read
	t.Printed += o.Printed
	t.Damaged += o.Damaged
	t.Carved += o.Carved
	t.Failed += o.Failed
	t.Whole += o.Whole
}
