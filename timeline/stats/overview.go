package stats

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Kind counts the events of one kind in one log of a host.
type Kind struct {
	Host, Channel, Provider string
	Code                    uint32
	Words                   string // what such events say; "" if hunt has no words for them
	Count                   int64
	Days                    int // days in UTC that have such events
	First, Last             evtx.Filetime
}

// PerDay returns the average number on a day that has any, rounded.
func (k *Kind) PerDay() int64 {
	if k.Days == 0 {
		return k.Count
	}
	n := int64(k.Days)
	return (k.Count + n/2) / n
}

// day is a day in ticks of a Filetime.
const day = 24 * 60 * 60 * 10_000_000

// Overview counts what is in the logs: a Kind for each host, channel, provider and event id, in this order. Copies of
// a record count once; if two logs have a process start, each log's record counts in its log. The evidence is read
// once.
func Overview(ctx context.Context, w *timeline.Walk, schema *ecs.Schema, each func(Kind) error) (_ *timeline.Walked,
	err error) {
	tally := spill.NewTally(sums, w.Scan.MaxMemory.Of(spill.Rows), w.Scan.TempDir)
	defer func() { err = errors.Join(err, tally.Close()) }()
	var key []byte
	done, err := w.Kinds(ctx, func(h *host.Host, c *ecs.Class, at evtx.Filetime) error {
		key = key[:0]
		for _, part := range []string{h.ID, c.Channel, c.Provider} {
			key = appendPart(key, part)
		}
		key = appendPart(fmt.Appendf(key, "%010d", c.EventID), "")
		key = appendPart(strconv.AppendUint(key, uint64(at)/day, 10), "")
		return tally.Add(string(key), sum{count: 1, first: at, last: at})
	})
	if err != nil {
		return done, err
	}
	for k, err := range kinds(tally.All()) {
		if err != nil {
			return done, err
		}
		k.Words = schema.Class(k.Channel, k.Provider, k.Code).Words()
		if err := each(k); err != nil {
			return done, err
		}
	}
	return done, ctx.Err()
}

// kinds joins the days of each kind.
func kinds(entries iter.Seq2[spill.Entry[sum], error]) iter.Seq2[Kind, error] {
	return func(yield func(Kind, error) bool) {
		const parts = 4
		var k Kind
		var all sum
		prefix, some := "", false
		finish := func() Kind {
			k.Count, k.First, k.Last = all.count, all.first, all.last
			return k
		}
		for e, err := range entries {
			if err != nil {
				yield(Kind{}, err)
				return
			}
			of, when := split(e.Key, parts)
			group := e.Key[:len(e.Key)-len(when)]
			days := 1
			if e.Value.last == 0 {
				days = 0
			}
			if some && group == prefix {
				all.add(e.Value)
				k.Days += days
				continue
			}
			if some && !yield(finish(), nil) {
				return
			}
			code, err := strconv.ParseUint(of[3], 10, 32)
			if err != nil {
				yield(Kind{}, err)
				return
			}
			k, all, prefix, some = Kind{Host: of[0], Channel: of[1], Provider: of[2], Code: uint32(code), Days: days},
				e.Value, group, true
		}
		if some {
			yield(finish(), nil)
		}
	}
}
