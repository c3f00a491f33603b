package host

import (
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// A host can have millions of processes. Where only trees are drawn, a table keeps what links and selects them; the
// texts that are merely shown lie in a temporary file, and names that repeat are held once.

// aside keeps the texts of the host whose table was built last.
type aside struct {
	texts *spill.Texts
	names map[string]string
}

// maxNames bounds the names that are held once for all their starts.
const maxNames = 1 << 14

func newAside(dir string) *aside {
	return &aside{texts: spill.NewTexts(dir), names: map[string]string{}}
}

// once returns a text that is equal to p, and the same for all that are equal.
func (a *aside) once(p *string) {
	if known, ok := a.names[*p]; ok {
		*p = known
	} else if len(a.names) < maxNames {
		a.names[*p] = *p
	}
}

// lighten returns a part of a history without the texts that a table does not need. It leaves the part as it is.
func (a *aside) lighten(part *ledger.History) *ledger.History {
	out, starts := *part, make([]ledger.Start, len(part.Starts))
	out.Starts = make([]*ledger.Start, len(starts))
	for i, x := range part.Starts {
		s := &starts[i]
		*s = *x
		s.Aside = a.texts.Add(s.CommandLine, s.ParentLine, s.Hash)
		s.CommandLine, s.ParentLine, s.Hash = "", "", ""
		for _, p := range []*string{&s.Executable, &s.ParentExe, &s.User, &s.SID, &s.LogonID, &s.Creator, &s.CreatorID,
			&s.Original, &s.Channel, &s.Provider, &s.Computer} {
			a.once(p)
		}
		out.Starts[i] = s
	}
	return &out
}

// Shown is what a process shows beside what tells it from others.
type Shown struct{ CommandLine, Hash string }

// Show returns the texts of a process of the host. Until it is called, the processes of a case that was asked for trees
// only have none.
func (h *Host) Show(p *Process) (s Shown, err error) {
	a := h.set.aside
	if a == nil {
		return Shown{p.CommandLine, p.Hash}, nil
	}
	h.past() // whose texts they are
	var parent string
	err = a.texts.Get(p.aside, &s.CommandLine, &parent, &s.Hash)
	if p.Inferred { // known from the record of a child
		s = Shown{CommandLine: parent}
	}
	return s, err
}

// claim is what the record of a start says about its parent and who started it.
type claim struct {
	guid, executable, line string
	creator, creatorID     string
}

func claimOf(s *ledger.Start) claim {
	return claim{s.ParentGUID, s.ParentExe, s.ParentLine, s.Creator, s.CreatorID}
}

// start is the start of a process again, as far as its parent can depend on it.
func (c *claim) start(p *Process) *ledger.Start {
	return &ledger.Start{
		Fact: ledger.Fact{Ref: p.Ref, At: p.began.at, Stretch: p.began.stretch, Unsure: p.unsure}, Sysmon: p.Sysmon,
		PID: p.PID, PPID: p.ParentPID, ParentGUID: c.guid, ParentExe: c.executable, ParentLine: c.line,
		User: p.User, LogonID: p.LogonID, Creator: c.creator, CreatorID: c.creatorID, Channel: p.log, Aside: p.aside,
	}
}

// alone drops the tables of other hosts before that of a host is built: of each there is a large one.
func (s *Set) alone() error {
	if s.aside == nil {
		return nil
	}
	for _, old := range s.tables.held {
		old.table.Store(nil)
	}
	s.tables.held, s.tables.weight = nil, 0
	return s.aside.texts.Reset()
}
