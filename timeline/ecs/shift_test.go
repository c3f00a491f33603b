package ecs

import (
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

func TestNoRecordOfTheCorpusIsShifted(t *testing.T) {
	m := NewMapper(NewSchema())
	looked := 0
	eachRecord(t, corpus(t), func(file string, r *evtx.Record) {
		e := m.Map(r)
		if e.shape.values != nil {
			looked++
		}
		if e.Shifted() {
			t.Errorf(
				"%s [%d], %s %d: %q",
				file,
				r.EventRecordID(),
				r.Provider(),
				r.EventID(),
				texts(e.AppendShifted(nil)),
			)
		}
	})
	if looked < 5000 {
		t.Errorf("only %d records looked at", looked)
	}
	t.Logf("%d records looked at", looked)
}

func TestTheMessageOfAShiftedEventSaysSo(t *testing.T) {
	hex := func(name string, v uint64) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.Hex64(v)} }
	sid := func(name, v string) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.SID(v)} }
	e := eventOf(
		t,
		evtxtest.Event{
			Provider: "Microsoft-Windows-Security-Auditing",
			Channel:  "Security",
			EventID:  4688,
			Version:  2,
			Time:     caseTime,
			Data: []evtxtest.Pair{ // without NewProcessName
				sid(
					"SubjectUserSid",
					"S-1-5-18",
				), evtxtest.Str("SubjectUserName", "PC1$"), evtxtest.Str("SubjectDomainName", "CORP"),
				hex("SubjectLogonId", 0x3e7),
				hex(
					"NewProcessId",
					0x2c8,
				), evtxtest.Str("NewProcessName", "%%1936"), hex("TokenElevationType", 0x2c4),
				evtxtest.Str("ProcessId", "svchost -k x"),
				sid(
					"CommandLine",
					"S-1-0-0",
				), evtxtest.Str("TargetUserSid", "-"), evtxtest.Str("TargetUserName", "-"), hex("TargetDomainName", 0),
				evtxtest.Str(
					"TargetLogonId",
					`C:\Windows\System32\services.exe`,
				), sid("ParentProcessName", "S-1-16-16384"), evtxtest.Str("MandatoryLabel", ""),
			},
		},
	)
	if got := e.Message(); !e.Shifted() ||
		!strings.Contains(got, "[values shifted: NewProcessName, TokenElevationType, ProcessId,") {
		t.Errorf("the message says nothing of it: %s", got)
	}
	if got := texts(e.Values(ProcessExecutable, nil)); got != nil {
		t.Errorf("process.executable = %q is believed", got)
	}
	if got := texts(e.Values(ProcessPID, nil)); !slices.Equal(got, []string{"712"}) {
		t.Errorf("process.pid = %q", got)
	}
}
