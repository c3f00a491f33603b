package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// attackLog is a log of three chunks; the start of a program by a browser, which the shipped rules find, is in the
// second.
func attackLog(t *testing.T) []byte {
	t.Helper()
	at := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	var l evtxtest.Log
	for i := range 30 {
		if i%10 == 0 {
			l.Break()
		}
		image, parent := `C:\Windows\System32\svchost.exe`, `C:\Windows\System32\services.exe`
		if i == 15 {
			image, parent = `C:\Windows\System32\mshta.exe`, `C:\Program Files\Google\Chrome\Application\chrome.exe`
		}
		l.Add(evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", GUID: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
			Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "ws01", EventID: 1,
			Time: at.Add(time.Duration(i) * time.Second),
			Data: []evtxtest.Pair{evtxtest.Str("UtcTime",
				at.Add(time.Duration(i)*time.Second).Format("2006-01-02 15:04:05.000")), evtxtest.Str("Image", image),
				evtxtest.Str("CommandLine", image+` C:\Users\a\Downloads\one.hta`), evtxtest.Str("ParentImage", parent),
				evtxtest.Str("ParentCommandLine", parent)}})
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A log without its head, or with something before or in it, is found, read, reported and verified, by one run and by
// shards.
func TestALogWithoutItsHeadIsReadAndVerified(t *testing.T) {
	whole := attackLog(t)
	zeroed := bytes.Clone(whole)
	clear(zeroed[:4096+65536])
	for name, c := range map[string]struct {
		file []byte
		as   string
	}{
		"no header": {whole[4096:], "vacb"}, "header and first chunk zeroed": {zeroed, "Security.evtx"},
		"three sectors before it":  {slices.Concat(bytes.Repeat([]byte("junk"), 384), whole), "x.bin"},
		"a line of text before it": {slices.Concat([]byte("From: a@b\r\n\r\n"), whole), "mail.txt"},
		"odd bytes before it":      {slices.Concat(bytes.Repeat([]byte("junk "), 999), whole[4096:]), "Security.evtx"},
		"odd bytes within it":      {slices.Concat(whole[:4096+65536], make([]byte, 77), whole[4096+65536:]), "b.evtx"},
		"a sector within it": {slices.Concat(whole[:4096+65536], make([]byte, 512), whole[4096+65536:]),
			"a.evtx"},
	} {
		dir := t.TempDir()
		in := func(s string) string { return filepath.Join(dir, s) }
		if err := os.Mkdir(in("e"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in("e"), c.as), c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := hunt(t, "--evtx", in("e"), "--report", in("one.json")); code != exit.Incomplete {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
			continue
		}
		report := mustRead(t, in("one.json"))
		if !bytes.Contains(report, []byte("mshta.exe")) ||
			!bytes.Contains(bytes.ReplaceAll(report, []byte(" "), nil), []byte(`"loses_records":true`)) {
			t.Errorf("%s: not found, or no damage told", name)
		}
		if code, stdout, stderr := hunt(t, "verify", in("one.json"), "--evtx", in("e")); code != 0 ||
			!strings.Contains(stdout, "golang-evtx agrees") {
			t.Errorf("%s: verify: exit code %d: %s %s", name, code, stdout, stderr)
		}
		hunt(t, "scan", "--evtx", in("e"), "--out", in("shards"))
		hunt(t, "merge", in("shards"), "--report", in("merged.json"))
		if !bytes.Equal(report, mustRead(t, in("merged.json"))) {
			t.Errorf("%s: one run and a merge differ", name)
		}
	}
}

func TestRefusedFilesSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a.xml":  {"<Event xmlns=\"x\">", "wevtutil epl"},
		"b.evtx": {"\xff\xfe<\x00?\x00x\x00m\x00l\x00", "XML"},
		"c.json": {"\n {\"Event\":{}}\n", "hunt query --ndjson"},
		"d.csv":  {"Level,Date and Time,Source\n", "CSV"},
		"e.evt":  {"\x30\x00\x00\x00LfLe\x01\x00\x00\x00", "/lf:true"},
		"f.evtx": {strings.Repeat("\x00", 70_000), "carve-raw"},
		"g.evtx": {"ElfFile\x00" + strings.Repeat("\x00", 90), "file ends after 98 of the 4096 bytes of its header"},
		"h.evtx": {"\x01\x02\x00\x03" + strings.Repeat("x", 9000), "carve-raw"},
		"i.evtx": {"", "empty file"},
		"k.evtx": {strings.Repeat("x,", 4000) + "ElfChnk\x00" + strings.Repeat("y", 9000),
			"what is left of an event log: it does not start with ElfFile, and the signature at 0x1f40"},
		"l.txt": {strings.Repeat("\n", 1<<20-3) + "ElfFile\x00\x00",
			"the signature at 0xffffd belongs to no sound chunk; 'hunt dump --carve-raw FILE'"},
		"j.notes": {"just words\n", "wevtutil epl"},
		"m.evtx":  {strings.Repeat("/\xd9ho]\x96,\xbc[\x05\xacF", 900), "carve-raw"}, // a comma in noise makes no CSV
		"n.csv":   {"Gr\xf6\xdfe;Zeit\r\n", "CSV"},                                   // an old code page
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := hunt(t, "--evtx", file, "--report", file+".json"); code == exit.OK ||
			!strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
	}
}

// citedCarved is a reference to a carved record that could be read again.
var citedCarved = regexp.MustCompile(`"payload_sha256":\s*"[0-9a-f]{64}",\s*"carved":\s*true`)

// Records of a chunk that has lost its header, at a place where no slot begins, are evidence with --carved, and
// counted without.
func TestRecordsOutsideAllChunksAreEvidenceWithCarved(t *testing.T) {
	whole := attackLog(t)
	const head, chunk = 4096, 65536
	junk := bytes.Repeat([]byte("junk"), 1027)
	rest := whole[head+chunk+512:][:32_768] // the second chunk's records; the start that the rules find is among them
	for name, c := range map[string]struct {
		file []byte
		as   string
	}{
		"between two chunks": {slices.Concat(whole[:head+chunk], junk, rest, make([]byte, 512*73-len(junk)-len(rest)),
			whole[head+2*chunk:]), "a.evtx"},
		"before the only chunk": {slices.Concat(junk, rest, make([]byte, 512*80-len(junk)-len(rest)+65536),
			whole[head+2*chunk:]), "b.evtx"},
		"without any chunk": {slices.Concat(junk, rest), "c.evtx"},
	} {
		dir := t.TempDir()
		in := func(s string) string { return filepath.Join(dir, s) }
		if err := os.Mkdir(in("e"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in("e"), c.as), c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		// Without --carved no rule sees them, and the report says that they are there.
		if code, _, stderr := hunt(t, "--evtx", in("e"), "--report", in("plain.json")); code != exit.Incomplete ||
			!strings.Contains(stderr, "10 carved") {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
		plain := mustRead(t, in("plain.json"))
		if bytes.Contains(plain, []byte("one.hta")) || !bytes.Contains(plain, []byte("--carved includes them")) {
			t.Errorf("%s: shown without --carved, or not told", name)
		}
		hunt(t, "scan", "--evtx", in("e"), "--out", in("shards"))
		hunt(t, "merge", in("shards"), "--report", in("merged.json"))
		if !bytes.Equal(plain, mustRead(t, in("merged.json"))) {
			t.Errorf("%s: one run and a merge differ", name)
		}
		if code, _, stderr := hunt(t, "--evtx", in("e"), "--carved", "--jobs", "1", "--report", in("one.json")); code !=
			exit.Incomplete || !strings.Contains(stderr, "10 carved") {
			t.Errorf("%s: with --carved: exit code %d: %s", name, code, stderr)
		}
		hunt(t, "--evtx", in("e"), "--carved", "--jobs", "4", "--report", in("four.json"))
		report := mustRead(t, in("one.json"))
		if !bytes.Equal(report, mustRead(t, in("four.json"))) {
			t.Errorf("%s: one worker and four give different reports", name)
		}
		if !bytes.Contains(report, []byte("one.hta")) || !citedCarved.Match(report) {
			t.Errorf("%s: no finding rests on a carved record", name)
		}
		if code, stdout, stderr := hunt(t, "verify", in("one.json"), "--evtx", in("e")); code != 0 ||
			!strings.Contains(stdout, "golang-evtx not asked") {
			t.Errorf("%s: verify: exit code %d: %s %s", name, code, stdout, stderr)
		}
		if code, stdout, stderr := hunt(t, "timeline", "--evtx", in("e"), "--carved", "--format", "jsonl", "--output",
			"-"); code != exit.Incomplete || !strings.Contains(stdout, "mshta.exe") {
			t.Errorf("%s: timeline: exit code %d: %.300s %s", name, code, stdout, stderr)
		}
	}
}

// strewn is what a disk has of a log: each record with noise before it, among what looks like records and is none.
func strewn(log []byte) []byte {
	random := rand.New(rand.NewPCG(7, 7))
	noise := func(n int) (b []byte) {
		for range n {
			b = append(b, byte(random.Uint32()))
		}
		return b
	}
	const magic = "**\x00\x00"
	out := noise(777)
	for i := bytes.Index(log, []byte(magic)); i >= 0; {
		size := int(binary.LittleEndian.Uint32(log[i+4:]))
		out = slices.Concat(out, []byte(magic), noise(60), []byte(magic+"\xff\xff\xff\xff"), noise(9),
			[]byte(magic+"\x30\x00\x00\x00"), log[i:i+size], noise(100))
		next := bytes.Index(log[i+size:], []byte(magic))
		if next < 0 {
			break
		}
		i += size + next
	}
	return out
}

// Records in a file that is no log at all are in a report that asks for carved ones, by one run and by shards, and can
// be shown and verified. A run that does not ask for them leaves the file alone.
func TestRecordsOutsideLogsReachAReport(t *testing.T) {
	dir := t.TempDir()
	in := func(s string) string { return filepath.Join(dir, s) }
	if err := os.Mkdir(in("e"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"unallocated.bin": strewn(attackLog(t)),
		"noise.txt": []byte("**\x00\x00 words")} {
		if err := os.WriteFile(filepath.Join(in("e"), name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := hunt(t, "--evtx", in("e"), "--report", in("none.json")); code != exit.Failed ||
		!strings.Contains(stderr, "--carved searches") {
		t.Errorf("without --carved: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := hunt(t, "--evtx", in("e"), "--carved", "--report", in("one.json")); code != exit.Incomplete {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	report := mustRead(t, in("one.json"))
	if !bytes.Contains(report, []byte("mshta.exe")) || !citedCarved.Match(report) ||
		!bytes.Contains(report, []byte("no-file-header")) || bytes.Contains(report, []byte("noise.txt")) {
		t.Error("not found, not marked, or noise taken for a log")
	}
	if code, stdout, stderr := hunt(t, "verify", in("one.json"), "--evtx", in("e")); code != 0 {
		t.Errorf("verify: exit code %d: %s %s", code, stdout, stderr)
	}
	id := regexp.MustCompile(`F-[0-9a-f]{12}`).Find(report)
	if code, stdout, stderr := hunt(t, "show", "--carved", "--evtx", in("e"), string(id)); code != 0 ||
		!strings.Contains(stdout, "mshta.exe") {
		t.Errorf("show: exit code %d: %s %s", code, stdout, stderr)
	}
	hunt(t, "scan", "--carved", "--evtx", in("e"), "--out", in("shards"))
	hunt(t, "merge", in("shards"), "--report", in("merged.json"))
	if !bytes.Equal(report, mustRead(t, in("merged.json"))) {
		t.Error("one run and a merge differ")
	}
}
