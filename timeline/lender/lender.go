// Package lender finds the template definitions that the carved records of a file may borrow: those that stand anywhere
// in its input. In a report, other inputs make no difference: an input gives the same records alone and together with
// others.
package lender

import (
	"cmp"
	"context"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
)

// Lender learns one input after the other. Its Files are those of all inputs. It belongs to one goroutine.
type Lender struct {
	Files []*evidence.File
	Group func(*evidence.File) string // files with the same text lend to each other; nil: those of one input do
	All   bool                        // files of other groups lend what those of the file's own group cannot

	Begins func(*evidence.File) // called before a file is read; may be nil
	Passed func(bytes int)      // called for each slot that was read; may be nil
	Limits *limit.Tally         // counts evtx.BoundStock, once for each group; may be nil

	group string
	stock *evtx.Stock
	all   *evtx.Stock // of all groups
}

// Stock returns what the carved records of a file may borrow. It reads the files that may lend it, unless the last call
// was about the same ones. Files that cannot be read lend nothing. The error is that of the context.
func (l *Lender) Stock(ctx context.Context, f *evidence.File) (*evtx.Stock, error) {
	group := l.of(f)
	if l.stock != nil && group == l.group {
		return l.stock, nil
	}
	own := func(other *evidence.File) bool { return l.of(other) == group }
	stock, err := l.learnt(ctx, own)
	if err != nil {
		return nil, err
	}
	if l.All && slices.ContainsFunc(l.Files, func(other *evidence.File) bool { return !own(other) }) {
		if l.all == nil {
			if l.all, err = l.learnt(ctx, func(*evidence.File) bool { return true }); err != nil {
				return nil, err
			}
		}
		stock.Before(l.all)
	}
	l.group, l.stock = group, stock
	return stock, nil
}

// learnt reads the chosen files.
func (l *Lender) learnt(ctx context.Context, chosen func(*evidence.File) bool) (*evtx.Stock, error) {
	dec := &evtx.Decoder{Stock: &evtx.Stock{}}
	var first *evidence.File
	for _, f := range l.Files {
		if f.Status != evidence.Read || !chosen(f) {
			continue
		}
		if err := l.learn(ctx, dec, f); err != nil {
			return nil, err
		}
		first = cmp.Or(first, f)
	}
	if dec.Stock.Full() {
		l.Limits.Bite(evtx.BoundStock, limit.In(first.Path))
	}
	return dec.Stock, nil
}

func (l *Lender) of(f *evidence.File) string {
	if l.Group == nil {
		return f.Input
	}
	return l.Group(f)
}

// learn reads a file.
func (l *Lender) learn(ctx context.Context, dec *evtx.Decoder, f *evidence.File) error {
	if l.Begins != nil {
		l.Begins(f)
	}
	file, err := f.Open()
	if err != nil {
		return nil //nolint:nilerr // told where the file is read for its records
	}
	defer file.Close()
	slots := evtx.NewSlotReader(file, f.FirstSlot())
	var buf evtx.SlotBuffer
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, _, err := slots.Next(&buf)
		if got > 0 {
			dec.Learn(buf[:got])
		}
		if l.Passed != nil {
			l.Passed(got)
		}
		if err != nil || got == 0 {
			return nil //nolint:nilerr // the same
		}
	}
}
