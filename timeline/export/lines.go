package export

import (
	"context"

	"hunt/timeline"
	"hunt/timeline/spill"

	"golang.org/x/sync/errgroup"
)

// lineExport receives the rendered events in the total order.
type lineExport struct {
	view    view
	memory  int64 // for lines that wait for their turn, in bytes
	tempDir string
	render  func(dst []byte, f *facts) []byte // called by many goroutines
	take    func(text []byte) error
	end     func() error // may be nil
	marked  bool         // leave out events without a mark

	lines   *spill.Lines // nil: there is a single group, which is in order
	written int
}

func (x *lineExport) begin(groups int) {
	if groups > 1 {
		x.lines = spill.NewLines(x.memory, x.tempDir)
	}
}

// renderer returns a renderer for one goroutine.
func (x *lineExport) renderer() timeline.Renderer {
	f := new(facts)
	return func(dst []byte, e *timeline.Event) []byte {
		if f.tell(&x.view, e); x.marked && len(f.marks) == 0 {
			return dst
		}
		return x.render(dst, f)
	}
}

func (x *lineExport) hand(group int, lines []timeline.Line) (err error) {
	x.written += len(lines)
	for i := range lines {
		if x.lines != nil {
			err = x.lines.Add(group, lines[i].Key, lines[i].Text)
		} else {
			err = x.take(lines[i].Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *lineExport) replay(ctx context.Context, cs *timeline.Case, index *timeline.Index,
	o timeline.ReplayOptions) (written, lost int, err error) {
	lost, err = cs.Render(ctx, index, o, x.renderer, x.hand)
	return x.written, lost, err
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

// share cuts n things into equal parts, each for its own goroutine.
func share(parts, n int, do func(part, from, to int)) {
	group := errgroup.Group{}
	for part := range parts {
		group.Go(func() error {
			from, to := bounds(parts, n, part)
			do(part, from, to)
			return nil
		})
	}
	_ = group.Wait() // do returns no errors
}

func bounds(parts, n, part int) (from, to int) { return n * part / parts, n * (part + 1) / parts }
