package pack

import (
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
)

func TestTheValuesOfACaseHaveTheTypesThatWindowsGivesThem(t *testing.T) {
	const guid = "{365ABB72-9C8E-5D04-0000-0010D0421600}"
	for _, c := range []struct {
		source ecs.Source
		data   CaseData
		want   evtxtest.Type
		text   string
	}{
		{ecs.SourceSysmon, CaseData{"ProcessGuid", guid}, evtxtest.TypeGUID, guid},
		{ecs.SourceSysmon, CaseData{"ProcessId", int64(7)}, evtxtest.TypeUint32, "7"},
		{ecs.SourceSysmon, CaseData{"Size", int64(1) << 40}, evtxtest.TypeInt64, "1099511627776"},
		{ecs.SourceSysmon, CaseData{"Offset", int64(-1)}, evtxtest.TypeInt64, "-1"},
		{ecs.SourceSysmon, CaseData{"Initiated", true}, evtxtest.TypeBool, "true"},
		{ecs.SourceSysmon, CaseData{"LogonId", "0x3e7"}, evtxtest.TypeString, "0x3e7"},
		{ecs.SourceSecurity, CaseData{"NewProcessId", "0x1F4"}, evtxtest.TypeHex64, "0x1f4"},
		{ecs.SourceSecurity, CaseData{"CommandLine", "0x1 is text"}, evtxtest.TypeString, "0x1 is text"},
	} {
		v := caseValue(c.source, c.data)
		if v.Type != c.want || v.Text() != c.text {
			t.Errorf("%s %v: type %#x, text %q", c.data.Name, c.data.Value, v.Type, v.Text())
		}
	}
	a, b := caseValue(ecs.SourceOther, CaseData{"ProcessGuid", "child"}),
		caseValue(ecs.SourceOther, CaseData{"ParentProcessGuid", "child"})
	if a.Type != evtxtest.TypeGUID || a.Text() != b.Text() ||
		a.Text() == caseValue(ecs.SourceOther, CaseData{"ProcessGuid", "other"}).Text() {
		t.Errorf("one word is not one GUID: %s, %s", a.Text(), b.Text())
	}
}

func TestTheEventsOfACaseBecomeOneLogForEachComputerAndChannel(t *testing.T) {
	c := Case{Events: []CaseEvent{
		caseEvent("sysmon", "B.example", 1, time.Second, "Image", `C:\b.exe`),
		caseEvent("security", "B.example", 4688, 0),
		caseEvent("sysmon", "../a", 1, 0), caseEvent("sysmon", "B.example", 5, 0),
	}}
	logs, err := c.logs()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range logs {
		names = append(names, l.name)
		if !strings.HasPrefix(string(l.bytes), "ElfFile\x00") {
			t.Errorf("%s is no EVTX", l.name)
		}
	}
	want := "..%4a/Microsoft-Windows-Sysmon%4Operational.evtx " +
		"B.example/Microsoft-Windows-Sysmon%4Operational.evtx B.example/Security.evtx"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("have %s\nwant %s", got, want)
	}
	c.Events = []CaseEvent{caseEvent("sysmon", "a", 1, 0, "CommandLine", strings.Repeat("x", 70_000))}
	if _, err := c.logs(); err == nil {
		t.Error("an event larger than a chunk is not refused")
	}
}

func caseEvent(log, computer string, id uint16, after time.Duration, pairs ...any) CaseEvent {
	e := CaseEvent{Time: caseStart.Add(after), Computer: computer, Channel: caseLogs[log].channel,
		Provider: caseLogs[log].provider, ID: id}
	for i := 0; i < len(pairs); i += 2 {
		e.Data = append(e.Data, CaseData{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return e
}
