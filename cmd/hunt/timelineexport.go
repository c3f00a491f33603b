package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"hunt/output"
	"hunt/report/xlsx"
	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// timelineExport writes a timeline.
type timelineExport struct {
	run    *runner
	schema *ecs.Schema
	where  *rules.Condition // nil: everything

	cs                     *timeline.Case // once the evidence was scanned
	records, written, lost int
	changes                []error // of files, between the scan and the export
}

// timelineTarget is where a timeline goes, and as what.
type timelineTarget struct {
	file   *output.File
	format string
	bulk   bool
	bom    bool // begin with a byte order mark
}

// exporter takes the events of a replay.
type exporter interface {
	// hand takes events of a group of hosts, in order; groups come one after the other.
	hand(group int, events []*timeline.Event) error
	// finish writes what is left.
	finish() error
	// close frees what the exporter holds.
	close() error
}

// export writes the events of a collection.
func (t *timelineExport) export(ctx context.Context, col *evidence.Collection, to timelineTarget) error {
	jobs := t.run.opts.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	if to.format == "parquet" {
		return to.file.WriteDir(ctx, func(dir string) error {
			return t.write(ctx, col, jobs, true, func(int) exporter { return &parquetDir{dir: dir, col: col, jobs: jobs} })
		})
	}
	return to.file.Write(ctx, func(w io.Writer) (err error) {
		x := &lineExport{run: t.run, jobs: jobs}
		x.take = func(text []byte) error {
			_, err := w.Write(text)
			return cmp.Or(err, ctx.Err())
		}
		var head []string
		switch to.format {
		case "ecs":
			x.render = ecsLine{col, to.bulk}.append
		case "jsonl":
			x.render = factLine{col}.append
		case "csv":
			head, x.render = factColumns, csvLine{col}.append
		case "timesketch":
			line := sketchLine{col, t.run.opts.Clock}
			x.render = line.append
			if strings.EqualFold(filepath.Ext(to.file.Name()), ".csv") {
				head, x.render = sketchColumns, sketchRow{line}.append
			}
		case "xlsx":
			sheet, err := xlsx.NewSheet(w, "Timeline", version(), xlsxColumns(), xlsx.Options{TempDir: t.run.opts.TempDir})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, sheet.Close()) }()
			x.render, x.take, x.end = xlsxLine{col}.append, xlsxTake(ctx, sheet), sheet.Finish
		}
		if to.bom {
			if _, err := io.WriteString(w, bom); err != nil {
				return err
			}
		}
		if head != nil {
			if _, err := w.Write(csvRow(nil, append([]string(nil), head...))); err != nil {
				return err
			}
		}
		return t.write(ctx, col, jobs, false, x.begin)
	})
}

// write reads the evidence and hands its events to the exporter that begin makes for a number of groups.
func (t *timelineExport) write(ctx context.Context, col *evidence.Collection, jobs int, byHost bool, begin func(groups int) exporter) (err error) {
	o := t.run.opts
	o.Meter = &timeline.Meter{}
	choose := func() func(*ecs.Event) timeline.Choice {
		return func(*ecs.Event) timeline.Choice { return timeline.Take }
	}
	replay := timeline.ReplayOptions{Jobs: jobs}
	if t.where != nil {
		choose = t.where.NewChooser
	}
	index := timeline.NewIndex(timeline.IndexOptions{Jobs: jobs, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	defer func() { err = errors.Join(err, index.Close()) }()
	scanCtx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	index.Fail = fail
	progress := t.run.watch(o.Meter)
	defer progress.stop()
	cs, err := timeline.Scan(scanCtx, col, timeline.ScanOptions{
		Jobs: jobs, Clock: o.Clock, Carved: o.Carved, Strict: o.Strict, Filter: o.Filter, Schema: t.schema, Meter: o.Meter,
		MaxMemory: o.MaxMemory, TempDir: o.TempDir, Limits: o.Limits, Hosts: o.Hosts,
	}, func() timeline.Visitor { return index.Visitor(choose()) })
	if err != nil {
		return cmp.Or(context.Cause(scanCtx), err)
	}
	if t.where != nil {
		replay.Settle = t.where.NewSettler(cs)
	}
	progress.read(cs, "write")
	t.cs, t.records = cs, cs.Records.Read
	t.run.unknownHosts(cs.Hosts)
	groups, err := index.Order(ctx, cs, byHost)
	if err != nil {
		return err
	}
	x := begin(groups)
	defer func() { err = errors.Join(err, x.close()) }()
	t.lost, err = cs.Replay(ctx, index, replay, func(group int, events []*timeline.Event) error {
		t.written += len(events)
		return x.hand(group, events)
	})
	t.changes = cs.Changes()
	if err != nil {
		return err
	}
	return x.finish()
}

// lineExport renders each event for itself, and takes the results in the total order.
type lineExport struct {
	run    *runner
	jobs   int
	render func(dst []byte, e *timeline.Event) []byte // called by many goroutines
	take   func(text []byte) error
	end    func() error // may be nil

	lines *spill.Lines // nil: there is one group, which is in order
	texts [][]byte     // of each worker
	ends  []int        // of each event, in the text of its worker
}

func (x *lineExport) begin(groups int) exporter {
	if groups > 1 {
		x.lines = spill.NewLines(x.run.opts.MaxMemory.Of(spill.Rows), x.run.opts.TempDir)
	}
	x.texts = make([][]byte, x.jobs)
	return x
}

func (x *lineExport) hand(group int, events []*timeline.Event) error {
	x.ends = append(x.ends[:0], make([]int, len(events))...)
	share(x.jobs, len(events), func(part, from, to int) {
		text := x.texts[part][:0]
		for i := from; i < to; i++ {
			text = x.render(text, events[i])
			x.ends[i] = len(text)
		}
		x.texts[part] = text
	})
	for part, text := range x.texts {
		from, to := bounds(x.jobs, len(events), part)
		start := 0
		for i := from; i < to; i++ {
			var err error
			if line := text[start:x.ends[i]]; x.lines != nil {
				err = x.lines.Add(group, events[i].LineKey(), line)
			} else {
				err = x.take(line)
			}
			if err != nil {
				return err
			}
			start = x.ends[i]
		}
	}
	return nil
}

func (x *lineExport) finish() error {
	if x.lines != nil {
		for text, err := range x.lines.All() {
			if err != nil {
				return err
			}
			if err := x.take(text); err != nil {
				return err
			}
		}
	}
	if x.end != nil {
		return x.end()
	}
	return nil
}

func (x *lineExport) close() error {
	if x.lines == nil {
		return nil
	}
	return x.lines.Close()
}

// share cuts n things into equal parts, each for a goroutine of its own.
func share(parts, n int, do func(part, from, to int)) {
	group := errgroup.Group{}
	for part := range parts {
		group.Go(func() error {
			from, to := bounds(parts, n, part)
			do(part, from, to)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
}

func bounds(parts, n, part int) (from, to int) { return n * part / parts, n * (part + 1) / parts }
