package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// Records can lack every time. What is found in them is reported, without a time: none of 1601, where FILETIME begins.
func TestRecordsWithoutTimesAreReportedWithoutTimes(t *testing.T) {
	dir := t.TempDir()
	text := evtxtest.Str
	security := func(id uint16, data ...evtxtest.Pair) evtxtest.Event {
		return evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", Computer: "WS1",
			EventID: id, Data: data}
	}
	bob := []evtxtest.Pair{text("SubjectUserName", "bob"), text("SubjectLogonId", "0x1234")}
	log := evtxtest.File(
		security(4624, text("TargetUserName", "bob"), text("TargetDomainName", "CORP"), text("LogonType", "10"),
			text("TargetLogonId", "0x1234"), text("IpAddress", "203.0.113.8")),
		security(4624, text("TargetUserName", "eve"), text("TargetDomainName", "CORP"), text("LogonType", "3"),
			text("TargetLogonId", "0x1235"), text("IpAddress", "10.0.0.7")),
		security(4648, append(bob, text("TargetUserName", "adm"), text("TargetServerName", "SRV1"))...),
		security(4720, append(bob, text("TargetUserName", "new$"), text("TargetSid", "S-1-5-21-1-2-3-1199"))...),
		security(4781, append(bob, text("OldTargetUserName", "new$"), text("NewTargetUserName", "DC1"),
			text("TargetSid", "S-1-5-21-1-2-3-1199"))...),
		security(4697, append(bob, text("ServiceName", "x"), text("ServiceFileName", `C:\Users\Public\x.exe`))...),
		security(4688, append(bob, text("NewProcessName", `C:\Windows\System32\vssadmin.exe`),
			text("NewProcessId", "0x50"),
			text("CommandLine", "vssadmin delete shadows /all /quiet"), text("ProcessId", "0x40"))...),
		security(1102))
	if err := os.WriteFile(filepath.Join(dir, "Security.evtx"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	evidence, out := filepath.Join(dir, "Security.evtx"), func(name string) string { return filepath.Join(dir, name) }
	code, shown, errs := hunt(t, "--evtx", evidence, "--report", out("r.json"), "--report", out("r.html"), "--report",
		out("r.xlsx"), "--stix", out("r.stix"))
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	_, tree, _ := hunt(t, "tree", "--evtx", evidence)
	_, logons, _ := hunt(t, "logons", "--evtx", evidence)
	if !bytes.Contains(mustRead(t, out("r.json")), []byte(`"incident":"I-`)) {
		t.Error("nothing is found")
	}
	for name, b := range map[string][]byte{"terminal": []byte(shown), "tree": []byte(tree), "logons": []byte(logons),
		"JSON": mustRead(t, out("r.json")), "HTML": mustRead(t, out("r.html")), "STIX": mustRead(t, out("r.stix"))} {
		if at := bytes.Index(b, []byte("1601-")); at >= 0 {
			t.Errorf("%s: %.120s", name, b[max(0, at-60):])
		}
	}
	if code, shown, errs = hunt(t, "verify", out("r.json"), "--evtx", evidence, "--rerun"); code != exit.OK {
		t.Error(code, shown, errs)
	}
}
