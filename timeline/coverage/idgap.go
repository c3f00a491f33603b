package coverage

import (
	"cmp"
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// row is a run of consecutive record ids in a chunk, of which none is missing.
type row struct {
	chunk    *ledger.Chunk
	min, max uint64
	from, to evtx.Filetime // of its records; of a row between holes, the times at the holes
}

// rows cuts chunks at the holes in their record ids, ordered by id.
func rows(spans []*ledger.Chunk) []row {
	var out []row
	for _, s := range spans {
		next := row{chunk: s, min: s.MinID, from: s.First}
		holes := slices.Clone(s.Oddities().Holes)
		slices.SortFunc(holes, func(a, b ledger.Hole) int {
			return cmp.Or(cmp.Compare(a.After, b.After), cmp.Compare(a.Before, b.Before))
		})
		for _, h := range holes {
			if h.After < next.min || h.Before > s.MaxID {
				continue // the ids of a chunk are not in order: what is missing is unknown
			}
			next.max, next.to = h.After, h.From
			out = append(out, next)
			next = row{chunk: s, min: h.Before, from: h.To}
		}
		next.max, next.to = s.MaxID, s.Last
		out = append(out, next)
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.min, b.min), cmp.Compare(a.max, b.max))
	})
	return out
}

// idGaps finds holes in the record ids of a channel: records that were there and are not in the evidence. Ids
// restart when a log is cleared or exported again; a smaller id at a later time begins a new run and is no hole. In
// one file of a host whose clock was set back, only the ids count. A log that gathers several machines and numbers
// their records anew says nothing about one of them.
func (c *Coverage) idGaps(channel string, spans []*ledger.Chunk) []Gap {
	return gapsOfIDs(channel, slices.DeleteFunc(slices.Clone(spans), func(s *ledger.Chunk) bool {
		return s.Native && c.examiner.hosts.Gathers(ledger.Log{File: s.Ref.File, Channel: s.Channel})
	}), c.Host.SetBack())
}

func gapsOfIDs(channel string, spans []*ledger.Chunk, setBack bool) []Gap {
	var gaps []Gap
	var within []Gap // the present chunk's
	var of *ledger.Chunk
	top := row{}
	for _, r := range rows(spans) {
		if within != nil && r.chunk != of {
			gaps, within = append(gaps, foldGaps(within, of)...), nil
		}
		if top.chunk != nil && r.min > top.max+1 {
			g := Gap{Channel: channel, From: top.to, To: r.from, Kind: GapMissing,
				Detail: missingIDs(top.max+1, r.min-1), Missing: r.min - 1 - top.max}
			switch {
			case r.chunk == top.chunk:
				g.From, g.To = min(g.From, g.To), max(g.From, g.To)
				within, of = append(within, g), r.chunk
			case r.from >= top.to:
				gaps = append(gaps, g)
			case setBack && r.chunk.Ref.File == top.chunk.Ref.File:
				g.From, g.To = top.chunk.Tail, top.chunk.Tail
				g.Detail += "; the clock was set back, so their times are unknown"
				gaps = append(gaps, g)
			}
		}
		if top.chunk == nil || r.max > top.max {
			top = r
		}
	}
	return append(gaps, foldGaps(within, of)...)
}

func missingIDs(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("record id %d is not in the evidence", first)
	}
	return fmt.Sprintf("record ids %d to %d are not in the evidence", first, last)
}

// mostGaps is how many holes of one chunk are reported as separate gaps. A chunk with more is an excerpt, such as
// an export with a filter: its whole time is one gap.
const mostGaps = 4

// foldGaps makes one gap of those within a chunk if there are many.
func foldGaps(gaps []Gap, of *ledger.Chunk) []Gap {
	if len(gaps) <= mostGaps {
		return gaps
	}
	out := gaps[0]
	out.Missing = of.MaxID - of.MinID + 1
	out.Missing -= min(out.Missing, uint64(of.N)) // #nosec G115 -- a count
	for _, g := range gaps {
		out.From, out.To = min(out.From, g.From), max(out.To, g.To)
	}
	out.Detail = fmt.Sprintf("an excerpt: %d of the record ids %d to %d are not in the evidence", out.Missing,
		of.MinID, of.MaxID)
	return []Gap{out}
}
