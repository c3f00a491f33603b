package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report/build"
	"hunt/timeline/evidence"
)

func dumpCommand() *cli.Command {
	return &cli.Command{
		Name: "dump", Usage: "print records as JSON lines or XML", Action: dumpAction,
		UsageText: "hunt dump [--format jsonl|xml] [options] PATH [PATH ...]\nhunt dump --carve-raw FILE [options]",
		Description: `dump prints every live record, file by file, in the layout of evtx_dump's JSON lines,
which other tools and jq recipes understand. With --carved, older records from slack
space follow, each once. If the template of a carved record is gone, hunt borrows one
from elsewhere in the evidence; --with-ref marks such records.

Examples:
   hunt dump Security.evtx | jq -c .Event.System.EventID
   hunt dump --with-ref --event-id 1 triage/ > starts.jsonl
   hunt dump --format xml --carved Security.evtx
   hunt dump --with-ref --carve-raw unallocated.bin > found.jsonl`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "jsonl", Usage: "print records in this `FORMAT`: jsonl or xml"},
			&cli.BoolFlag{Name: "carved", Usage: "also print carved records (always marked)"},
			&cli.StringSliceFlag{Name: "carve-raw", Usage: "search any `FILE`, such as unallocated space or a memory image, for records (repeatable)"},
			&cli.BoolFlag{Name: "with-ref", Usage: `add "hunt": {file, chunk, offset, header_record_id, carved, borrowed} to each record`},
			&cli.BoolFlag{Name: "exact", Usage: "write broken UTF-16 as \\ud83d instead of U+FFFD; jq and DuckDB reject it"},
			&cli.IntSliceFlag{Name: "event-id", Usage: "print only events with this `ID` (repeatable)"},
			&cli.StringSliceFlag{Name: "channel", Usage: "print only events of this `CHANNEL` (repeatable)"},
			&cli.StringFlag{Name: "from", Usage: "use only events from `TIME` on"},
			&cli.StringFlag{Name: "to", Usage: "use only events up to `TIME`; a date includes the whole day"},
			jobsFlag(),
			passwordFlag(), tempDirFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "print no summary on standard error"},
		},
	}
}

// dumper holds what the workers of one dump share.
type dumper struct {
	xml, carved, withRef bool
	exact                bool // unpaired surrogates as escapes
	ids                  []uint32
	channels             []string
	from, to             evtx.Filetime
	jobs                 int
	cache                *evtx.Cache
	limits               limit.Tally

	mu    sync.Mutex // of what follows
	seen  evtx.Dedup // live records, then carved ones; only with carved
	stats evtx.CarveStats
}

func dumpAction(c *cli.Context) error {
	raw := c.StringSlice("carve-raw")
	if !c.Args().Present() && len(raw) == 0 {
		return usageError("no file given; try: hunt dump Security.evtx")
	}
	d := &dumper{carved: c.Bool("carved"), withRef: c.Bool("with-ref"), exact: c.Bool("exact"), channels: c.StringSlice("channel"), jobs: c.Int("jobs"), cache: evtx.NewCache()}
	switch c.String("format") {
	case "jsonl":
	case "xml":
		d.xml = true
	default:
		return usageError("--format: unknown format %q; use jsonl or xml", c.String("format"))
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
	total, files, err := d.run(c, raw)
	if closedPipe(err) {
		return nil // the reader has seen enough
	}
	if err != nil {
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "hunt: %d files, %d records, %d printed, %d damaged, %d carved\n",
			total.files, total.read, total.printed, total.damaged, total.carved)
		if d.carved || len(raw) > 0 {
			fmt.Fprintf(c.App.ErrWriter, "hunt: carved: %d with their own template, %d with a borrowed one, %d in part, %d unreadable, %d copies left out\n",
				d.stats.Full, d.stats.Borrowed, d.stats.Partial, d.stats.Lost, d.stats.Duplicate)
		}
	}
	bites := d.limits.Bites()
	for _, b := range bites {
		complain(c.App.ErrWriter, "limit: "+build.LimitText(b, files))
	}
	if total.failed > 0 || total.damaged > 0 || limit.Loses(bites) {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// closedPipe reports whether the reader of the output is gone. Windows has two numbers of its own for it: ERROR_BROKEN_PIPE and
// ERROR_NO_DATA.
func closedPipe(err error) bool {
	var no syscall.Errno
	return errors.Is(err, syscall.EPIPE) || runtime.GOOS == "windows" && errors.As(err, &no) && (no == 109 || no == 232)
}

// run dumps the evidence, then what can be carved from it, then the raw files.
func (d *dumper) run(c *cli.Context, raw []string) (total tally, files []*evidence.File, err error) {
	screen := jsonScreen
	if d.xml {
		screen = xmlScreen
	}
	out := bufio.NewWriterSize(screen(c.App.Writer), 16<<10) // slots are larger: they go through uncopied
	defer func() {                                           // what was printed ends in a whole line, whatever happened then
		if failed := out.Flush(); err == nil {
			err = failed
		}
	}()
	if c.Args().Present() {
		o, err := collectOptions(c)
		if err != nil {
			return total, files, err
		}
		col, err := evidence.Collect(c.Context, evidence.Inputs(c.Args().Slice()...), o)
		if err != nil {
			return total, files, err
		}
		if col.Readable() == 0 {
			return total, nil, nothingToRead(col)
		}
		total.files, files = len(col.Files), col.Files
		d.limits.Add(col.Limits.Bites())
		unread := saidFiles{say: func(format string, args ...any) {
			complain(c.App.ErrWriter, fmt.Sprintf(format, args...))
		}}
		for i, f := range col.Files {
			if f.Status != evidence.Read {
				unread.file(f.Path, f.Status, f.Detail)
				total.failed++
				continue
			}
			t, err := d.file(c.Context, numbered{f, int32(i)}, out, c.App.ErrWriter, (*dumper).live)
			total.add(t)
			if err != nil {
				return total, files, err
			}
			if change := f.Change(); change != "" {
				complain(c.App.ErrWriter, f.Path+": "+change)
				total.failed++
			}
		}
		unread.end()
		// Behind the live records, now that all templates of the case are known; one worker, so that of equal records the
		// first in the evidence stays.
		if d.carved {
			d.jobs = 1
			for i, f := range col.Files {
				if f.Status != evidence.Read {
					continue
				}
				t, err := d.file(c.Context, numbered{f, int32(i)}, out, io.Discard, (*dumper).slack)
				total.add(t)
				if err != nil {
					return total, files, err
				}
			}
		}
	}
	for _, name := range raw {
		t, err := d.raw(name, out)
		total.add(t)
		total.files++
		if err != nil {
			return total, files, err
		}
	}
	return total, files, nil
}

// raw carves a file that is no event log.
func (d *dumper) raw(name string, out io.Writer) (tally, error) {
	file, err := os.Open(name)
	if err != nil {
		return tally{}, &exitError{exitFailed, err}
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd) // devices have no size to ask for
	if err != nil {
		return tally{}, &exitError{exitFailed, fmt.Errorf("%s: cannot determine the size: %w", name, err)}
	}
	path, err := json.Marshal(filepath.Base(name))
	if err != nil {
		return tally{}, err
	}
	dec := &evtx.Decoder{Cache: d.cache, Exact: d.exact}
	var failed error
	s := &slot{path: path, raw: filepath.Base(name), spill: func(s *slot) {
		_, failed = out.Write(s.text)
		s.text = s.text[:0]
	}}
	for r := range dec.CarveRaw(file, size, 0, nil) {
		if d.print(s, r); failed != nil {
			return s.tally, failed
		}
	}
	d.stats.Add(dec.Stats)
	s.spill(s)
	return s.tally, failed
}

// tally counts what a dump saw.
type tally struct{ files, read, printed, damaged, carved, failed int }

func (t *tally) add(o tally) {
	t.files += o.files
	t.read += o.read
	t.printed += o.printed
	t.damaged += o.damaged
	t.carved += o.carved
	t.failed += o.failed
}

// live prints the live records of one slot.
func (d *dumper) live(dec *evtx.Decoder, s *slot) {
	for r := range dec.Records(s.buf[:s.n], s.at, func(x evtx.Damage) { s.damage = append(s.damage, x) }) {
		d.print(s, r)
		if d.carved {
			d.mu.Lock()
			d.seen.Add(r)
			d.mu.Unlock()
		}
	}
	if d.carved {
		dec.Learn(s.buf[:s.n])
	}
}

// slack prints what stands behind the live records of one slot, if it was not printed before.
func (d *dumper) slack(dec *evtx.Decoder, s *slot) {
	for r := range dec.Carved(s.buf[:s.n], s.at) {
		d.mu.Lock()
		fresh := d.seen.Add(r)
		d.mu.Unlock()
		if fresh {
			d.print(s, r)
		} else {
			dec.Stats.MoveToDuplicate(r)
		}
	}
}

// print counts a record and prints it if it is wanted.
func (d *dumper) print(s *slot, r *evtx.Record) {
	if r.Ref.Carved {
		s.tally.carved++
	} else {
		s.tally.read++
	}
	if !d.wants(r) {
		return
	}
	s.tally.printed++
	if d.xml {
		s.text = r.AppendXML(s.text)
	} else {
		s.text = r.AppendJSON(s.text)
		s.text = d.appendMarks(s.text, s.path, r)
	}
	if r.Cut() {
		at := r.Place()
		if s.raw != "" {
			at = limit.In(s.raw)
		}
		d.limits.Bite(evtx.BoundOutput, at)
	}
	if s.text = append(s.text, '\n'); len(s.text) >= maxSlotText {
		s.spill(s)
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
		t, _ := r.Time()
		return t == 0 || (d.from == 0 || t >= d.from) && (d.to == 0 || t <= d.to)
	}
	return true
}

// appendMarks puts a member "hunt" into the JSON of a record: where it stands, if that is asked for, and where the text or the time of
// the event is not simply what the record says. path is a JSON string already.
func (d *dumper) appendMarks(dst, path []byte, r *evtx.Record) []byte {
	_, from := r.Time()
	altered := r.Altered()
	if !d.withRef && !altered && !r.Continued && from == evtx.TimeLogged {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"hunt":{`...)
	start := len(dst)
	if d.withRef {
		dst = appendRef(dst, path, r)
	}
	comma := func() {
		if len(dst) > start {
			dst = append(dst, ',')
		}
	}
	if altered {
		comma()
		dst = append(dst, `"altered":true`...)
	}
	if r.Continued {
		comma()
		dst = append(dst, `"continued":true`...)
	}
	if from != evtx.TimeLogged {
		comma()
		at, _ := r.Time()
		dst = append(append(append(dst, `"time":{"source":"`...), from.String()...), '"')
		if at != 0 {
			dst = append(at.AppendText(append(dst, `,"used":"`...)), '"')
		}
		dst = append(dst, '}')
	}
	return append(dst, "}}"...)
}

// appendRef adds where the record stands.
func appendRef(dst, path []byte, r *evtx.Record) []byte {
	dst = append(dst, `"file":`...)
	dst = append(dst, path...)
	dst = append(dst, `,"chunk":`...)
	dst = strconv.AppendInt(dst, int64(r.Ref.Chunk), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, r.Ref.Offset, 10)
	dst = append(dst, `,"header_record_id":`...)
	dst = strconv.AppendUint(dst, r.Ref.HeaderRecordID, 10)
	dst = append(dst, `,"carved":`...)
	dst = strconv.AppendBool(dst, r.Ref.Carved)
	if r.Borrowed {
		dst = append(dst, `,"borrowed":true`...)
	}
	return dst
}
