package ecs

import (
	"strings"
	"testing"
)

func TestChannelProviderAndIDDecideTheRole(t *testing.T) {
	const (
		newLog, oldLog = "Microsoft-Windows-Eventlog", "EventLog"
		security       = "Microsoft-Windows-Security-Auditing"
		sysmon         = "Microsoft-Windows-Sysmon"
		sysmonLog      = "Microsoft-Windows-Sysmon/Operational"
	)
	for _, c := range []struct {
		channel, provider string
		id                uint32
		want              Role
	}{
		// The names and spellings of one provider.
		{"System", newLog, 104, RoleLogCleared}, {"System", "Microsoft-Windows-EventLog", 104, RoleLogCleared},
		{"System", oldLog, 104, RoleLogCleared}, {"Security", newLog, 1102, RoleSecurityLogCleared},
		{"Security", "EVENTLOG", 1102, RoleSecurityLogCleared}, {"System", oldLog, 6005, RoleLogServiceStarted},
		{"System", "Eventlog", 6006, RoleLogServiceStopped}, {"System", newLog, 6008, RoleUnexpectedShutdown},
		{"Security", newLog, 1100, RoleLogServiceStopped},
		// Where Windows wrote them, and where they were forwarded to.
		{"security", security, 4688, RoleProcessStart}, {"ForwardedEvents", security, 4688, RoleProcessStart},
		{"WEC-Domain-Controllers", security, 4625, RoleFailedLogon}, {"", newLog, 1102, RoleSecurityLogCleared},
		{"ForwardedEvents", newLog, 104, RoleLogCleared}, {sysmonLog, sysmon, 1, RoleProcessStart},
		{"PowerShellCore/Operational", "PowerShellCore", 4104, RoleScriptBlock},
		{"System", "Microsoft-Windows-Kernel-General", 1, RoleTimeChanged},
		{"Security", security, 4616, RoleTimeChanged}, {"Security", security, 4608, RoleBoot},
		// The same numbers of others.
		{"System", "WudfUsbccidDriver", 104, RoleNone}, {"System", "WudfUsbccidDriver", 1102, RoleNone},
		{"Microsoft-Windows-TerminalServices-RDPClient/Operational",
			"Microsoft-Windows-TerminalServices-ClientActiveXCore", 1102, RoleOutgoingConnection},
		{"Microsoft-Windows-ShellCommon-StartLayoutPopulation/Operational",
			"Microsoft-Windows-ShellCommon-StartLayoutPopulation", 1102, RoleNone},
		{"Application", "Microsoft-Windows-EventSystem", 4625, RoleNone},
		{"Application", "EventSystem", 4625, RoleNone},
		{"Security", "Microsoft-Windows-EventSystem", 4625, RoleNone},
		{"ForwardedEvents", "EventSystem", 4625, RoleNone},
		{"System", "Microsoft-Windows-Kernel-Boot", 12, RoleNone},
		{"Application", "Microsoft-Windows-Audit-CVE", 1, RoleNone},
		{"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 4, RoleNone},
		{"Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", 16, RoleNone},
		{"Windows PowerShell", "PowerShell", 4104, RoleNone}, {"Security", "AD FS Auditing", 1102, RoleNone},
		// A name that somebody borrowed: any program may write to Application under any name.
		{"Application", newLog, 1102, RoleNone}, {"Application", newLog, 104, RoleNone},
		{"Application", security, 4688, RoleNone},
		{"Application", sysmon, 4, RoleNone}, {"Security", newLog, 104, RoleNone}, {"System", newLog, 1102, RoleNone},
		{"Windows PowerShell", sysmon, 1, RoleNone}, {"Application", oldLog, 6005, RoleNone},
	} {
		if got := MeaningOf(c.channel, c.provider, c.id).Role; got != c.want {
			t.Errorf("%s, %s %d is %q, want %q", c.channel, c.provider, c.id, got, c.want)
		}
		class := NewSchema().Class(c.channel, c.provider, c.id)
		if class.Meaning != MeaningOf(c.channel, c.provider, c.id) ||
			class.ProcessStart != (c.want == RoleProcessStart) {
			t.Errorf("%s, %s %d: the class says %+v", c.channel, c.provider, c.id, class.Meaning)
		}
	}
}

func TestABorrowedNameOfAProviderGetsNoMapping(t *testing.T) {
	c := NewSchema().Class("Application", "Microsoft-Windows-Sysmon", 1)
	if vs, ok := c.Static(EventCategory); c.Known || c.Source != SourceOther || !ok || len(vs) != 0 {
		t.Errorf("%+v, category %v", c, vs)
	}
}

func TestEveryRoleHasANameAndIsInTheTables(t *testing.T) {
	used := map[Role]bool{RoleNone: true}
	for _, m := range AllMapped() {
		for _, src := range sources {
			if src.provider == m.Provider {
				used[MeaningOf(src.channels[0], m.Provider, m.EventID).Role] = true
				used[MeaningOf("ForwardedEvents", m.Provider, m.EventID).Role] = true
			}
		}
	}
	for r := range numRoles {
		back, ok := ParseRole(r.String())
		if !used[r] || !ok || back != r || (r.String() == "") != (r == RoleNone) {
			t.Errorf("role %d, %q: in the tables %t, reads back as %d", r, r, used[r], back)
		}
	}
	if _, ok := ParseRole("no such role"); ok || Role(250).String() != "" {
		t.Error("a role that is none has a name")
	}
}

func TestEverySourceNamesItsChannels(t *testing.T) {
	for _, src := range sources {
		if len(src.channels) == 0 {
			t.Errorf("%s has no channel", src.provider)
		}
		for _, m := range src.mappings {
			if d := definitionOf("ForwardedEvents", src.provider, m.id); d == generic || d.in("application") {
				t.Errorf("%s %d may stand in Application, or not in ForwardedEvents", src.provider, m.id)
			}
			if m.channel != "" && !strings.Contains(strings.Join(src.channels, "|"), m.channel) {
				t.Errorf("%s %d: %s is none of the provider's channels", src.provider, m.id, m.channel)
			}
		}
	}
	for s, want := range map[Source]string{SourceSysmon: "Microsoft-Windows-Sysmon/Operational",
		SourceSecurity: "Security", SourceEventLog: "", SourceOther: ""} {
		if got := s.Channel(); got != want {
			t.Errorf("%s writes to %q, want %q", s, got, want)
		}
		if want != "" && SourceOfChannel(strings.ToUpper(want)) != s {
			t.Errorf("%s is not of %s", want, s)
		}
	}
}
