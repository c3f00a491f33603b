package timeline

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// sysmonStart is a Sysmon 1.
func sysmonStart(computer string, at time.Time, guid, parentGUID string, pid, ppid uint32, image,
	parent string) evtxtest.Event {
	return evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", GUID: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
		Channel:  "Microsoft-Windows-Sysmon/Operational",
		Computer: computer, EventID: 1, Version: 5, Level: 4, Task: 1, Keywords: 0x8000000000000000, Time: at,
		UserID: "S-1-5-18",
		Data: []evtxtest.Pair{
			evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000")),
			{Name: "ProcessGuid", Value: evtxtest.GUID(guid)}, {Name: "ProcessId", Value: evtxtest.Uint32(pid)},
			evtxtest.Str("Image", image), evtxtest.Str("CommandLine", `"`+image+`"`),
			evtxtest.Str("User", `CORP\alice`),
			{Name: "ParentProcessGuid", Value: evtxtest.GUID(parentGUID)},
			{Name: "ParentProcessId", Value: evtxtest.Uint32(ppid)},
			evtxtest.Str("ParentImage", parent),
		},
	}
}

// security4688 is a Security 4688; parent "" is what Windows before 10 writes.
func security4688(computer string, at time.Time, pid, ppid uint64, image, parent string) evtxtest.Event {
	e := evtxtest.Event{
		Provider: "Microsoft-Windows-Security-Auditing", GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
		Channel:  "Security",
		Computer: computer, EventID: 4688, Version: 2, Task: 13312, Keywords: 0x8020000000000000, Time: at,
		Data: []evtxtest.Pair{
			evtxtest.Str("SubjectUserSid", "S-1-5-21-1-2-3-1001"), evtxtest.Str("SubjectUserName", "alice"),
			evtxtest.Str("SubjectDomainName", "CORP"),
			{Name: "NewProcessId", Value: evtxtest.Hex64(pid)}, evtxtest.Str("NewProcessName", image),
			{Name: "ProcessId", Value: evtxtest.Hex64(ppid)},
		},
	}
	if parent != "" {
		e.Data = append(e.Data, evtxtest.Str("ParentProcessName", parent))
	}
	return e
}

// write puts a file into dir.
func write(t testing.TB, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
