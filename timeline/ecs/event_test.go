package ecs

import (
	"slices"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
	"hunt/timeline/ecs/scalar"
)

func processStart(pairs ...evtxtest.Pair) evtxtest.Event {
	return evtxtest.Event{
		Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", EventID: 4688, Computer: "PC1",
		Time: caseTime,
		Data: append(
			[]evtxtest.Pair{evtxtest.Str("NewProcessName", `C:\a\b.exe`), evtxtest.Str("SubjectUserName", "alice")},
			pairs...),
	}
}

func TestPendingFieldsWaitForHistory(t *testing.T) {
	e := NewMapper(NewSchema()).Map(recordtest.Of(t, processStart())[0])
	want := []Field{HostHostname, HostID, HostName, ProcessEntityID, ProcessParentArgs, ProcessParentArgsCount,
		ProcessParentCommandLine, ProcessParentEntityID, ProcessParentExecutable, ProcessParentName}
	if got := e.AppendPending(nil); !slices.Equal(got, want) {
		t.Errorf("pending %v, want %v", got, want)
	}
	e.Set(HostID, scalar.String("pc1"))
	e.Set(ProcessParentName) // history knows that there is none
	if got := texts(e.Values(HostID, nil)); !slices.Equal(got, []string{"pc1"}) {
		t.Errorf("host.id = %q", got)
	}
	if got := e.Values(ProcessParentName, nil); len(got) != 0 {
		t.Errorf("a field settled as missing has %q", texts(got))
	}
	clone := e.Clone()
	e.Settle()
	if got := e.AppendPending(nil); len(got) != 0 {
		t.Errorf("pending after Settle: %v", got)
	}
	if len(clone.AppendPending(nil)) != len(want)-2 {
		t.Error("settling an event settled its clone")
	}
	if got := texts(clone.Values(HostID, nil)); !slices.Equal(got, []string{"pc1"}) {
		t.Errorf("clone's host.id = %q", got)
	}
}

func TestDataIsTheTextOfARecord(t *testing.T) {
	r := recordtest.Of(t, processStart(evtxtest.Str("State", " Started "), evtxtest.Str("Version", "-")))[0]
	for name, want := range map[string]string{"SubjectUserName": "alice", "State": "Started", "Version": "", "No": ""} {
		if got := Data(r, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSetDoesNotOutliveTheEvent(t *testing.T) {
	m := NewMapper(NewSchema())
	rs := recordtest.Of(t, processStart(), processStart())
	m.Map(rs[0]).Set(HostID, scalar.String("pc1"))
	if got := texts(m.Map(rs[1]).Values(HostID, nil)); !slices.Equal(got, []string{"?"}) {
		t.Errorf("the next event's host.id = %q", got)
	}
}

func TestStrictGivesTheServicesSIDAsElasticDoes(t *testing.T) {
	r := recordtest.Of(t, evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational", EventID: 1,
		UserID: "S-1-5-18", Time: caseTime,
		Data: []evtxtest.Pair{evtxtest.Str("User", `PC1\alice`)},
	})[0]
	m := NewMapper(NewSchema())
	if got := texts(m.Map(r).Values(UserID, nil)); !slices.Equal(got, []string{"?"}) {
		t.Errorf("user.id = %q", got)
	}
	e := m.Map(r)
	e.Settle()
	if got := texts(e.Values(UserID, nil)); !slices.Equal(got, []string{"S-1-5-18"}) {
		t.Errorf("settled user.id = %q", got)
	}
	m.Strict = true
	if got := texts(m.Map(r).Values(UserID, nil)); !slices.Equal(got, []string{"S-1-5-18"}) {
		t.Errorf("strict user.id = %q", got)
	}
}

func TestClockUTCTakesSysmonsTime(t *testing.T) {
	sysmon := evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon",
		Channel:  "x",
		EventID:  5,
		Time:     caseTime,
		Data:     []evtxtest.Pair{evtxtest.Str("UtcTime", "2026-03-02 10:11:11.001")},
	}
	rs := recordtest.Of(t, sysmon, processStart())
	m := NewMapper(NewSchema())
	m.Clock = ClockUTC
	e := m.Map(rs[0])
	if got := texts(e.Values(Timestamp, nil)); !slices.Equal(got, []string{"2026-03-02T10:11:11.0010000Z"}) ||
		e.UTC().String() != got[0] {
		t.Errorf("@timestamp = %q, UTC = %s", got, e.UTC())
	}
	if got := texts(e.Values(EventCreated, nil)); !slices.Equal(got, []string{"2026-03-02T10:11:12.3456789Z"}) {
		t.Errorf("event.created = %q", got)
	}
	e = m.Map(rs[1])
	if got := texts(e.Values(Timestamp, nil)); !slices.Equal(got, []string{"2026-03-02T10:11:12.3456789Z"}) ||
		e.UTC() != 0 {
		t.Errorf("Security @timestamp = %q, UTC = %d", got, e.UTC())
	}
}

func TestClassesAreSharedByMappers(t *testing.T) {
	s := NewSchema()
	r := recordtest.Of(t, processStart())[0]
	a, b := NewMapper(s).Map(r).Class, NewMapper(s).Map(r).Class
	if a != b || !a.ProcessStart || a.Role != RoleProcessStart || a.Source != SourceSecurity || !a.Known {
		t.Errorf("%+v and %+v", a, b)
	}
	f, _, _ := s.Field("no.such")
	if vs, ok := a.Static(f); !ok || vs != nil {
		t.Error("an unknown field is missing for all events")
	}
	if _, ok := a.Static(ProcessName); ok {
		t.Error("process.name depends on the event")
	}
	if vs, ok := a.Static(RegistryPath); !ok || vs != nil {
		t.Error("registry.path is missing for all 4688")
	}
}

func TestEventsBeyondTheClassBoundAreStillMapped(t *testing.T) {
	s := NewSchema()
	s.roster.most = 1
	s.Class("Security", "Microsoft-Windows-Security-Auditing", 4624)
	e := NewMapper(s).Map(recordtest.Of(t, processStart())[0])
	if e.Class.Counted() == e.Class || !e.Class.ProcessStart || !e.Class.Shared().overflow {
		t.Fatalf("%+v", e.Class)
	}
	for f, want := range map[Field]string{EventCode: "4688", WinlogChannel: "Security",
		EventProvider: "Microsoft-Windows-Security-Auditing", ProcessName: "b.exe", EventCategory: "process"} {
		if got := texts(e.Values(f, nil)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s = %q, want %s", fieldTable[f].name, got, want)
		}
	}
	if _, ok := e.Class.Shared().Static(WinlogChannel); ok {
		t.Error("the shared class knows no channel")
	}
	if vs, ok := e.Class.Shared().Static(EventCategory); !ok || len(vs) != 1 {
		t.Error("the category is still static")
	}
}

func TestFieldsAskedForLateAreFound(t *testing.T) {
	s := NewSchema()
	e := NewMapper(s).Map(recordtest.Of(t, processStart())[0])
	f, _, _ := s.Field("winlog.event_data.SubjectUserName")
	if got := texts(e.Values(f, nil)); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("%q", got)
	}
}
