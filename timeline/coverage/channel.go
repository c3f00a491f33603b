package coverage

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Channel is what one channel of a host holds and lacks.
type Channel struct {
	host.ChannelWindow
	Days []ledger.DayCount // by day
	// ticks by which its oldest record is later than the beginning of the time examined; 0 = it reaches back
	Late  evtx.Filetime
	Whole bool // its first record has number 1: none was overwritten since the log was made or cleared
	// hours: the median of the longest silences of its days; -1 where there are too few to tell
	Rhythm int
	Back   Disorder // records whose TimeCreated lies before that of the record before in the chunk
	Apart  Disorder // records whose TimeCreated and the time in their header are more than a second apart
}

// Disorder counts records whose times do not agree, copies each for itself.
type Disorder struct {
	Records int
	Most    evtx.Filetime // ticks, by how much at most
}

func (d *Disorder) add(o ledger.Disorder) {
	d.Records += o.N
	d.Most = max(d.Most, o.Most)
}

// lateBy is the most by which the oldest record of a channel may be later than the start of the time examined
// while the channel still counts as reaching back to it.
const lateBy = ledger.TicksPerHour

// channels fills in the channels and finds the gaps in their record ids.
func (c *Coverage) channels() []Gap {
	all, days := ledger.DayTable{}, map[string]ledger.DayTable{}
	for _, e := range c.Host.Events {
		if days[e.Channel] == nil {
			days[e.Channel] = ledger.DayTable{}
		}
		all.Add(e.Days)
		days[e.Channel].Add(e.Days)
	}
	c.days = all.Sorted()
	for i, w := range c.Host.Channels() {
		ch := Channel{ChannelWindow: w, Days: days[w.Channel].Sorted()}
		c.byName[strings.ToLower(w.Channel)] = i
		if w.First > c.Window.From+lateBy {
			ch.Late = w.First - c.Window.From
		}
		c.Channels = append(c.Channels, ch)
	}
	return c.spans()
}

// spans reads the ranges of record ids of the host's chunks.
func (c *Coverage) spans() []Gap {
	byChannel := map[string][]*ledger.Chunk{}
	for s := range c.Host.Chunks() {
		byChannel[s.Channel] = append(byChannel[s.Channel], s)
	}
	var gaps []Gap
	for i := range c.Channels {
		ch := &c.Channels[i]
		spans := byChannel[ch.Channel]
		if len(spans) == 0 {
			continue // the nameless one, of classes that are not counted
		}
		slices.SortStableFunc(spans, func(a, b *ledger.Chunk) int {
			return cmp.Or(cmp.Compare(a.MinID, b.MinID), cmp.Compare(a.MaxID, b.MaxID))
		})
		ch.Whole = spans[0].MinID == 1
		for _, s := range spans {
			ch.Back.add(s.Oddities().Back)
			ch.Apart.add(s.Oddities().Apart)
		}
		gaps = append(gaps, c.idGaps(ch.Channel, spans)...)
	}
	return gaps
}

// Channel returns a channel by its name, in any case, nil if the host has none.
func (c *Coverage) Channel(name string) *Channel {
	if i, ok := c.byName[strings.ToLower(name)]; ok {
		return &c.Channels[i]
	}
	return nil
}
