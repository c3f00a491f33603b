package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/progress"
	"hunt/cmd/hunt/screen"
	"hunt/cmd/hunt/unread"
	"hunt/limit"
	"hunt/report/build"
	"hunt/timeline"
	"hunt/timeline/dump"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

func dumpCommand() *cli.Command {
	return &cli.Command{
		Name: "dump", Usage: "print records as JSON lines or XML", Action: dumpAction,
		UsageText: "hunt dump [--format jsonl|xml] [options] PATH [PATH ...]\nhunt dump --carve-raw FILE [options]",

		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "jsonl", Usage: "print records in this `FORMAT`: jsonl or xml"},
			&cli.BoolFlag{Name: "carved", Usage: "also print carved records (always marked)"},
			&cli.StringSliceFlag{Name: "carve-raw",
				Usage: "search any `FILE`, such as unallocated space or a memory image, for records (repeatable)"},
			&cli.BoolFlag{Name: "with-ref",
				Usage: `add "hunt": {file, chunk, offset, header_record_id, carved, borrowed} to each record`},
			&cli.BoolFlag{Name: "exact", Usage: "write broken UTF-16 as \\ud83d instead of U+FFFD; jq and DuckDB " +
				"reject it"},
			&cli.IntSliceFlag{Name: "event-id", Usage: "print only events with this `ID` (repeatable)"},
			&cli.StringSliceFlag{Name: "channel", Usage: "print only events of this `CHANNEL` (repeatable)"},
			&cli.StringFlag{Name: "from", Usage: "use only events from `TIME` on"},
			&cli.StringFlag{Name: "to", Usage: "use only events up to `TIME`; a date includes the whole day"},
			flag.Jobs(),
			flag.Passwords(), flag.TempDir(), flag.Progress(),
			&cli.BoolFlag{Name: "quiet", Usage: "print no progress and no summary on standard error"},
		},
	}
}

// dumping is what the flags of a dump ask for.
type dumping struct {
	run         *runner
	inputs, raw []string
	opts        dump.Options
	meter       *timeline.Meter
	watching    *progress.Watcher
}

func dumpingOf(c *cli.Context) (dumping, error) {
	d := dumping{inputs: c.Args().Slice(), raw: c.StringSlice("carve-raw"), meter: &timeline.Meter{},
		opts: dump.Options{
			Carved: c.Bool("carved"), WithRef: c.Bool("with-ref"), Exact: c.Bool("exact"),
			Channels: c.StringSlice("channel"),
			Jobs:     c.Int("jobs"),
			Complain: func(text string) { screen.Complain(c.App.ErrWriter, text) },
		}}
	if len(d.inputs) == 0 && len(d.raw) == 0 {
		return d, exit.Usagef("no file given; try: hunt dump Security.evtx")
	}
	switch c.String("format") {
	case "jsonl":
	case "xml":
		d.opts.XML = true
		if err := flag.OnlyWith(c, "--format jsonl", "with-ref", "exact"); err != nil {
			return d, err
		}
	default:
		return d, exit.Usagef("--format: unknown format %q; use jsonl or xml", c.String("format"))
	}
	for _, id := range c.IntSlice("event-id") {
		d.opts.IDs = append(d.opts.IDs, uint32(id))
	}
	var err error
	if d.run, err = newRun(c); err != nil {
		return d, err
	}
	d.opts.From, d.opts.To = d.run.opts.Filter.From, d.run.opts.Filter.To
	d.opts.Done = func(files, records, bytes int64) {
		d.meter.FilesDone.Add(files)
		d.meter.Records.Add(records)
		d.meter.BytesDone.Add(bytes)
	}
	return d, nil
}

func dumpAction(c *cli.Context) error {
	d, err := dumpingOf(c)
	if err != nil {
		return err
	}
	text := screen.JSON
	if d.opts.XML {
		text = screen.XML
	}
	d.watching = d.run.watch(d.meter)
	defer d.watching.Stop()
	out := dump.NewWriter(d.watching.Until(text(c.App.Writer)), d.opts)
	files, err := d.write(c, out)
	if failed := out.Flush(); err == nil { // the output ends in a whole line, whatever happened
		err = failed
	}
	if closedPipe(err) {
		return nil // the reader has seen enough
	}
	if err != nil {
		return err
	}
	d.watching.Stop()
	return d.summary(c.App.ErrWriter, out, files)
}

// summary says what was dumped.
func (d *dumping) summary(stderr io.Writer, out *dump.Writer, files []*evidence.File) error {
	n := out.Counts
	if !d.run.quiet {
		fmt.Fprintf(stderr, "hunt: %s, %d printed, %d damaged, %d carved\n", readText(n.Files, n.Read),
			n.Printed, n.Damaged, n.Carved)
		if d.opts.Carved || len(d.raw) > 0 {
			fmt.Fprintf(stderr, "hunt: carved: %d with their own template, %d with a borrowed one, %d in part, %d "+
				"unreadable, %s left out\n",
				out.Recovered.Full, out.Recovered.Borrowed, out.Recovered.Partial, out.Recovered.Lost,
				ledger.Count(out.Recovered.Duplicate, "copy", "copies"))
		}
	}
	bites := out.Limits.Bites()
	for _, b := range bites {
		screen.Complain(stderr, "limit: "+build.LimitText(b, files))
	}
	switch {
	case n.Whole == 0 && n.Read == 0 && n.Printed == 0 && len(d.raw) == 0:
		return errNothing
	case n.Failed > 0 || n.Damaged > 0 || limit.Loses(bites):
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// expect adds the files of the evidence to what there is to read.
func (d *dumping) expect(files []*evidence.File) {
	times := int64(1)
	if d.opts.Carved {
		times = 2
	}
	m := meterOf(files, times)
	d.meter.Files.Add(m.Files.Load())
	d.meter.Bytes.Add(m.Bytes.Load())
}

// closedPipe reports whether the reader of the output is gone. Windows has two error numbers for that:
// ERROR_BROKEN_PIPE and ERROR_NO_DATA.
func closedPipe(err error) bool {
	var no syscall.Errno
	return errors.Is(err, syscall.EPIPE) || runtime.GOOS == "windows" && errors.As(err, &no) && (no == 109 || no == 232)
}

// write dumps the evidence, what can be carved from it, and the raw files.
func (d *dumping) write(c *cli.Context, out *dump.Writer) (files []*evidence.File, err error) {
	if len(d.inputs) > 0 {
		col, err := evidence.Collect(c.Context, evidence.Inputs(d.inputs...), d.run.evidence)
		if err != nil {
			return nil, err
		}
		defer func() { _ = col.Close() }() // temporary copies
		if col.Readable() == 0 {
			return nil, d.run.nothingToRead(col, &col.Limits)
		}
		files = col.Files
		d.expect(files)
		list := unread.Files{Say: func(format string, args ...any) { d.opts.Complain(fmt.Sprintf(format, args...)) }}
		err = out.Collection(c.Context, col, func(f *evidence.File) { list.File(f.Path, f.Status, f.Detail) })
		if err != nil {
			return files, err
		}
		list.End()
	}
	for _, name := range d.raw {
		if of, err := os.Stat(name); err == nil {
			d.meter.Files.Add(1)
			d.meter.Bytes.Add(2 * of.Size())
		}
		if err := out.Raw(c.Context, name); err != nil {
			return files, err
		}
	}
	return files, nil
}
