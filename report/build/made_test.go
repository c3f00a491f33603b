package build_test

import (
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// Of an account that was renamed to the name of a computer, the advice says by its SID and its past which one is meant,
// and that the computer's own is another.
func TestAdviceSaysWhichAccountToDisable(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	name, _, _ := strings.Cut(reporttest.TestHost, ".")
	const sid = "S-1-5-21-1-2-3-1296"
	w.Security(4781, "09:00:00", "OldTargetUserName=PC-88$", "NewTargetUserName="+name, "TargetDomainName=CORP",
		"TargetSid="+sid, "SubjectUserSid=S-1-5-21-1-2-3-1105", "SubjectUserName=intruder", "SubjectDomainName=CORP",
		"SubjectLogonId=0x51111")
	w.Security(4673, "09:00:02", "SubjectUserSid="+sid, "SubjectUserName="+name, "SubjectDomainName=CORP",
		"SubjectLogonId=0x61111", "PrivilegeList=SeTcbPrivilege", `ProcessName=C:\x.exe`)
	r := w.Report(build.Options{}, rules.Options{}, "drawn.toml")
	for _, x := range r.Recommendations {
		if x.Kind != report.ActionReset {
			continue
		}
		for _, want := range []string{`(SID ` + sid + `; renamed from PC-88$ by CORP\intruder on `,
			"Do not take it for " + strings.ToUpper(name) + "$, the account of the computer "} {
			if !strings.Contains(x.Text, want) {
				t.Errorf("%s\nwant %q", x.Text, want)
			}
		}
		return
	}
	t.Errorf("%+v", r.Recommendations)
}
