package export

import (
	"hunt/timeline"
	"hunt/timeline/spill"

	"golang.org/x/sync/errgroup"
)

// lineExport renders each event for itself, and takes the results in the total order.
type lineExport struct {
	jobs    int
	memory  int64 // for what waits for its turn, in bytes
	tempDir string
	render  func(dst []byte, e *timeline.Event) []byte // called by many goroutines
	take    func(text []byte) error
	end     func() error // may be nil

	lines *spill.Lines // nil: there is one group, which is in order
	texts [][]byte     // of each worker
	ends  []int        // of each event, in the text of its worker
}

func (x *lineExport) begin(groups int) exporter {
	if groups > 1 {
		x.lines = spill.NewLines(x.memory, x.tempDir)
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
