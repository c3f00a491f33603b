package evidence

import (
	"archive/zip"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample reads a log of the project's samples, whose host is WS-FIN-07.corp.example.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(
		"../../samples/scenario-1-uri-handler/attack/WS-FIN-07/C/Windows/System32/winevt/logs", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const sysmonLog = "Microsoft-Windows-Sysmon%4Operational.evtx"

func bySuffix(t testing.TB, c *Collection, suffix string) *File {
	t.Helper()
	for _, f := range c.Files {
		if strings.HasSuffix(f.Path, suffix) {
			return f
		}
	}
	t.Fatalf("no file ends in %s", suffix)
	return nil
}

const kapeConsole = "\ufeff[2026-03-12 10:00:59.6012345 | INF] KAPE directory: C:\\Tools\\KAPE\r\n" +
	"[2026-03-12 10:00:59.6023456 | INF] KAPE version 1.3.0.2, Author: Eric Zimmerman\r\n" +
	"[2026-03-12 10:00:59.6023456 | INF] Command line:   --tsource %s --tdest D:\\out\\%%m --target EventLogs " +
	"--vss\r\n" +
	"[2026-03-12 10:00:59.6034567 | INF] System info: Machine name: %s, 64-bit: true, User: responder OS: " +
	"\"Windows10\" (10.0.19045)\r\n"

func TestAKAPETreeSaysWhatEachLogIsAndWhoCollectedIt(t *testing.T) {
	security, sysmon := sample(t, "Security.evtx"), sample(t, sysmonLog)
	dir := t.TempDir()
	write(t, dir, "WS-FIN-07/2026-03-12T09_00_59_5246365_ConsoleLog.txt",
		fmt.Appendf(nil, kapeConsole, "C:", "WS-FIN-07"))
	write(t, dir, "WS-FIN-07/2026-03-12T09_00_59_5246365_CopyLog.csv",
		[]byte("\ufeffCopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy,"+
			"CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration\r\n"+
			`2026-03-12 09:01:02.1,C:\Windows\System32\winevt\Logs\Security.evtx,D:\out\x,1,AA,True,x,x,x,x`+"\r\n"+
			`2026-03-12 09:01:03.1,C:\Windows\System32\config\SYSTEM,D:\out\y,1,AA,True,x,x,x,x`+"\r\n"))
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
	c, _ := collectIn(t, Options{}, dir)
	for suffix, source := range map[string]string{
		"07/C/Windows/System32/winevt/logs/Security.evtx":   "live log of C:",
		"VSS1/Windows/System32/winevt/logs/Security.evtx":   "log, from shadow copy 1",
		"/VSS12/Windows/System32/winevt/logs/Security.evtx": "log of C:, from shadow copy 12",
		"Windows.old/Windows/System32/winevt/logs/Security.evtx": "log of C:, of the previous installation " +
			"(Windows.old)",
		"Archive-Security-2026-03-01-10-00-00-000.evtx": "archived log of C:",
	} {
		f := bySuffix(t, c, suffix)
		if f.Source != source {
			t.Errorf("%s: source %q, want %q", suffix, f.Source, source)
		}
		if want := "KAPE 1.3.0.2 on WS-FIN-07, Windows10 10.0.19045, 2026-03-12T09:00:59Z, by " +
			"responder"; f.Collected != want {
			t.Errorf("%s: collected %q, want %q", suffix, f.Collected, want)
		}
	}
	if f := bySuffix(t, c, "stray.evtx"); f.Collected != "" || f.Source != "" {
		t.Errorf("a log outside the collection: %q, %q", f.Source, f.Collected)
	}
	if a := c.Acquisitions; len(a) != 1 || a[0].Listed != 1 || a[0].Place != "WS-FIN-07" || a[0].Elsewhere {
		t.Errorf("acquisitions %+v", a)
	}
}

func TestKAPERunElsewhereGivesNoName(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "2026-03-12T090059_ConsoleLog.txt", fmt.Appendf(nil, kapeConsole, "F:", "EXAMINER-PC"))
	write(t, dir, "F/Windows/System32/winevt/logs/Security.evtx", sample(t, "Security.evtx"))
	c, _ := collectIn(t, Options{}, dir)
	f := c.Files[0]
	if !strings.Contains(f.Collected, "KAPE 1.3.0.2 on EXAMINER-PC") ||
		!strings.HasSuffix(f.Collected, "from another disk than that machine's own") {
		t.Errorf("collected %q", f.Collected)
	}
}

// velociraptor is the container of an offline collector.
func velociraptor(t testing.TB) []byte {
	security := sample(t, "Security.evtx")
	return zipOf(t, zip.Deflate,
		member{"client_info.json",
			[]byte(`{"Hostname":"WS-FIN-07","Uptime":4711,"BootTime":1773300000,"OS":"windows","Platform":"Microsoft Windows 11 Pro","PlatformVersion":"23H2","Fqdn":"WS-FIN-07.corp.example","Architecture":"amd64"}`)},
		member{"collection_context.json",
			[]byte(`{"session_id":"F.CRS2A7T0G1","client_id":"C.0123456789abcdef","create_time":1773306059000000000,"request":{"creator":"alice","artifacts":["Windows.KapeFiles.Targets"]},"state":2}`)},
		member{"uploads.json", []byte(
			`{"Timestamp":"2026-03-12T09:01:00Z","vfs_path":"C:\\Windows\\System32\\winevt\\Logs\\Security.evtx","file_size":1}` + "\n" + `{"vfs_path":"C:\\$MFT"}` + "\n")},
		member{"log.json", []byte(
			`{"_ts":1773306060,"client_time":1773306060,"level":"ERROR","message":"cannot open"}` + "\n")},
		member{"results/Windows.KapeFiles.Targets%2FUploads.json", []byte("{}")},
		member{"uploads/auto/C%3A/Windows/System32/winevt/Logs/Security.evtx", security},
		member{"uploads/ntfs/%5C%5C.%5CC%3A/Windows/System32/winevt/Logs/" + strings.ReplaceAll(sysmonLog, "%", "%25"),
			sample(t, sysmonLog)},
		member{"uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/Windows/System32/winevt/" +
			"Logs/Security.evtx", security},
	)
}

func TestAVelociraptorCollectionSaysWhoCollectedIt(t *testing.T) {
	container := velociraptor(t)
	dir := t.TempDir()
	write(t, dir, "plain/Collection-WS.zip", container)
	write(t, dir, "locked/Collection-WS.zip", aesZip(t, "data.zip", container, "pass phrase"))
	for _, place := range []string{"plain", "locked"} {
		t.Run(place, func(t *testing.T) {
			col, _ := collectIn(t, Options{Passwords: []string{"pass phrase"}}, filepath.Join(dir, place))
			in := "in zip"
			if place == "locked" {
				in = "in zip within encrypted zip"
				if !strings.HasPrefix(col.Files[0].Path, "Collection-WS.zip!/data.zip!/uploads/") {
					t.Errorf("path %s", col.Files[0].Path)
				}
				if memory, disk := col.copies.Held(); memory+disk != 0 {
					t.Error("the container was copied: a stored encrypted member can be read in place")
				}
			}
			for suffix, source := range map[string]string{
				"/auto/C%3A/Windows/System32/winevt/Logs/Security.evtx": "live log of C:; " + in,
				"%5C%5C.%5CC%3A/Windows/System32/winevt/Logs/Microsoft-Windows-" +
					"Sysmon%254Operational.evtx": "live log of C:; " + in,
				"ShadowCopy3/Windows/System32/winevt/Logs/" +
					"Security.evtx": "log, from shadow copy 3; " + in,
			} {
				f := bySuffix(t, col, suffix)
				want := "Velociraptor on WS-FIN-07.corp.example, Microsoft Windows 11 Pro 23H2, " +
					"2026-03-12T09:00:59Z, by alice, flow F.CRS2A7T0G1, client C.0123456789abcdef"
				if f.Status != Read || f.Source != source || f.Collected != want {
					t.Errorf("%s: %s\n%q, want\n%q\n%q, want\n%q", suffix, f.Status, f.Source, source,
						f.Collected, want)
				}
			}
			if a := col.Acquisitions; len(a) != 1 || a[0].Listed != 1 || a[0].Errors != 1 ||
				a[0].Command != "Windows.KapeFiles.Targets" {
				t.Errorf("acquisitions %+v", a)
			}
		})
	}
}

func TestAFileThatOnlyHasTheNameOfARecordSaysNothing(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"client_info.json": `["x"]`, "collection_context.json": "{}",
		"log.json": `{"level":"info"}`, "uploads.json": "\x00\x01",
		"x_ConsoleLog.txt": "hello", "y_CopyLog.csv": "a,b\n"} {
		write(t, dir, name, []byte(text))
	}
	write(t, dir, "Security.evtx", sample(t, "Security.evtx"))
	col, _ := collectIn(t, Options{}, dir)
	if len(col.Acquisitions) != 0 || col.Files[0].Acquisition != nil || col.Files[0].Collected != "" {
		t.Errorf("acquisitions %+v", col.Acquisitions)
	}
	if col.Ignored != 6 {
		t.Errorf("%d files ignored, want 6", col.Ignored)
	}
}

// aesZip writes one stored member under WinZip AES-256 (AE-2), as Velociraptor does. The format's vectors from other
// tools are in testdata/archives.
func aesZip(t testing.TB, name string, body []byte, password string) []byte {
	t.Helper()
	salt := []byte("0123456789abcdef")
	keys, err := pbkdf2.Key(sha1.New, password, salt, 1000, 66)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		t.Fatal(err)
	}
	sealed := slices.Clone(body)
	for i := 0; i < len(sealed); i += 16 {
		var counter, stream [16]byte
		binary.LittleEndian.PutUint64(counter[:], uint64(i/16+1))
		block.Encrypt(stream[:], counter[:])
		for j := i; j < min(i+16, len(sealed)); j++ {
			sealed[j] ^= stream[j-i]
		}
	}
	mac := hmac.New(sha1.New, keys[32:64])
	mac.Write(sealed)
	data := slices.Concat(salt, keys[64:66], sealed, mac.Sum(nil)[:10])
	le := binary.LittleEndian
	extra := []byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3, 0, 0}
	common := le.AppendUint16(nil, 51)
	common = le.AppendUint16(common, 1) // encrypted
	common = le.AppendUint16(common, 99)
	common = le.AppendUint32(common, 0) // time
	common = le.AppendUint32(common, 0) // AE-2: no CRC
	common = le.AppendUint32(common, uint32(len(data)))
	common = le.AppendUint32(common, uint32(len(body)))
	common = le.AppendUint16(common, uint16(len(name)))
	common = le.AppendUint16(common, uint16(len(extra)))
	local := slices.Concat([]byte("PK\x03\x04"), common, []byte(name), extra, data)
	central := slices.Concat([]byte("PK\x01\x02\x33\x00"), common, make([]byte, 10), make([]byte, 4),
		[]byte(name), extra)
	end := []byte("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00")
	end = le.AppendUint32(end, uint32(len(central)))
	end = le.AppendUint32(end, uint32(len(local)))
	return slices.Concat(local, central, end, []byte{0, 0})
}

func TestAContainerForAServersCertificateSaysHowToOpenIt(t *testing.T) {
	locked := aesZip(t, "data.zip", velociraptor(t), "unknown")
	// metadata.json stands before data.zip: a second archive of one member, joined by hand.
	le := binary.LittleEndian
	plain := zipOf(t, zip.Store,
		member{"metadata.json", []byte(`[{"EncryptedPass":"AAAA","Scheme":"X509","PublicKey":"x"}]`)})
	cut := func(b []byte) (body, directory []byte) {
		end := b[len(b)-22:]
		at, n := le.Uint32(end[16:]), le.Uint32(end[12:])
		return b[:at], slices.Clone(b[at : at+n])
	}
	body1, dir1 := cut(plain)
	body2, dir2 := cut(locked)
	le.PutUint32(dir2[42:], uint32(len(body1)))
	end := []byte("PK\x05\x06\x00\x00\x00\x00\x02\x00\x02\x00")
	end = le.AppendUint32(end, uint32(len(dir1)+len(dir2)))
	end = le.AppendUint32(end, uint32(len(body1)+len(body2)))
	dir := t.TempDir()
	write(t, dir, "Collection.zip", slices.Concat(body1, body2, dir1, dir2, end, []byte{0, 0}))
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail,
		"1 of 2 members (WinZip AES), the first of them data.zip: encrypted; give its password with "+
			"--password-file; its password is in metadata.json, encrypted (X509)") {
		t.Errorf("%q %s", list, col.Files[0].Detail)
	}
}
