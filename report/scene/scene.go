package scene

import (
	"slices"

	"hunt/report"
	"hunt/report/incident"
)

// Scene is what a picture is drawn of.
type Scene struct {
	Witnesses []Witness // in the order of the findings
	Trees     []Tree
	Came      []incident.Came
	Steps     [][]string // the hosts of each step of the path: those of the same steps share a lane
	// Common reports whether a program hosts what everybody does: what stands above it has nothing to do with it.
	Common func(program string) bool
}

// Tree is the process tree around a finding.
type Tree struct {
	Host string
	Root *report.Process
}

// Draw makes the picture of a scene, nil if there is nothing to be seen.
func (s *Scene) Draw() *report.Picture { return Draw(s.Deeds(), s.Steps) }

// Deeds are what the events of a scene say was done, and what follows from the process trees and logons around them.
func (s *Scene) Deeds() []Deed {
	t := &teller{presumed: map[incident.EventKey]Thing{}}
	led := map[incident.EventKey][]Thing{}
	for i := range s.Came {
		c := &s.Came[i]
		to := t.came(&c.Movement)
		if c.Presumed {
			t.presumed[c.Event] = to
		} else {
			led[c.Event] = append(led[c.Event], to)
		}
	}
	for i := range s.Witnesses {
		w := &s.Witnesses[i]
		t.tell(w)
		if w.Joint != nil {
			for _, by := range led[w.Joint.Key] {
				if ran := actor(w); ran.Kind == report.ObjectProcess {
					t.beside(w, Deed{From: by, Verb: verbRan, To: ran})
				}
			}
			delete(led, w.Joint.Key) // the event may stand for several findings
		}
	}
	for i := range t.deeds {
		if at := t.deeds[i].At; at != 0 && (t.first == 0 || at < t.first) {
			t.first = at
		}
	}
	for _, tree := range s.Trees {
		s.lineage(t, tree.Host, tree.Root, 0)
	}
	s.artefacts(t)
	return t.deeds
}

// came tells of a logon by which an incident came to a host, and returns it.
func (t *teller) came(m *incident.Movement) Thing {
	to := account(m.To, m.Account)
	if m.To == "" {
		to = address(m.Address)
	} else {
		to.Text += ", " + m.Way.String()
	}
	d := Deed{To: to, Verb: verbLoggedOn, At: m.At}
	if m.Way == incident.WayCredentials || m.Way == incident.WayClient {
		d.Verb = verbUsed
	}
	switch {
	case m.From == "" && m.Address != "":
		d.From = address(m.Address)
	case m.From == "":
	case m.Process != nil:
		k := m.Process.Key
		d.From = process(m.From, &report.Process{EntityID: k.Entity, PID: k.PID, Executable: m.Process.Name})
		d.From.Text = ""
	case m.By.Key != "":
		d.From = account(m.From, m.By)
	default:
		d.From = account(m.From, m.Account)
	}
	t.deeds = append(t.deeds, d)
	return to
}

// lineage tells which process started which on the way to the evidence, from the first that hosts what everybody does.
func (s *Scene) lineage(t *teller, host string, p *report.Process, depth int) {
	if p == nil || depth >= report.MaxTreeDepth {
		return
	}
	for _, c := range p.Children {
		if c == nil || !c.LeadsToEvidence(depth+1) {
			continue
		}
		if p.PID != 0 && (c.Evidence || !s.Common(base(c.Executable))) {
			d := Deed{From: process(host, p), Verb: verbStarted, To: process(host, c)}
			if d.To.At = when(c.Start); d.To.At >= t.first { // a browser may have started hours before what it did
				d.At = d.To.At
			}
			t.deeds = append(t.deeds, d)
		}
		s.lineage(t, host, c, depth+1)
	}
}

// artefacts tells what ran a file that the scene shows, and what a service, task or key started.
func (s *Scene) artefacts(t *teller) {
	type place struct{ host, path string }
	files, made := map[place]Thing{}, map[place]Thing{}
	for i := range t.deeds {
		if to := &t.deeds[i].To; to.Kind == report.ObjectFile {
			files[place{to.Host, to.Key}] = *to
		}
	}
	for i := range s.Witnesses {
		if w := &s.Witnesses[i]; w.Joint != nil {
			for _, a := range w.Joint.Wrote {
				if a.Kind == incident.ArtefactAutostart {
					one := teller{presumed: t.presumed}
					one.tell(w)
					made[place{w.Joint.Host, a.Name}] = one.deeds[0].To
				}
			}
		}
	}
	for i := range s.Witnesses {
		w := &s.Witnesses[i]
		if w.Joint == nil {
			continue
		}
		by := actor(w)
		if by.Kind != report.ObjectProcess {
			continue
		}
		for _, a := range w.Joint.Used {
			at := place{w.Joint.Host, a.Name}
			switch f, known := files[at]; {
			case a.Kind == incident.ArtefactAutostart && made[at].known():
				t.instead(w, Deed{From: made[at], Verb: verbStarted, To: by}, s.Common)
			case a.Kind != incident.ArtefactFile || !known || !w.Event.Class.ProcessStart:
			case base(a.Name) == lower(by.Name):
				t.beside(w, Deed{From: f, Verb: verbRanAs, To: by})
			default:
				t.beside(w, Deed{From: f, Verb: verbOpenedBy, To: by})
			}
		}
	}
}

// instead adds a deed in the place of those of programs that host what everybody does: what a service started, the
// service control manager need not be told of.
func (t *teller) instead(w *Witness, d Deed, common func(string) bool) {
	t.deeds = slices.DeleteFunc(t.deeds, func(x Deed) bool {
		return x.Verb == d.Verb && x.To.id() == d.To.id() && x.Finding == "" && common(x.From.Name)
	})
	for i := range t.deeds {
		if x := &t.deeds[i]; x.Verb == d.Verb && x.To.id() == d.To.id() && common(x.From.Name) {
			x.From = d.From
		}
	}
	t.beside(w, d)
}
