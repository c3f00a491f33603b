package build_test

import (
	"slices"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// A service belongs to whom its record names, if the session of that account is in no log, not to whoever else logged
// on over the network before.
func TestAServiceBelongsToTheAccountOfItsRecord(t *testing.T) {
	const bob = "S-1-5-21-1-2-3-1200"
	security := func(logonID string, subject ...string) func(*reporttest.World) {
		return func(w *reporttest.World) {
			w.Security(4697, "09:00:05", append(subject, "SubjectLogonId="+logonID, "ServiceName=evil",
				`ServiceFileName=C:\ProgramData\evil.exe`, "ServiceType=0x10", "ServiceStartType=3",
				"ServiceAccount=LocalSystem")...)
		}
	}
	system := func(user string) func(*reporttest.World) {
		return func(w *reporttest.World) {
			w.Add("System", evtxtest.Event{Provider: "Service Control Manager",
				GUID: "{555908D1-A6D7-4695-8E1E-26931D2012F4}", Channel: "System", EventID: 7045,
				Time: reporttest.When("09:00:05"), UserID: user,
				Data: reporttest.Pairs("ServiceName=evil", `ImagePath=C:\ProgramData\evil.exe`,
					"ServiceType=user mode service", "StartType=demand start", "AccountName=LocalSystem")})
		}
	}
	for name, x := range map[string]struct {
		install  func(*reporttest.World)
		presumed bool
	}{
		"4697 of another account": {security("0x999", "SubjectUserSid="+bob, "SubjectUserName=bob",
			"SubjectDomainName=CORP"), false},
		"4697 of the system": {security("0x3e7", "SubjectUserSid=S-1-5-18", "SubjectUserName=WS-01$",
			"SubjectDomainName=CORP"), false},
		"7045 of another account": {system(bob), false},
		"7045 of nobody":          {system(""), true},
		"7045, and a logon from nowhere": {func(w *reporttest.World) {
			w.Logon(reporttest.TestHost, "09:00:02", "j.doe", "0x222", "3", "-")
			system("")(w)
		}, false},
		"7045, and the host's own logon": {func(w *reporttest.World) {
			w.Logon(reporttest.TestHost, "09:00:02", "WS-01$", "0x222", "3", "::1")
			system("")(w)
		}, true},
		"7045, and another machine": {func(w *reporttest.World) {
			w.Logon(reporttest.TestHost, "09:00:02", "DC-01$", "0x222", "3", "10.0.0.2")
			system("")(w)
		}, false},
		"7045 of the system": {system("S-1-5-18"), true},
	} {
		t.Run(name, func(t *testing.T) {
			w := reporttest.NewWorld(t)
			w.Logon(reporttest.TestHost, "09:00:00", "alice", "0x111", "3", "10.0.0.9")
			x.install(w)
			r := w.Report(build.Options{}, rules.Options{}, "service.toml")
			if len(r.Incidents) != 1 {
				t.Fatalf("%d incidents", len(r.Incidents))
			}
			i := r.Incidents[0]
			if got := slices.Contains(i.Accounts, `CORP\alice`) && len(i.Assumed) > 0; got != x.presumed {
				t.Errorf("presumed %v: accounts %q, assumed %q", got, i.Accounts, i.Assumed)
			}
		})
	}
}
