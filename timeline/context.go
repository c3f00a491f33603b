package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Window is a span of one host's time.
type Window struct {
	Host     *Host
	From, To evtx.Filetime
}

// Around reads again the chunks that hold events of the given windows and returns these events, ordered, copies merged and
// enriched. keep chooses what is worth showing; it sees events that are not enriched yet. At most limit events are returned, those
// nearest to the windows' middles, and the number left out; what one file holds of the windows is in memory at a time. Files that changed since the scan are an error.
func (c *Case) Around(ctx context.Context, windows []Window, limit int, keep func(*ecs.Event) bool) (events []*Event, omitted int, err error) {
	if len(windows) == 0 {
		return nil, 0, nil
	}
	windows = mergeWindows(windows)
	byFile := map[int32][]chunkSpan{}
	for _, s := range c.spans {
		h := c.hostOf(s.computer, s.ref.File)
		for _, w := range windows {
			if w.Host == h && s.from <= w.To && w.From <= s.to {
				if l := byFile[s.ref.File]; len(l) == 0 || l[len(l)-1].ref.Chunk != s.ref.Chunk {
					byFile[s.ref.File] = append(l, s)
				}
				break
			}
		}
	}
	files := make([]int32, 0, len(byFile))
	for i := range byFile {
		files = append(files, i)
	}
	slices.Sort(files)
	m := ecs.NewMapper(c.schema)
	m.Strict, m.Clock = c.strict, c.Clock.ecs()
	dec := &evtx.Decoder{Cache: evtx.NewCache(), NoCRC: true}
	for _, i := range files {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		found, err := c.readAround(c.Collection.Files[i], byFile[i], windows, dec, m, keep)
		if err != nil {
			return nil, 0, err
		}
		events = append(events, found...)
		if len(events) > 2*limit {
			omitted += len(events) - limit
			events = nearest(events, windows, limit)
		}
	}
	events = c.Order(events)
	events = c.MergeTwins(events, nil)
	if len(events) > limit {
		omitted += len(events) - limit
		events = nearest(events, windows, limit)
	}
	return events, omitted, nil
}

func (c *Case) readAround(f *File, spans []chunkSpan, windows []Window, dec *evtx.Decoder, m *ecs.Mapper, keep func(*ecs.Event) bool) ([]*Event, error) {
	file, err := f.OpenRandom()
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read again for the context of the findings: %w", f.Path, unwrapPath(err))
	}
	defer file.Close()
	var out []*Event
	var keeper Keeper
	buf := make([]byte, evtx.ChunkSize)
	for _, s := range spans {
		n, err := file.ReadAt(buf, s.ref.Offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: chunk %d at %#x: cannot be read again: %w", f.Path, s.ref.Chunk, s.ref.Offset, unwrapPath(err))
		}
		for r := range dec.Records(buf[:n], s.ref, func(evtx.Damage) {}) {
			h := c.hostOf(r.Computer(), f.Index)
			ev := m.Map(r)
			at := r.TimeCreated()
			if c.Clock == ClockUTC {
				at = cmp.Or(ev.UTC(), at)
			}
			for _, w := range windows {
				if w.Host == h && w.From <= at && at <= w.To && c.Filter.admits(r.Computer(), at) && keep(ev) {
					if e, fresh := keeper.Keep(ev, at); fresh {
						e.Host = h
						out = append(out, e)
					}
					break
				}
			}
		}
	}
	return out, nil
}

// mergeWindows sorts windows and joins those that overlap on one host.
func mergeWindows(ws []Window) []Window {
	ws = slices.Clone(ws)
	slices.SortFunc(ws, func(a, b Window) int {
		return cmp.Or(cmp.Compare(a.Host.ID, b.Host.ID), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	out := ws[:0]
	for _, w := range ws {
		if n := len(out); n > 0 && out[n-1].Host == w.Host && w.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, w.To)
			continue
		}
		out = append(out, w)
	}
	return out
}

// nearest keeps the limit events that lie nearest to the middle of a window, in order.
func nearest(events []*Event, windows []Window, limit int) []*Event {
	away := func(e *Event) evtx.Filetime {
		best := ^evtx.Filetime(0)
		for _, w := range windows {
			if w.Host == e.Host {
				best = min(best, distance(e.At, w.From+(w.To-w.From)/2))
			}
		}
		return best
	}
	ranked := slices.Clone(events)
	slices.SortStableFunc(ranked, func(a, b *Event) int { return cmp.Compare(away(a), away(b)) })
	ranked = ranked[:limit]
	slices.SortFunc(ranked, (*Event).Compare)
	return ranked
}
