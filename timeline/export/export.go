package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Timeline is what is to be written.
type Timeline struct {
	Evidence *evidence.Collection
	// how the evidence is read; the memory and the temporary files of writing are the same
	Scan timeline.ScanOptions
	// Choose makes a function that chooses the events, one for each worker; nil chooses all. Settle
	// makes a function that decides on those left undecided, once the case is known; it may be nil if
	// there are none.
	Choose func() func(*ecs.Event) timeline.Choice
	Settle func(*timeline.Case) func(*timeline.Event) bool
	// Marks returns what rules found in an event; it is called from many goroutines. nil: no rules
	// were run, and the timeline has no columns for them.
	Marks func(*timeline.Event) []Mark
	// OnlyMarked leaves out the events in which rules found nothing.
	OnlyMarked bool
	// Scanned is called when the evidence has been scanned and writing begins; may be nil.
	Scanned func(*timeline.Case)
}

// Options say how a timeline is written.
type Options struct {
	Format  Format
	Table   bool           // Timesketch's as CSV, not as JSON lines
	Bulk    bool           // ECS: precede each document with the action line that Elasticsearch's _bulk expects
	BOM     bool           // begin with a byte order mark
	Version string         // of hunt, for the formats that name the program that made them
	Zone    *time.Location // a second time next to UTC; nil: none
	Fold    bool           // show consecutive events of loud kinds as one
	Sheet   NewSheet       // for XLSX
}

// Result counts what happened to the events.
type Result struct {
	Case    *timeline.Case
	Written int     // events
	Lost    int     // carved records that could not be decoded again
	Changes []error // of files, between the scan and the writing
}

// Write writes a timeline to w, in any format except Parquet. If there is an error, the result is as
// far as writing came; it is nil before the evidence was scanned.
func (t *Timeline) Write(ctx context.Context, w io.Writer, o Options) (_ *Result, err error) {
	folds := t.newFolds(o.Fold)
	defer func() { err = errors.Join(err, folds.close()) }()
	v := newView(t, o.Zone, folds)
	x := &lineExport{view: v, memory: t.Scan.MaxMemory.Of(spill.Rows), tempDir: t.Scan.TempDir, marked: t.OnlyMarked}
	x.take = func(text []byte) error {
		_, err := w.Write(text)
		return cmp.Or(err, ctx.Err())
	}
	var head []string
	switch o.Format {
	case ECS:
		x.render = ecsLine{v, o.Bulk}.append
	case JSONLines:
		x.render = jsonLine{v}.append
	case CSV:
		head, x.render = v.names(), csvLine{v}.append
	case Timesketch:
		line := sketchLine{v, t.Scan.Clock, v.sketchColumns()}
		x.render = line.append
		if o.Table {
			head, x.render = line.names(), sketchRow{line}.append
		}
	case XLSX:
		sheet, err := o.Sheet(w, v.sheetColumns())
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, sheet.Close()) }()
		x.render, x.take, x.end = sheetLine{v}.append, rowsInto(ctx, sheet, len(v.columns)), sheet.Finish
	case SQLite:
		file, err := t.writeSQLite(ctx, w, x, o.Version)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, file.close()) }()
	default:
		return nil, fmt.Errorf("a timeline as %s cannot be written to a stream", o.Format)
	}
	if o.BOM {
		if _, err := io.WriteString(w, BOM); err != nil {
			return nil, err
		}
	}
	if head != nil {
		if _, err := w.Write(AppendCSV(nil, head)); err != nil {
			return nil, err
		}
	}
	return t.write(ctx, false, folds, func(groups int) exporter {
		x.begin(groups)
		return x
	})
}

// WriteDir writes a timeline as Parquet into an empty directory.
func (t *Timeline) WriteDir(ctx context.Context, dir string, o Options) (_ *Result, err error) {
	folds := t.newFolds(o.Fold)
	defer func() { err = errors.Join(err, folds.close()) }()
	return t.write(ctx, true, folds, func(int) exporter {
		v := newView(t, o.Zone, folds)
		return &parquetDir{dir: dir, view: v, table: newParquetTable(&v), jobs: t.jobs(), version: o.Version,
			marked: t.OnlyMarked}
	})
}

func (t *Timeline) jobs() int {
	if t.Scan.Jobs > 0 {
		return t.Scan.Jobs
	}
	return runtime.GOMAXPROCS(0)
}

// exporter receives the events of a case.
type exporter interface {
	// replay reads the events of an ordered index; it returns how many it wrote, and how many were
	// lost.
	replay(ctx context.Context, cs *timeline.Case, x *timeline.Index, o timeline.ReplayOptions) (written, lost int,
		err error)
	// finish writes the rest.
	finish() error
	// close frees what the exporter holds.
	close() error
}

// write reads the evidence and passes its events to the exporter that begin makes for a number of
// groups.
func (t *Timeline) write(ctx context.Context, byHost bool, folds *folds, begin func(groups int) exporter) (_ *Result,
	err error) {
	choose := t.Choose
	if choose == nil {
		choose = func() func(*ecs.Event) timeline.Choice {
			return func(*ecs.Event) timeline.Choice { return timeline.Take }
		}
	}
	o := t.Scan
	o.Jobs = t.jobs()
	if o.Asked = ledger.AskedLater; o.Strict {
		o.Asked = ledger.AskedTwins
	}
	index := timeline.NewIndex(timeline.IndexOptions{Jobs: o.Jobs, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	defer func() { err = errors.Join(err, index.Close()) }()
	scanCtx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	index.Fail = fail
	cs, err := timeline.Scan(scanCtx, t.Evidence, o, func() timeline.Visitor { return index.Visitor(choose()) })
	if err != nil {
		return nil, cmp.Or(context.Cause(scanCtx), err)
	}
	replay := timeline.ReplayOptions{Jobs: o.Jobs}
	if t.Settle != nil {
		replay.Settle = t.Settle(cs)
	}
	if t.Scanned != nil {
		t.Scanned(cs)
	}
	res := &Result{Case: cs}
	groups, err := index.Order(ctx, cs, byHost)
	if err != nil {
		return res, err
	}
	if err := folds.find(ctx, cs, index); err != nil {
		return res, err
	}
	if folds != nil {
		replay.Leave = folds.covers
	}
	x := begin(groups)
	defer func() { err = errors.Join(err, x.close()) }()
	res.Written, res.Lost, err = x.replay(ctx, cs, index, replay)
	res.Changes = cs.Changes()
	if err != nil {
		return res, err
	}
	return res, x.finish()
}
