package timeline

import (
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// Of a history that was not asked for in full, the collector records little. It always records the machine SIDs, which
// show what names are one host.

// bareStart records what pairs the two records of a process start, and that the system started.
func (w *collector) bareStart(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	r, sysmon := ev.Record, ev.Class.Source == ecs.SourceSysmon
	if !sysmon {
		w.machineSID(f.Computer, r.Ref.File, w.data(r, "SubjectDomainName"), w.data(r, "SubjectUserSid"))
	}
	s := &ledger.Start{Fact: f, Sysmon: sysmon, PID: w.number(ev, ecs.ProcessPID), Channel: ev.Class.Channel}
	s.PPID = w.number(ev, ecs.ProcessParentPID)
	if !w.o.Asked.Keeps(s) || s.PID == 0 && ev.Shifted() {
		return
	}
	s.Created, _ = r.Time()
	left := w.textLeft
	s.Executable = w.keep(w.text(ev, ecs.ProcessExecutable))
	if left > 0 && w.textLeft == 0 || left == 0 {
		w.o.Limits.Bite(boundTexts, limit.At(r.Ref.File, r.Ref.Offset))
	}
	past.Starts = append(past.Starts, s)
}

// bareLogon records that the system started.
func (w *collector) bareLogon(ev *ecs.Event, f ledger.Fact, past *ledger.History) {
	r := ev.Record
	if ev.Doubts("TargetUserName") {
		return
	}
	w.machineSID(f.Computer, r.Ref.File, w.data(r, "SubjectDomainName"), w.data(r, "SubjectUserSid"))
	w.machineSID(f.Computer, r.Ref.File, w.data(r, "TargetDomainName"), w.data(r, "TargetUserSid"))
	w.bootLogon(ev, f, past)
}
