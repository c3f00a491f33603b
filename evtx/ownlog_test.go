package evtx_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// ownLogs returns the names of the logs that every clone has: the samples, and those of testdata.
func ownLogs(t testing.TB) (names []string) {
	t.Helper()
	for _, dir := range []string{"../samples", "testdata"} {
		err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".evtx") {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 40 {
		t.Fatalf("%d logs in the repository, want 40 or more", len(names))
	}
	return names
}

// onLogs runs a test on the logs that every clone has, and again on the corpus where there is one.
func onLogs(t *testing.T, test func(t *testing.T, names []string)) {
	t.Run("own logs", func(t *testing.T) { test(t, ownLogs(t)) })
	t.Run("corpus", func(t *testing.T) {
		dir := corpusDir(t)
		var names []string
		for _, f := range corpusFiles(t, dir) {
			names = append(names, filepath.Join(dir, f.Path))
		}
		test(t, names)
	})
}

// readLog returns the bytes of a log.
func readLog(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// openLog opens a log that is held in memory.
func openLog(t testing.TB, raw []byte) *evtx.File {
	t.Helper()
	f, err := evtx.NewFile(bytes.NewReader(raw), int64(len(raw)), 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sysmonEvent is the n-th of the events that sysmonLog holds: process starts, accesses, files, and
// values of the registry, as Sysmon writes them.
func sysmonEvent(n int) evtxtest.Event {
	at := evtxtest.VectorTime.Add(time.Duration(n) * 1500 * time.Millisecond)
	process := func(i int) evtxtest.Value {
		return evtxtest.GUID(fmt.Sprintf("{A98268C1-9C2E-5ACD-0000-0010396C%04X}", i))
	}
	image := fmt.Sprintf(`C:\Program Files\Contoso\Agent %d\agent.exe`, n)
	utc := evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000"))
	e := evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon", GUID: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
		Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "ws01.corp.example",
		Version: 5, Level: 4, Keywords: 0x8000000000000000, ProcessID: 2340, ThreadID: 3380,
		UserID: "S-1-5-18", Time: at,
	}
	switch n % 5 {
	case 0:
		e.EventID, e.Task = 1, 1
		e.Data = []evtxtest.Pair{
			utc, {Name: "ProcessGuid", Value: process(n)}, {Name: "ProcessId",
				Value: evtxtest.Uint32(uint32(1000 + n))},
			evtxtest.Str("Image", image), evtxtest.Str("CommandLine", `"`+image+`" --run `+strings.Repeat("a", n)),
			evtxtest.Str("User", `CORP\anna`), evtxtest.Str("ParentImage", `C:\Windows\explorer.exe`),
		}
	case 1:
		e.EventID, e.Task = 10, 10
		e.Data = []evtxtest.Pair{
			utc, {Name: "SourceProcessGUID", Value: process(n)}, evtxtest.Str("SourceImage", image),
			evtxtest.Str("TargetImage", `C:\Windows\system32\lsass.exe`),
			{Name: "GrantedAccess", Value: evtxtest.Hex32(0x1410)},
		}
	case 2:
		e.EventID, e.Task = 11, 11
		e.Data = []evtxtest.Pair{
			utc, {Name: "ProcessGuid", Value: process(n)}, evtxtest.Str("Image", image),
			evtxtest.Str("TargetFilename", `C:\Users\anna\Downloads\résumé.pdf`),
		}
	case 3:
		e.EventID, e.Task = 12, 12
		e.Data = []evtxtest.Pair{
			utc, evtxtest.Str("EventType", "CreateKey"), {Name: "ProcessGuid", Value: process(n)},
			evtxtest.Str("TargetObject", `HKLM\System\CurrentControlSet\Services\agent`),
		}
	default:
		e.EventID, e.Task = 13, 13
		e.Data = []evtxtest.Pair{
			utc, evtxtest.Str("EventType", "SetValue"), {Name: "ProcessGuid", Value: process(n)},
			evtxtest.Str("TargetObject", `HKLM\System\CurrentControlSet\Services\agent\Start`),
			evtxtest.Str("Details", "DWORD (0x00000002)"),
		}
	}
	return e
}

// sysmonLog returns a log of one chunk with n events of five kinds, and where each stands.
func sysmonLog(t testing.TB, n int) ([]byte, []evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	for i := range n {
		l.Add(sysmonEvent(i))
	}
	raw, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) != evtx.FileHeaderSize+evtx.ChunkSize {
		t.Fatalf("%d bytes, want one chunk", len(raw))
	}
	return raw, l.Placed()
}

// sysmonChunk returns a chunk of 50 records, with the offset and the id of each.
func sysmonChunk(t testing.TB) (chunk []byte, offsets []int, ids []uint64) {
	t.Helper()
	raw, placed := sysmonLog(t, 50)
	for _, p := range placed {
		offsets = append(offsets, int(p.Offset-evtx.FileHeaderSize))
		ids = append(ids, p.HeaderID)
	}
	return raw[evtx.FileHeaderSize:], offsets, ids
}
