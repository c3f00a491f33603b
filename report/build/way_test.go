package build_test

import (
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// desk and server are the two hosts of an intruder: he works on the one, and goes to the other over Remote Desktop.
const (
	wayDesk   = "WS-01.corp.example"
	wayServer = "SRV-02.corp.example"
	wayUser   = "S-1-5-21-1-2-3-1104"
)

// wayEvent is a record of a provider of remote access.
func wayEvent(provider, channel string, id uint16, host, at, user string) evtxtest.Event {
	return evtxtest.Event{Provider: provider, Channel: channel, Computer: host, EventID: id, Time: reporttest.When(at),
		UserID: user}
}

// waySession adds a record of LocalSessionManager.
func waySession(w *reporttest.World, id uint16, at string) {
	const log = "Microsoft-Windows-TerminalServices-LocalSessionManager"
	e := wayEvent(log, log+"/Operational", id, wayServer, at, "S-1-5-18")
	e.UserData = &evtxtest.UserData{Element: "EventXML", XMLNS: "Event_NS",
		Fields: reporttest.Pairs(`User=CORP\j.doe`, "SessionID=3", "Address=10.0.0.1")}
	w.Add(e.Channel, e)
}

// wayStation adds a record of a session that somebody left or came back to.
func wayStation(w *reporttest.World, id uint16, at string) {
	w.SecurityOn(wayServer, id, at, "AccountName=j.doe", "AccountDomain=CORP", "LogonID=0x222", "SessionName=RDP-Tcp#3",
		"ClientName=WS-01", "ClientAddress=10.0.0.1")
}

// wayInstall installs a service in a session.
func wayInstall(w *reporttest.World, host, at, logonID string) {
	w.SecurityOn(host, 4697, at, "SubjectUserSid="+wayUser, "SubjectUserName=j.doe", "SubjectDomainName=CORP",
		"SubjectLogonId="+logonID, "ServiceName=evil"+logonID, `ServiceFileName=C:\ProgramData\`+logonID+`.exe`,
		"ServiceType=0x10", "ServiceStartType=3", "ServiceAccount=LocalSystem")
}

// Each record that tells where a logon over Remote Desktop came from makes one incident of what the intruder did on
// both hosts, from the bytes of the logs on; without any, there are two.
func TestARecordOfWhereALogonCameFromJoinsTwoHosts(t *testing.T) {
	client := func(w *reporttest.World, id uint16, value string) {
		e := wayEvent("Microsoft-Windows-TerminalServices-ClientActiveXCore",
			"Microsoft-Windows-TerminalServices-RDPClient/Operational", id, wayDesk, "09:04:58", wayUser)
		e.Data = reporttest.Pairs("Name=Server", "Value="+value)
		w.Add(e.Channel, e)
	}
	for name, x := range map[string]struct {
		tell func(*reporttest.World)
		want bool
	}{
		"nothing":                              {func(*reporttest.World) {}, false},
		"LocalSessionManager 21":               {func(w *reporttest.World) { waySession(w, 21, "09:05:02") }, true},
		"LocalSessionManager 22":               {func(w *reporttest.World) { waySession(w, 22, "09:05:03") }, true},
		"LocalSessionManager 25":               {func(w *reporttest.World) { waySession(w, 25, "09:05:02") }, true},
		"LocalSessionManager 24":               {func(w *reporttest.World) { waySession(w, 24, "09:05:40") }, true},
		"LocalSessionManager 24 an hour later": {func(w *reporttest.World) { waySession(w, 24, "10:05:40") }, false},
		"Security 4778":                        {func(w *reporttest.World) { wayStation(w, 4778, "09:05:01") }, true},
		"Security 4779":                        {func(w *reporttest.World) { wayStation(w, 4779, "09:40:00") }, true},
		"RemoteConnectionManager 1149": {func(w *reporttest.World) {
			const log = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
			e := wayEvent(log, log+"/Operational", 1149, wayServer, "09:04:59", "S-1-5-20")
			e.UserData = &evtxtest.UserData{Element: "EventXML", XMLNS: "Event_NS",
				Fields: reporttest.Pairs("Param1=j.doe", "Param2=CORP", "Param3=10.0.0.1")}
			w.Add(e.Channel, e)
		}, true},
		"RDPClient 1024":                   {func(w *reporttest.World) { client(w, 1024, "SRV-02") }, true},
		"RDPClient 1024 to another server": {func(w *reporttest.World) { client(w, 1024, "SRV-03") }, false},
		"RDPClient 1102": {func(w *reporttest.World) {
			w.SecurityOn(wayDesk, 4624, "09:01:00", "SubjectUserSid=S-1-5-18", "SubjectUserName=WS-01$",
				"SubjectDomainName=CORP", "SubjectLogonId=0x3e7", "TargetUserSid=S-1-5-21-1-2-3-1200",
				"TargetUserName=bob", "TargetDomainName=CORP", "TargetLogonId=0x334", "LogonType=3",
				"WorkstationName=SRV-02", "IpAddress=10.0.0.2")
			client(w, 1102, "10.0.0.2")
		}, true},
		"Gateway 302": {func(w *reporttest.World) {
			const log = "Microsoft-Windows-TerminalServices-Gateway"
			e := wayEvent(log, log+"/Operational", 302, "GW-03.corp.example", "09:04:59", "S-1-5-20")
			e.UserData = &evtxtest.UserData{Element: "EventInfo", XMLNS: "aag",
				Fields: reporttest.Pairs(`Username=CORP\j.doe`, "IpAddress=10.0.0.1", "AuthType=NTLM",
					"Resource=srv-02.corp.example", "ConnectionProtocol=HTTP")}
			w.Add(e.Channel, e)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := reporttest.NewWorld(t)
			// somebody else's logon, whose client names itself, proves that the desk has this address
			w.SecurityOn(wayServer, 4624, "09:02:00", "SubjectUserSid=S-1-5-18", "SubjectUserName=SRV-02$",
				"SubjectDomainName=CORP", "SubjectLogonId=0x3e7", "TargetUserSid=S-1-5-21-1-2-3-1200",
				"TargetUserName=bob", "TargetDomainName=CORP", "TargetLogonId=0x333", "LogonType=3",
				"WorkstationName=WS-01", "IpAddress=10.0.0.1")
			w.Logon(wayDesk, "08:30:00", "j.doe", "0x111", "2", "-")
			wayInstall(w, wayDesk, "09:00:00", "0x111")
			w.Logon(wayServer, "09:05:00", "j.doe", "0x222", "10", "-")
			wayInstall(w, wayServer, "09:06:00", "0x222")
			x.tell(w)
			r := w.Report(build.Options{}, rules.Options{}, "service.toml")
			joined := slices.ContainsFunc(r.Incidents, func(i report.Incident) bool {
				return len(i.Hosts) == 2 && slices.ContainsFunc(i.Edges, func(e report.Edge) bool {
					return e.Kind == report.EdgeMovement && e.Strong && strings.Contains(e.Text, "j.doe")
				})
			})
			if joined != x.want || len(r.Incidents) != map[bool]int{true: 1, false: 2}[x.want] {
				t.Errorf("joined %t, want %t; %d incidents", joined, x.want, len(r.Incidents))
			}
		})
	}
}

// A record of WinRM makes a logon over the network a shell, as the edge between the hosts says.
func TestARecordOfWinRMSaysThatALogonOpenedAShell(t *testing.T) {
	for _, shell := range []bool{false, true} {
		w := reporttest.NewWorld(t)
		w.Logon(wayDesk, "08:30:00", "j.doe", "0x111", "2", "-")
		wayInstall(w, wayDesk, "09:00:00", "0x111")
		w.SecurityOn(wayServer, 4624, "09:05:00", "SubjectUserSid=S-1-0-0", "TargetUserSid="+wayUser,
			"TargetUserName=j.doe", "TargetDomainName=CORP", "TargetLogonId=0x222", "LogonType=3",
			"WorkstationName=WS-01", "IpAddress=10.0.0.1")
		wayInstall(w, wayServer, "09:06:00", "0x222")
		if shell {
			e := wayEvent("Microsoft-Windows-WinRM", "Microsoft-Windows-WinRM/Operational", 91, wayServer, "09:05:01",
				wayUser)
			e.Data = reporttest.Pairs("resourceUri=http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd")
			w.Add(e.Channel, e)
		}
		r := w.Report(build.Options{}, rules.Options{}, "service.toml")
		if len(r.Incidents) != 1 {
			t.Fatalf("%d incidents", len(r.Incidents))
		}
		said := slices.ContainsFunc(r.Incidents[0].Edges, func(e report.Edge) bool {
			return e.Kind == report.EdgeMovement && strings.Contains(e.Text, "WinRM")
		})
		if said != shell {
			t.Errorf("with WinRM's record %t: %+v", shell, r.Incidents[0].Edges)
		}
	}
}
