package scene

import (
	"slices"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/incident"
	"hunt/report/record"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// byPID is how a process tree names a parent that is only presumed.
var byPID = host.ParentByPID.String()

// Scene is what a picture is drawn of.
type Scene struct {
	Witnesses []Witness // in the order of the findings
	Trees     []Tree
	Came      []incident.Came
	Steps     [][]string // the hosts of each step of the path: those of the same steps share a lane
	// Common reports whether a program hosts what everybody does: what stands above it has nothing to do with it.
	Common func(program string) bool
	// HostOf is the host of the evidence that has a name, or had an address at a time, "" if none is known; nil knows
	// none.
	HostOf func(name string, at evtx.Filetime) string
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
				t.ran(w, by)
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
	s.resolve(t.deeds)
	return t.deeds
}

// resolve puts an address that is one of a host of the evidence into that host's lane.
func (s *Scene) resolve(deeds []Deed) {
	if s.HostOf == nil {
		return
	}
	for i := range deeds {
		d := &deeds[i]
		for _, x := range []*Thing{&d.From, &d.To} {
			if x.Kind != report.ObjectAddress || x.Host != "" {
				continue
			}
			if h := s.HostOf(x.Key, d.At); h != "" {
				*x = machine(h, x.Name)
			}
		}
	}
}

// ran tells which program a logon ran. A record may name the logon and a program that runs as another account and acts
// for it: that program belongs to the logon only if its own session is known.
func (t *teller) ran(w *Witness, by Thing) {
	e := w.Event
	d := Deed{From: by, Verb: verbRan, To: actor(w)}
	if !e.Class.ProcessStart && (w.Process == nil || w.Process.LogonID == "") {
		d.Verb = verbActed
		_, of := e.Told()
		if len(of.Named) == 0 || of.Named[0].From > 0 || family(e, of.Named[0].Field) != "process" {
			return // the account acts itself
		}
	}
	if d.To.Kind == report.ObjectProcess {
		t.beside(w, d)
	}
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
	default: // nobody says which account used it there
		d.From = machine(m.From, m.Address)
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
			d := Deed{From: process(host, p), Verb: verbStarted, To: process(host, c), Presumed: c.Link == byPID}
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
	files, made := map[place]Deed{}, map[place][]Deed{}
	for _, d := range t.deeds {
		if d.To.Kind != report.ObjectFile {
			continue
		}
		at := place{d.To.Host, d.To.Key}
		if old, known := files[at]; !known || d.At < old.At {
			files[at] = d
		}
	}
	for i := range s.Witnesses {
		w := &s.Witnesses[i]
		if w.Joint == nil {
			continue
		}
		for _, a := range w.Joint.Wrote {
			if a.Kind == incident.ArtefactAutostart {
				one := teller{presumed: t.presumed}
				one.tell(w)
				at := place{w.Joint.Host, a.Name}
				made[at] = append(made[at], one.deeds...)
			}
		}
	}
	for i := range s.Witnesses {
		w := &s.Witnesses[i]
		if w.Joint == nil || !w.Event.Class.ProcessStart {
			continue
		}
		by := actor(w)
		for _, a := range w.Joint.Used {
			at := place{w.Joint.Host, a.Name}
			switch f, known := files[at]; {
			case a.Kind == incident.ArtefactAutostart:
				s.autostarted(t, w, made[at])
			case a.Kind != incident.ArtefactFile || !known || f.At > w.Event.At: // nothing uses what is yet to come
			case a.Name == lower(record.Text(w.Event, ecs.ProcessExecutable)):
				t.beside(w, Deed{From: f.To, Verb: verbRanAs, To: by})
			default:
				t.beside(w, Deed{From: f.To, Verb: verbPassedTo, To: by})
			}
		}
	}
}

// place is the path of a file on a host.
type place struct{ host, path string }

// autostarted tells that the last service, task or key made before a process started it, if what hosts everybody's
// services, tasks and sessions did. That of a session may have started it for the user, too.
func (s *Scene) autostarted(t *teller, w *Witness, made []Deed) {
	var last Deed
	for _, d := range made {
		if d.At <= w.Event.At && d.At >= last.At {
			last = d
		}
	}
	parent := base(record.Text(w.Event, ecs.ProcessParentExecutable))
	if w.Parent != nil {
		parent = w.Parent.Name()
	}
	if !last.To.known() || parent != "" && !s.Common(parent) {
		return
	}
	d := Deed{From: last.To, Verb: verbStarted, To: actor(w)}
	switch lower(parent) {
	case "services.exe", "svchost.exe", "taskeng.exe":
		t.instead(w, d, s.Common)
	default:
		d.Presumed = true
		t.beside(w, d)
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
