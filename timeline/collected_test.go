package timeline

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// nothing is a visitor that keeps nothing.
type nothing struct{}

func (nothing) Visit(*ecs.Event, evtx.Filetime) {}

// sample reads a log of the project's samples, whose host is WS-FIN-07.corp.example.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(
		"../samples/scenario-1-uri-handler/attack/WS-FIN-07/C/Windows/System32/winevt/logs", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const kapeConsole = "\ufeff[2026-03-12 10:00:59.6012345 | INF] KAPE directory: C:\\Tools\\KAPE\r\n" +
	"[2026-03-12 10:00:59.6023456 | INF] KAPE version 1.3.0.2, Author: Eric Zimmerman\r\n" +
	"[2026-03-12 10:00:59.6023456 | INF] Command line:   --tsource %s --tdest D:\\out\\%%m --target EventLogs " +
	"--vss\r\n" +
	"[2026-03-12 10:00:59.6034567 | INF] System info: Machine name: %s, 64-bit: true, User: responder OS: " +
	"\"Windows10\" (10.0.19045)\r\n"

func TestTheLayoutOfACollectionSupportsTheHostsName(t *testing.T) {
	const sysmonLog = "Microsoft-Windows-Sysmon%4Operational.evtx"
	security, sysmon := sample(t, "Security.evtx"), sample(t, sysmonLog)
	dir := t.TempDir()
	write(t, dir, "WS-FIN-07/2026-03-12T09_00_59_5246365_ConsoleLog.txt",
		fmt.Appendf(nil, kapeConsole, "C:", "WS-FIN-07"))
	for _, name := range []string{
		"C/Windows/System32/winevt/logs/Security.evtx", "VSS1/Windows/System32/winevt/logs/Security.evtx",
		"C/VSS12/Windows/System32/winevt/logs/Security.evtx",
		"C/Windows.old/Windows/System32/winevt/logs/Security.evtx",
		"C/Windows/System32/winevt/logs/Archive-Security-2026-03-01-10-00-00-000.evtx",
	} {
		write(t, dir, "WS-FIN-07/"+name, security)
	}
	write(t, dir, "WS-FIN-07/C/Windows/System32/winevt/logs/"+sysmonLog, sysmon)
	write(t, dir, "elsewhere/stray.evtx", sysmon)
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 1 || c.Hosts.All[0].ID != "ws-fin-07.corp.example" {
		t.Fatalf("hosts %v", c.Hosts.All)
	}
	why := strings.Join(c.Hosts.All[0].Why(), "\n")
	for _, want := range []string{"shadow copies (2 files)", "Windows.old (1 file)", "archived logs (1 file)",
		"it ran on WS-FIN-07"} {
		if !strings.Contains(why, want) {
			t.Errorf("the reasons lack %q:\n%s", want, why)
		}
	}
	if n := c.Records.Duplicate; n != 4*29+49 {
		t.Errorf("%d duplicates, want the 29 records of four copies and the 49 of the stray log", n)
	}
}

func TestACollectorThatRanElsewhereGivesNoName(t *testing.T) {
	for name, record := range map[string][]byte{
		"2026-03-12T090059_ConsoleLog.txt": fmt.Appendf(nil, kapeConsole, "F:", "EXAMINER-PC"),
	} {
		dir := t.TempDir()
		write(t, dir, name, record)
		write(t, dir, "F/Windows/System32/winevt/logs/Security.evtx", sample(t, "Security.evtx"))
		c, _ := scan(t, ScanOptions{}, dir)
		if len(c.Hosts.All) != 1 || c.Hosts.All[0].ID != "ws-fin-07.corp.example" ||
			!strings.Contains(strings.Join(c.Hosts.All[0].Why(), " "),
				"the machine that the copy was made on, not this one") {
			t.Errorf("hosts %+v", c.Hosts.All[0])
		}
	}
}

func TestVelociraptorsRecordsAgreeWithTheLogs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "client_info.json", []byte(`{"Hostname":"WS-FIN-07","Fqdn":"WS-FIN-07.corp.example","OS":"windows"}`))
	write(t, dir, "uploads/auto/C%3A/Windows/System32/winevt/Logs/Security.evtx", sample(t, "Security.evtx"))
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 1 ||
		!strings.Contains(strings.Join(c.Hosts.All[0].Why(), " "), "it ran on WS-FIN-07.corp.example") {
		t.Errorf("hosts %+v", c.Hosts.All[0].Why())
	}
}

// zipOf packs logs under names.
func zipOf(t testing.TB, names []string, logs ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(logs[i])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOfATruncatedArchiveWhatItHoldsIsScanned(t *testing.T) {
	first := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	var events []evtxtest.Event
	for i := range 200 {
		events = append(events, security4688("WS2", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50,
			fmt.Sprintf(`C:\%x.exe`, sha256.Sum256([]byte{byte(i)})), ""))
	}
	archive := zipOf(t, []string{"a.evtx", "b.evtx"}, first, evtxtest.File(events...))
	dir := t.TempDir()
	write(t, dir, "x.zip", archive[:len(archive)*8/10])
	c, _ := scan(t, ScanOptions{}, dir)
	var status []string
	for _, f := range c.Files {
		status = append(status, f.Path+" "+string(f.Status))
	}
	if want := []string{"x.zip damaged", "x.zip!/a.evtx read", "x.zip!/b.evtx damaged"}; !slices.Equal(status, want) {
		t.Errorf("%q, want %q", status, want)
	}
	if h := c.Hosts.Named("WS2"); h == nil || h.Records < 20 || h.Records >= 200 {
		t.Errorf("host of the cut log: %+v", h)
	}
	if !slices.ContainsFunc(c.Damage, func(d evtx.Damage) bool {
		return strings.Contains(d.Detail, "the archive ends here")
	}) {
		t.Errorf("no damage says that the archive ends: %+v", c.Damage)
	}
}

func TestABombCostsOnlyItself(t *testing.T) {
	bomb := append(evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")), make([]byte, 256<<20)...)
	good := evtxtest.File(security4688("WS2", noon, 100, 50, `C:\a.exe`, ""))
	dir := t.TempDir()
	write(t, dir, "x.zip", zipOf(t, []string{"bomb.evtx", "good.evtx"}, bomb, good))
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 2 {
		t.Errorf("%d hosts, want the good log's and the start of the other's", len(c.Hosts.All))
	}
	if !slices.ContainsFunc(c.Damage, func(d evtx.Damage) bool { return strings.Contains(d.Detail, "archive bomb") }) {
		t.Errorf("no damage says that it is a bomb: %+v", c.Damage)
	}
}

func TestAFileThatIsGoneWhenItIsScannedIsUnreadable(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.evtx", "b.evtx"} {
		write(t, dir, name, evtxtest.File(security4688(name[:1], noon, 100, 50, `C:\a.exe`, "")))
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a.evtx")); err != nil {
		t.Fatal(err)
	}
	c, err := Scan(t.Context(), col, ScanOptions{Clock: ledger.ClockCreated}, func() Visitor { return nothing{} })
	if err != nil {
		t.Fatal(err)
	}
	if c.Files[0].Status != evidence.Unreadable || c.Files[1].Status != evidence.Read {
		t.Errorf("%s, %s", c.Files[0].Status, c.Files[1].Status)
	}
	if col.Files[0].Status != evidence.Read {
		t.Error("the scan changed the evidence")
	}
}
