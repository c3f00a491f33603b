package ecs

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
)

// corpus returns the folder of real EVTX files: HUNT_CORPUS, else
// ../shared/corpus beside the project.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for !exists(filepath.Join(root, "go.mod")) {
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "corpus")
	}
	if !exists(filepath.Join(dir, "real")) {
		t.Skipf("NO CORPUS at %s: set HUNT_CORPUS to test against real logs", dir)
	}
	return filepath.Join(dir, "real")
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// eachRecord decodes every live record below dir, file by file in lexical order.
func eachRecord(t testing.TB, dir string, visit func(file string, r *evtx.Record)) {
	t.Helper()
	decoder := &evtx.Decoder{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".evtx") {
			return err
		}
		f, err := evtx.Open(name)
		if err != nil {
			return err
		}
		for r := range f.Records(decoder, func(evtx.Damage) {}) {
			visit(filepath.Base(name), r)
		}
		return f.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryRecordOfTheCorpusBecomesAnEvent(t *testing.T) {
	schema := NewSchema()
	for _, name := range []string{"winlog.event_data.CallTrace", "winlog.event_data.param1",
		"winlog.user_data.SubjectUserName", "no.such.field"} {
		schema.Field(name)
	}
	mapper := NewMapper(schema)
	counts := make(map[string]int)
	total, known := 0, 0
	var values []scalar.Value
	eachRecord(t, corpus(t), func(file string, r *evtx.Record) {
		e := mapper.Map(r)
		total++
		if e.Class.Known {
			known++
		}
		values = e.Values(EventCategory, values[:0])
		for _, v := range values {
			counts[v.Str]++
		}
		if len(values) == 0 {
			counts[""]++
		}
		if m := e.Message(); m == "" || strings.ContainsAny(m, "\r\n") {
			t.Errorf("%s [%d]: message is not one line: %q", file, r.EventRecordID(), m)
		}
		if got, want := said(e.Clone()), said(e); got != want {
			t.Errorf("%s [%d]: a clone says:\n%s\n%s", file, r.EventRecordID(), got, want)
		}
	})
	delete(counts, "")
	want := "map[authentication:1521 configuration:1722 driver:15 file:363 iam:3383 network:502 process:3068 " +
		"registry:205 session:4]"
	if got := fmt.Sprint(counts); got != want {
		t.Errorf("events by category %s, want %s", got, want)
	}
	t.Logf("%d events, %d of them with a mapping of their own", total, known)
}

// TestSysmonFieldsEqualAnIndependentDecodersText compares fields of all Sysmon
// and 4688 records with the Data that an independent decoder read from them.
func TestSysmonFieldsEqualAnIndependentDecodersText(t *testing.T) {
	real := corpus(t)
	type key struct {
		file string
		eid  uint32
		rid  uint64
	}
	expected := make(map[key]map[string]string)
	f, err := os.Open(filepath.Join(filepath.Dir(real), "records.jsonl.gz"))
	if err != nil {
		t.Skip("NO EXPECTATIONS: ", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(z); dec.More(); {
		var r struct {
			File     string         `json:"file"`
			Provider string         `json:"provider"`
			EID      uint32         `json:"eid"`
			RID      uint64         `json:"rid"`
			Data     map[string]any `json:"data"`
		}
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Provider != "Microsoft-Windows-Sysmon" && r.EID != 4688 {
			continue
		}
		data := make(map[string]string)
		for name, v := range r.Data {
			data[name], _ = v.(string)
		}
		expected[key{filepath.Base(r.File), r.EID, r.RID}] = data
	}
	mapper := NewMapper(NewSchema())
	compared := 0
	eachRecord(t, real, func(file string, r *evtx.Record) {
		data, ok := expected[key{file, r.EventID(), r.EventRecordID()}]
		if !ok || len(data) == 0 {
			return
		}
		e := mapper.Map(r)
		compared++
		first := func(names ...string) string {
			for _, n := range names {
				if v := data[n]; v != "" && v != "-" && v != notation.ZeroGUID {
					return v
				}
			}
			return ""
		}
		check := func(f Field, want string) {
			if want == "" && e.Class.def.byField[f] == 0 {
				return
			}
			if got := strings.Join(texts(e.Values(f, nil)), "|"); got != want {
				t.Errorf("%s [%d]: %s = %q, want %q", file, r.EventRecordID(), fieldTable[f].name, got, want)
			}
		}
		if r.EventID() == 4688 && r.Channel() == "Security" {
			check(ProcessExecutable, first("NewProcessName"))
			check(ProcessCommandLine, first("CommandLine"))
			if pid, err := strconv.ParseInt(first("ProcessId"), 0, 64); err == nil {
				check(ProcessParentPID, strconv.FormatInt(pid, 10))
			}
			if parent := first("ParentProcessName"); parent != "" {
				check(ProcessParentName, parent[strings.LastIndex(parent, `\`)+1:])
			} else {
				check(ProcessParentName, "?")
			}
			return
		}
		if r.EventID() != 20 {
			check(ProcessExecutable, first("Image", "SourceImage"))
		}
		check(ProcessEntityID, strings.ToUpper(first("ProcessGuid", "SourceProcessGuid", "SourceProcessGUID")))
		check(ProcessPID, first("ProcessId", "SourceProcessId"))
		check(ProcessCommandLine, first("CommandLine"))
		check(ProcessParentExecutable, first("ParentImage"))
		check(FilePath, first("TargetFilename", "ImageLoaded", "Device"))
		check(RegistryPath, first("TargetObject"))
		check(DestinationPort, first("DestinationPort"))
		check(DNSQuestionName, first("QueryName"))
	})
	if compared < 2000 {
		t.Errorf("only %d records compared", compared)
	}
	t.Logf("%d records compared", compared)
}

// said shows all fields of an event.
func said(e *Event) string {
	var b strings.Builder
	for f := noField + 1; f < numFields; f++ {
		for _, v := range e.Values(f, nil) {
			fmt.Fprintf(&b, "%s=%d:%s\n", e.FieldName(f), v.Kind, v.AppendText(nil))
		}
	}
	for f := range e.Record.Fields() {
		if text := f.Text(); !notation.SaysNothing([]byte(text)) {
			fmt.Fprintf(&b, "%s=%s\n", f.Name, text)
		}
	}
	return b.String()
}
