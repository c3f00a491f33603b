package audit

import (
	"slices"
	"testing"
)

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		events []Event
		want   []string
	}{
		{nil, nil},
		{[]Event{{"Security", 4688}, {"Microsoft-Windows-Sysmon/Operational", 1}},
			[]string{"switch on the audit policy Process Creation",
				"install Sysmon with ProcessCreate in its configuration"}},
		{[]Event{{"security", 4624}, {"Security", 4625}, {"Security", 4672}},
			[]string{"switch on the audit policy Logon, Special Logon"}},
		{[]Event{{"Security", 4657}},
			[]string{"switch on the audit policy Registry and give the objects an audit entry (SACL)"}},
		{[]Event{{"Security", 1102}}, nil}, // always logged
		{[]Event{{"Microsoft-Windows-Sysmon/Operational", 12}, {"Microsoft-Windows-Sysmon/Operational", 13}},
			[]string{"install Sysmon with RegistryEvent in its configuration"}},
		{[]Event{{"Microsoft-Windows-Sysmon/Operational", 16}}, []string{"install Sysmon"}},
		{[]Event{{"Microsoft-Windows-PowerShell/Operational", 4104}},
			[]string{"set the group policy Turn on PowerShell Script Block Logging"}},
		{[]Event{{"Windows PowerShell", 400}},
			[]string{"collect the log Windows PowerShell, which Windows writes by default"}},
		{[]Event{{"Microsoft-Windows-DNS-Client/Operational", 3008}},
			[]string{`switch on the log Microsoft-Windows-DNS-Client/Operational (wevtutil set-log ` +
				`"Microsoft-Windows-DNS-Client/Operational" /enabled:true)`}},
		{[]Event{{"System", 0}, {"System", 7045}}, []string{"collect the log System, which Windows writes by default"}},
		{[]Event{{"A", 1}, {"B", 1}, {"C", 1}, {"D", 1}, {"E", 1}},
			[]string{"collect the log A, which Windows writes by default",
				"collect the log B, which Windows writes by default",
				"collect the log C, which Windows writes by default",
				"collect the log D, which Windows writes by default",
				"or use one of the other logs (1)"}},
	} {
		if got := Settings(c.events); !slices.Equal(got, c.want) {
			t.Errorf("%v\n  needs %q\n  want  %q", c.events, got, c.want)
		}
	}
}

func TestEachEventHasOneCategory(t *testing.T) {
	of := map[uint32]string{}
	for name, ids := range categories {
		for _, id := range ids {
			if of[id] != "" {
				t.Errorf("%d is of %s and of %s", id, of[id], name)
			}
			of[id] = name
		}
	}
	for id := range needsSACL {
		if of[id] == "" {
			t.Errorf("%d needs an audit entry and is of no category", id)
		}
	}
}
