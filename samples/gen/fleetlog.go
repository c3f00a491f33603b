package main

import (
	"fmt"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/samples/gen/collector"
)

// fleetLog is one channel of one machine and the files that hold it.
type fleetLog struct {
	channel string
	events  []*event // by number
	files   []fleetFile
}

// fleetFile is a log as it was collected: live, or from a shadow copy.
type fleetFile struct {
	path    string
	shadow  bool
	content []byte
	records int
	damage  string
}

var fleetChannels = []string{chSysmon, chSecurity, chSystem, chPowerShell, chApplication, chTasks, chDefender,
	chSessions,
	chWMI, chVHDMP, chAppX}

// write lays out the machine's logs.
func (m *member) write() ([]*fleetLog, error) {
	clears := &chain{name: clearsName}
	for _, ch := range []string{chSecurity, chSystem, chSysmon} {
		if at, ok := m.wiped[ch]; ok {
			clears.events = append(clears.events, m.cleared(at, m.user, ch))
		}
	}
	if len(clears.events) > 0 {
		clears.tells("log-cleared")
		m.chains = append(m.chains, clears)
	}
	m.events = m.logged()
	m.firstID[chApplication], m.firstID[chTasks] = 900+m.rng.Uint64N(9000), 12_000+m.rng.Uint64N(90_000)
	for _, ch := range []string{chDefender, chSessions, chWMI, chVHDMP, chAppX} {
		m.firstID[ch] = 40 + m.rng.Uint64N(2000)
	}
	m.layOut()
	var out []*fleetLog
	for _, ch := range fleetChannels {
		l := &fleetLog{channel: ch}
		for _, e := range m.channel(ch) {
			if m.left(e) {
				l.events = append(l.events, e)
			}
		}
		if len(l.events) == 0 {
			continue
		}
		if err := m.files(l); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", m.name, ch, err)
		}
		out = append(out, l)
	}
	return out, nil
}

// logged are the events that were written: Sysmon is not always there, and nothing was collected of
// the time before and after.
func (m *member) logged() []*event {
	var out []*event
	for _, e := range m.events {
		sysmon := e.Channel == chSysmon
		switch {
		case e.at.Before(fleetFrom) || e.at.After(fleetTo):
		case sysmon && (m.sysmon.IsZero() || e.at.Before(m.sysmon) || m.stopped.contains(e.at)):
		default:
			out = append(out, e)
		}
	}
	return out
}

// left reports whether an event is still in its log: not cleared with it, and not taken out.
func (m *member) left(e *event) bool {
	if at, ok := m.wiped[e.Channel]; ok && e.at.Before(at) {
		return false
	}
	return e.Channel != chSysmon || !m.deleted.contains(e.at)
}

// files lays out a channel: one log, of which the live file may lack the oldest chunks, and a
// shadow copy that lacks the newest.
func (m *member) files(l *fleetLog) error {
	var log evtxtest.Log
	for i, e := range l.events {
		// The service writes a record a little after it was made.
		if i%40 == 7 {
			e.Written = e.Time.Add(time.Duration(1+i%37) * time.Millisecond)
			if m.index%9 == 4 {
				e.Written = e.Time.Add(time.Duration(100+i%2300) * time.Millisecond)
			}
		}
		log.Add(e.Event)
	}
	file, err := log.Bytes()
	if err != nil {
		return err
	}
	placed := log.Placed()
	chunks := (len(file) - 4096) / slot
	live, shadow := span2{0, chunks}, span2{}
	switch {
	case m.layout.Shadows && chunks >= 5 && (l.channel == chSysmon || l.channel == chSecurity):
		shadow, live = span2{0, chunks * 3 / 5}, span2{chunks * 2 / 5, chunks}
	case m.rolled && l.channel == chSecurity:
		live.from = chunks / 5
	}
	lost, damage := -1, ""
	if l.channel == chSysmon && !m.layout.Shadows {
		lost, damage = m.harm(file, l, placed, chunks)
	}
	readable := func(k int) bool {
		return lost < 0 || damage == "torn-record" && k != lost || damage != "torn-record" && placed[k].Chunk != lost
	}
	part := func(s span2, isShadow bool, damage string) {
		f := fleetFile{path: m.layout.Path(m.short, l.channel, isShadow), shadow: isShadow, damage: damage}
		next := uint64(1)
		for k, e := range l.events {
			if p := placed[k]; p.Chunk >= s.from && p.Chunk < s.to {
				next = p.HeaderID + 1
				if readable(k) {
					f.records++
					e.file = f.path
				}
			}
		}
		f.content = append(evtxtest.FileHeader(s.to-s.from, next, 0), file[4096+s.from*slot:4096+s.to*slot]...)
		if damage == "torn-record" {
			evtxtest.Dirty(f.content, s.to-s.from, next-1)
		}
		l.files = append(l.files, f)
	}
	part(live, false, damage)
	if shadow.to > 0 {
		part(shadow, true, "")
	}
	return nil
}

// span2 is a run of chunks.
type span2 struct{ from, to int }

// harm damages a log where no attack stands. It returns what is lost: a record of a torn one, else
// the records of a chunk; -1 is nothing.
func (m *member) harm(file []byte, l *fleetLog, placed []evtxtest.Placed, chunks int) (lost int, kind string) {
	needed := map[int]bool{0: true, chunks - 1: true}
	planted := map[*event]bool{}
	for _, c := range m.chains {
		for _, e := range c.events {
			planted[e] = true
		}
		for _, x := range c.must {
			for _, s := range x.stages {
				for _, e := range s.events {
					planted[e] = true
				}
			}
		}
	}
	for k, e := range l.events {
		if planted[e] {
			needed[placed[k].Chunk] = true
		}
	}
	at := chunks / 3
	for at < chunks && needed[at] {
		at++
	}
	if at >= chunks {
		return -1, ""
	}
	switch m.damage {
	case "chunk-crc":
		evtxtest.BreakRecordsCRC(file, at)
		return -1, m.damage
	case "torn-record":
		evtxtest.Tear(file, placed[len(placed)-1])
		return len(placed) - 1, m.damage
	case "empty-chunk":
		evtxtest.ZeroSlot(file, at)
		return at, m.damage
	case "chunk-header":
		c := evtxtest.Chunk(file, at)
		for i := range c {
			c[i] = 0xe5 // a sector that the disk could not give back
		}
		return at, m.damage
	}
	return -1, ""
}

// evidenceDir is where a fleet's logs are, beside truth.json.
const evidenceDir = "evidence"

// collected is the machine as its collector saw it.
func (m *member) collected() collector.Machine {
	return collector.Machine{Name: m.name, Short: m.short, ID: m.machine,
		At: fleetTo.Add(time.Duration(m.index%600) * 7 * time.Second)}
}

// collected are the files of logs.
func collected(logs []*fleetLog) (out []collector.Log) {
	for _, l := range logs {
		log := collector.Log{Channel: l.channel}
		for _, f := range l.files {
			log.Files = append(log.Files, collector.File{Path: f.path, Content: f.content})
		}
		out = append(out, log)
	}
	return out
}

// clearsName is the truth's name for the clearing of logs, which happens on machines whatever is planted.
const clearsName = "logs cleared"
