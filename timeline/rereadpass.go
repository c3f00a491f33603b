package timeline

// want is one record to be read again.
type want struct {
	key *indexKey
	to  int // position in the batch; from its length on, twins that may decide about an event
}

// replayPass is the reading of one batch: first each event's own record, then, for records that can no longer be
// read, their copies and their other halves.
type replayPass struct {
	batch  []*indexEntry
	wants  []want
	events []*Event
	lines  []rendered  // instead of the events that are rendered where they are read
	extra  map[int]int // position in the batch -> that of the other half in events
	sure   []bool      // the event is certainly wanted, whatever its records say
	carved []bool      // it has no live record
}

func newReplayPass(batch []*indexEntry, halves bool) *replayPass {
	p := &replayPass{batch: batch, extra: map[int]int{}, sure: make([]bool, len(batch)),
		carved: make([]bool, len(batch))}
	for i, e := range batch {
		p.wants = append(p.wants, want{&e.keys[0], i})
		p.carved[i] = e.keys[0].carved && (e.twin == nil || e.twin.keys[0].carved)
		p.sure[i] = !e.keys[0].undecided || e.twin != nil && !e.twin.keys[0].undecided
		if e.twin != nil && (halves || !p.sure[i]) {
			p.extra[i] = len(batch) + len(p.extra)
			p.wants = append(p.wants, want{&e.twin.keys[0], p.extra[i]})
		}
	}
	p.events = make([]*Event, len(batch)+len(p.extra))
	p.lines = make([]rendered, len(p.events))
	return p
}

// read reports whether the event at a position was read.
func (p *replayPass) read(to int) bool { return p.events[to] != nil || p.lines[to].by != nil }

// next returns what to read in place of records that could not be read.
func (p *replayPass) next() []want {
	p.wants = p.wants[:0]
	for i, e := range p.batch {
		if j, ok := p.extra[i]; ok && p.events[j] == nil && !e.twin.skip() {
			delete(p.extra, i)
		} else if ok && p.events[j] == nil {
			p.wants = append(p.wants, want{&e.twin.keys[0], j})
		}
		if p.read(i) {
			continue
		}
		if e.skip() {
			p.wants = append(p.wants, want{&e.keys[0], i})
		} else if e.twin != nil { // the twin takes the event's place
			e.keys, e.more, e.twin, e.half = e.twin.keys, e.twin.more, nil, false
			if j, ok := p.extra[i]; ok {
				p.events[i], p.events[j] = p.events[j], nil
				delete(p.extra, i)
			}
			if p.events[i] == nil {
				p.wants = append(p.wants, want{&e.keys[0], i})
			}
		}
	}
	return p.wants
}

// twin returns the other half of an event, nil if it was not read.
func (p *replayPass) twin(i int) *Event {
	if j, ok := p.extra[i]; ok {
		return p.events[j]
	}
	return nil
}
