package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline"
)

func dumpCommand() *cli.Command {
	return &cli.Command{
		Name: "dump", Usage: "print records as JSON lines or XML", Action: dumpAction,
		UsageText: "hunt dump [--format jsonl|xml] [options] PATH [PATH ...]",
		Description: `dump prints every live record, in the order of the files, in the layout of
evtx_dump's JSON lines, which other tools and jq recipes read.

Examples:
   hunt dump Security.evtx | jq -c .Event.System.EventID
   hunt dump --with-ref --event-id 1 triage/ > starts.jsonl
   hunt dump --format xml --carved Security.evtx`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "jsonl", Usage: "jsonl or xml (`FORMAT`)"},
			&cli.BoolFlag{Name: "carved", Usage: "also what lies behind the live records, marked"},
			&cli.BoolFlag{Name: "with-ref", Usage: `add "hunt": {file, chunk, offset, header_record_id, carved} to each record`},
			&cli.IntSliceFlag{Name: "event-id", Usage: "only this event `ID` (repeatable)"},
			&cli.StringSliceFlag{Name: "channel", Usage: "only this `CHANNEL` (repeatable)"},
			&cli.StringFlag{Name: "from", Usage: "only events from `TIME` on"},
			&cli.StringFlag{Name: "to", Usage: "only events up to `TIME`"},
			&cli.IntFlag{Name: "jobs", Usage: "`N` workers (default: one per core)"},
			passwordFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "no summary on standard error"},
		},
	}
}

// dumper holds what the workers of one dump share.
type dumper struct {
	xml, carved, withRef bool
	ids                  []uint32
	channels             []string
	from, to             evtx.Filetime
	jobs                 int
	cache                *evtx.Cache
}

func dumpAction(c *cli.Context) error {
	if !c.Args().Present() {
		return usageError("no file given; try: hunt dump Security.evtx")
	}
	d := &dumper{carved: c.Bool("carved"), withRef: c.Bool("with-ref"), channels: c.StringSlice("channel"), jobs: c.Int("jobs"), cache: evtx.NewCache()}
	switch c.String("format") {
	case "jsonl":
	case "xml":
		d.xml = true
	default:
		return usageError("--format: %q is neither jsonl nor xml", c.String("format"))
	}
	for _, id := range c.IntSlice("event-id") {
		d.ids = append(d.ids, uint32(id))
	}
	if d.jobs <= 0 {
		d.jobs = runtime.GOMAXPROCS(0)
	}
	var err error
	if d.from, err = parseTime("from", c.String("from"), false); err != nil {
		return err
	}
	if d.to, err = parseTime("to", c.String("to"), true); err != nil {
		return err
	}
	evidence, err := collectOptions(c)
	if err != nil {
		return err
	}
	col, err := timeline.CollectWith(c.Context, c.Args().Slice(), evidence)
	if err != nil {
		return err
	}
	if col.Readable() == 0 {
		return nothingReadable(col)
	}
	out := bufio.NewWriterSize(c.App.Writer, 1<<20)
	total := tally{}
	for _, f := range col.Files {
		if f.Status != timeline.FileRead {
			fmt.Fprintf(c.App.ErrWriter, "hunt: %s: %s: %s\n", printable(f.Path), f.Status, f.Detail)
			total.failed++
			continue
		}
		t, err := d.file(c.Context, f, out, c.App.ErrWriter)
		total.add(t)
		if errors.Is(err, syscall.EPIPE) {
			return nil // the reader has seen enough
		}
		if err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "hunt: %d files, %d records, %d printed, %d damaged, %d carved\n",
			len(col.Files), total.read, total.printed, total.damaged, total.carved)
	}
	if total.failed > 0 || total.damaged > 0 {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// tally counts what a dump saw.
type tally struct{ read, printed, damaged, carved, failed int }

func (t *tally) add(o tally) {
	t.read += o.read
	t.printed += o.printed
	t.damaged += o.damaged
	t.carved += o.carved
	t.failed += o.failed
}

// slot is one chunk on its way through a worker; text is what it printed.
type slot struct {
	buf    [evtx.ChunkSize]byte
	n      int
	at     evtx.Ref
	text   []byte
	damage []evtx.Damage
	tally  tally
	done   chan struct{}
}

// file dumps one file: chunks are decoded on all workers and written in the order of the file. At most four slots per
// worker are in flight, so memory does not grow with the file.
func (d *dumper) file(ctx context.Context, f *timeline.File, out io.Writer, stderr io.Writer) (tally, error) {
	file, err := f.Open()
	if err != nil {
		fmt.Fprintf(stderr, "hunt: %s: %v\n", printable(f.Path), err)
		return tally{failed: 1}, nil
	}
	defer file.Close()
	var head [evtx.FileHeaderSize]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		fmt.Fprintf(stderr, "hunt: %s: %v\n", printable(f.Path), err)
		return tally{failed: 1}, nil
	}
	header, damage := evtx.ParseFileHeader(head[:n], f.Size)
	total := tally{}
	say := func(ds []evtx.Damage) {
		for _, x := range ds {
			if x.Kind.LosesRecords() {
				total.damaged++
				fmt.Fprintf(stderr, "hunt: %s: %s: %s\n", printable(f.Path), x.Kind, printable(x.Detail))
			}
		}
	}
	say(damage)

	path, err := json.Marshal(f.Path)
	if err != nil {
		return tally{}, err
	}
	pool := sync.Pool{New: func() any { return &slot{} }}
	work := make(chan *slot, d.jobs)
	order := make(chan *slot, d.jobs*4)
	group, ctx := errgroup.WithContext(ctx)
	for range d.jobs {
		group.Go(func() error {
			dec := &evtx.Decoder{Cache: d.cache, Carve: d.carved, NoCRC: header.Flags&evtx.FlagNoCRC != 0}
			for s := range work {
				d.decode(dec, path, s)
				close(s.done)
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(order)
		defer close(work)
		for chunk := int32(0); n == len(head); chunk++ {
			s := pool.Get().(*slot)
			s.text, s.damage, s.tally, s.done = s.text[:0], s.damage[:0], tally{}, make(chan struct{})
			got, err := io.ReadFull(file, s.buf[:])
			if got > 0 {
				s.n = got
				s.at = evtx.Ref{File: f.Index, Chunk: chunk, Offset: evtx.FileHeaderSize + int64(chunk)*evtx.ChunkSize}
				select {
				case order <- s:
				case <-ctx.Done():
					return ctx.Err()
				}
				select {
				case work <- s:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%s: chunk %d: %w", f.Path, chunk, err)
			}
		}
		return nil
	})
	group.Go(func() error {
		for s := range order {
			select {
			case <-s.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			say(s.damage)
			total.add(s.tally)
			if _, err := out.Write(s.text); err != nil {
				return err
			}
			pool.Put(s)
		}
		return nil
	})
	return total, group.Wait()
}

// decode prints one slot into its text.
func (d *dumper) decode(dec *evtx.Decoder, path []byte, s *slot) {
	for r := range dec.Records(s.buf[:s.n], s.at, func(x evtx.Damage) { s.damage = append(s.damage, x) }) {
		if r.Ref.Carved {
			s.tally.carved++
		} else {
			s.tally.read++
		}
		if !d.wants(r) {
			continue
		}
		s.tally.printed++
		if d.xml {
			s.text = r.AppendXML(s.text)
		} else {
			s.text = r.AppendJSON(s.text)
			if d.withRef {
				s.text = appendRef(s.text[:len(s.text)-1], path, r)
			}
		}
		s.text = append(s.text, '\n')
	}
}

func (d *dumper) wants(r *evtx.Record) bool {
	if len(d.ids) > 0 && !slices.Contains(d.ids, r.EventID()) {
		return false
	}
	if len(d.channels) > 0 && !slices.Contains(d.channels, r.Channel()) {
		return false
	}
	if d.from != 0 || d.to != 0 {
		t := r.TimeCreated()
		return (d.from == 0 || t >= d.from) && (d.to == 0 || t <= d.to)
	}
	return true
}

// appendRef adds where the record stands to a JSON object that lacks its closing brace; path is a JSON string already.
func appendRef(dst, path []byte, r *evtx.Record) []byte {
	dst = append(dst, `,"hunt":{"file":`...)
	dst = append(dst, path...)
	dst = append(dst, `,"chunk":`...)
	dst = strconv.AppendInt(dst, int64(r.Ref.Chunk), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, r.Ref.Offset, 10)
	dst = append(dst, `,"header_record_id":`...)
	dst = strconv.AppendUint(dst, r.Ref.HeaderRecordID, 10)
	dst = append(dst, `,"carved":`...)
	dst = strconv.AppendBool(dst, r.Ref.Carved)
	return append(dst, "}}"...)
}
