package main

import (
	"fmt"
	"path"
	"slices"

	"hunt/evtx/evtxtest"
	"hunt/samples"
	"hunt/samples/gen/collector"
)

// tree is the samples directory to be: content by path, and the expectations.
type tree struct {
	files   map[string][]byte
	planted map[string][]*event // the readable events of each log, in order
	expect  samples.Expect
}

// A plan is one case being made.
type plan struct {
	samples.Case
	tree     *tree
	channels []string // to write; the hosts may have more
}

// stage is the planted evidence for one step: any of the events will do.
type stage struct {
	what   string
	events []*event
}

func (t *tree) plan(dir, about string) *plan {
	return &plan{Case: samples.Case{Path: dir, About: about}, tree: t,
		channels: []string{chSysmon, chPowerShell, chSecurity}}
}

// write lays out the hosts' logs. A channel without events has no file. shape
// may change how a log is written; nil writes it plainly.
func (p *plan) write(shape func(*evtxtest.Log, []*event) damage, hosts ...*host) error {
	for _, h := range hosts {
		h.layOut()
		p.Hosts = append(p.Hosts, h.name)
		for _, ch := range p.channels {
			events := h.channel(ch)
			if len(events) == 0 {
				continue
			}
			name := path.Join(p.Path, h.short, collector.Logs, collector.FileName(ch))
			if err := p.log(name, ch, h, events, shape); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// damage is what was done to a log after it was laid out.
type damage struct {
	after  func(file []byte, placed []evtxtest.Placed) []byte // nil: nothing
	lost   int                                                // events at the end that cannot be read any more
	carved int
	kinds  []string
}

func (p *plan) log(name, channel string, h *host, events []*event, shape func(*evtxtest.Log, []*event) damage) error {
	var l evtxtest.Log
	var d damage
	if shape != nil {
		d = shape(&l, events)
	}
	if len(l.Placed()) == 0 {
		for _, e := range events {
			l.Add(e.Event)
		}
	}
	file, err := l.Bytes()
	if err != nil {
		return err
	}
	if d.after != nil {
		file = d.after(file, l.Placed())
	}
	var alive []*event
	for _, e := range events[:len(events)-d.lost] {
		e.file = name
		alive = append(alive, e)
	}
	slots := (len(file) - 4096 + 65535) / 65536
	p.Files = append(p.Files, samples.File{Path: name, Host: h.name, Channel: channel, Chunks: slots,
		Records: len(alive),
		FirstID: alive[0].record, LastID: alive[len(alive)-1].record, Carved: d.carved, Damage: d.kinds})
	p.tree.files[name], p.tree.planted[name] = file, alive
	return nil
}

// match says what a rule must report. It is called after write.
func (p *plan) match(rule string, h *host, status, why string, stages ...stage) {
	m := samples.Match{Rule: rule, Host: h.name, Status: status, Why: why}
	for _, s := range stages {
		var records []samples.Record
		for _, e := range s.events {
			if e.file == "" {
				continue // in a channel that the case lacks, or lost
			}
			records = append(records, samples.Record{File: e.file, EventRecordID: e.record, EventID: e.EventID})
		}
		m.Stages = append(m.Stages, samples.Stage{What: s.what, Records: records})
	}
	p.Matches = append(p.Matches, m)
}

// expects says what the rules that the samples speak of must make of a chain.
func (p *plan) expects(h *host, c *chain) {
	for _, m := range c.must {
		if slices.Contains(p.tree.expect.Rules, m.rule) {
			p.match(m.rule, h, m.status, m.why, m.stages...)
		}
	}
}

// done adds the case to the tree.
func (p *plan) done() { p.tree.expect.Cases = append(p.tree.expect.Cases, p.Case) }

// child is the usual first stage: a start, seen twice.
func child(s started) stage {
	return stage{baseName(s.path) + " started by " + baseName(s.parent.path), s.twins()}
}

func one(what string, e ...*event) stage { return stage{what, e} }
