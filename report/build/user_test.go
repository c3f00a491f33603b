package build_test

import (
	"testing"

	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// The user of a finding is called as the account is everywhere in the report, however the record spells it.
func TestTheUserOfAFindingIsFoldedBySID(t *testing.T) {
	w := reporttest.NewWorld(t)
	for host, domain := range map[string]string{"srv-1": "CORP", "srv-2": "CORP.EXAMPLE"} {
		w.SecurityOn(host, 4697, "09:00:05", "SubjectUserSid=S-1-5-21-1-2-3-1200", "SubjectUserName=alice",
			"SubjectDomainName="+domain, "SubjectLogonId=0x999", "ServiceName=evil",
			`ServiceFileName=C:\ProgramData\evil.exe`, "ServiceType=0x10", "ServiceStartType=3",
			"ServiceAccount=LocalSystem")
	}
	r := w.Report(build.Options{}, rules.Options{}, "service.toml")
	if len(r.Findings) != 2 {
		t.Fatalf("%d findings", len(r.Findings))
	}
	for _, f := range r.Findings {
		if f.User != `CORP\alice` {
			t.Errorf("on %s: %s", f.Host, f.User)
		}
	}
}
