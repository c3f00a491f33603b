package show_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/record"
	"hunt/report/show"
	"hunt/timeline/evidence"
)

var someTime = time.Date(2026, 3, 2, 14, 15, 16, 0, time.UTC)

func TestTargetsAreRead(t *testing.T) {
	for text, want := range map[string]show.Target{
		"Security.evtx#4711":             {File: "Security.evtx", Offset: -1, Record: 4711},
		"a/b.evtx:0x1200":                {File: "a/b.evtx", Offset: 0x1200},
		"a/b.evtx:4608":                  {File: "a/b.evtx", Offset: 4608},
		`C:\logs\b.evtx:4608`:            {File: "C:/logs/b.evtx", Offset: 4608},
		"odd#name:1.evtx#7":              {File: "odd#name:1.evtx", Offset: -1, Record: 7},
		"F-1a2b3c":                       {Finding: "F-1a2b3c", Offset: -1},
		"f-srv01/Security/4711/4c904aa0": {ID: "f-srv01/Security/4711/4c904aa0", Offset: -1, Record: 4711},
		"F-odd.evtx#3":                   {File: "F-odd.evtx", Offset: -1, Record: 3},
		"case.zip!/a.evtx:0x1200":        {File: "case.zip!/a.evtx", Offset: 0x1200},
	} {
		want.Text = text
		if got, err := show.ParseTarget(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "Security.evtx", "#5", ":5", "a.evtx#", "a.evtx:", "a.evtx#x", "a.evtx:-5",
		"a.evtx#-1"} {
		if got, err := show.ParseTarget(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// collected writes logs and collects them.
func collected(t *testing.T, logs map[string][]byte) *evidence.Collection {
	t.Helper()
	dir := t.TempDir()
	for name, b := range logs {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = col.Close() })
	return col
}

// shown returns what is shown of a target.
func shown(t *testing.T, col *evidence.Collection, target string) ([]*show.Record, error) {
	t.Helper()
	x, err := show.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	f := &show.Finder{Evidence: col}
	defer f.Close()
	var out []*show.Record
	err = f.Show(t.Context(), x, func(r *show.Record) error {
		out = append(out, r)
		return nil
	})
	return out, err
}

func logOf(t *testing.T, texts ...string) (b []byte, placed []evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	for i, text := range texts {
		l.Add(evtxtest.Event{Provider: "Test", Channel: "Application", Computer: "ws", EventID: uint16(i + 1),
			Time: someTime, RecordID: uint64(i + 10),
			Data: []evtxtest.Pair{evtxtest.Str("Text", text)}})
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b, l.Placed()
}

// An id that no record has may be one of a file that cannot be read.
func TestAnIdIsMissedWithWhatCouldNotBeRead(t *testing.T) {
	b, _ := logOf(t, "first")
	const id = "ws/Application/10/00000000"
	_, err := shown(t, collected(t, map[string][]byte{"a.evtx": b}), id)
	if err == nil || strings.Contains(err.Error(), "could not be read") {
		t.Errorf("all files read: %v", err)
	}
	logs := map[string][]byte{"a.evtx": b}
	for i := range 12 {
		logs[fmt.Sprintf("bad%02d.evtx", i)] = []byte("no log")
	}
	_, err = shown(t, collected(t, logs), id)
	if err == nil || !strings.Contains(err.Error(), "bad09.evtx: ") || strings.Contains(err.Error(), "bad10.evtx") ||
		!strings.Contains(err.Error(), "2 more") {
		t.Errorf("12 files are no logs: %v", err)
	}
}

func TestARecordIsFoundByNumberAndByAnyOfItsBytes(t *testing.T) {
	b, placed := logOf(t, "first", "second", "third")
	col := collected(t, map[string][]byte{"ws/Security.evtx": b, "srv/Security.evtx": b, "other.evtx": b})
	for _, target := range []string{"other.evtx#11", "ws/Security.evtx#11", "/mnt/case/ws/Security.evtx#11"} {
		got, err := shown(t, col, target)
		if err != nil || len(got) != 1 || got[0].Offset != placed[1].Offset || got[0].Size != placed[1].Size ||
			!strings.Contains(string(got[0].Event), `"second"`) {
			t.Errorf("%s: %+v, %v", target, got, err)
		}
	}
	at := placed[2].Offset
	for _, offset := range []int64{at, at + 1, at + int64(placed[2].Size) - 1} {
		x := show.Target{File: "other.evtx", Offset: offset}
		f := &show.Finder{Evidence: col}
		err := f.Show(t.Context(), x, func(r *show.Record) error {
			if r.Offset != at || r.EventRecordID != 12 || r.Second.Result != record.Agrees &&
				r.Second.Result != record.AgreesButForDefects {
				t.Errorf("offset %d: %+v", offset, r)
			}
			return nil
		})
		f.Close()
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := shown(t, col, "Security.evtx#11"); err == nil || !strings.Contains(err.Error(), "2 files are called") {
		t.Errorf("two files of one name: %v", err)
	}
	if _, err := shown(t, col, "other.evtx#99"); err == nil ||
		!strings.Contains(err.Error(), "no record has the number 99") {
		t.Errorf("a number that is nowhere: %v", err)
	}
}

func TestDamageIsNamedAndItsBytesAreShown(t *testing.T) {
	b, placed := logOf(t, "first", "second")
	evtxtest.Tear(b, placed[1])
	b[placed[0].Offset+24+6] ^= 0xff // the id of the template
	col := collected(t, map[string][]byte{"a.evtx": b})
	for i, want := range []string{"binxml: ", "torn-record: "} {
		x := show.Target{File: "a.evtx", Offset: placed[i].Offset}
		f := &show.Finder{Evidence: col}
		err := f.Show(t.Context(), x, func(r *show.Record) error {
			if r.Decoded || r.Size != placed[i].Size || len(r.RecordHeader) == 0 || len(r.Hex) != 2*r.Size ||
				!strings.Contains(strings.Join(r.Damage, "\n"), want) {
				t.Errorf("record %d: %+v", i, r)
			}
			var text bytes.Buffer
			if err := (&show.Text{W: &text}).Write(r); err != nil ||
				!strings.Contains(text.String(), "no record can be decoded here") {
				t.Errorf("record %d: %v\n%s", i, err, text.String())
			}
			return nil
		})
		f.Close()
		if err != nil {
			t.Error(err)
		}
	}
}

func TestTextActsOnNoTerminal(t *testing.T) {
	b, _ := logOf(t, "evil\x1b[31m\u202egnp.exe\r\nnext")
	got, err := shown(t, collected(t, map[string][]byte{"a.evtx": b}), "a.evtx#10")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := (&show.Text{W: &text}).Write(got[0]); err != nil {
		t.Fatal(err)
	}
	if s := text.String(); strings.ContainsAny(s, "\x1b\r\u202e") || !strings.Contains(s, "␛[31m") {
		t.Errorf("%q", s)
	}
	doc, err := json.Marshal(got[0])
	if err != nil || !json.Valid(doc) {
		t.Errorf("%v", err)
	}
}

func TestTheRecordsOfAFindingAreItsEvidence(t *testing.T) {
	rep := &report.Report{Findings: []report.Finding{{ID: "F-1", Evidence: []report.Evidence{
		{Stage: 0, Message: "first", Ref: report.Ref{File: "a.evtx", Offset: 4608}}, {Stage: 1, Missing: true},
		{Stage: 2, Message: "again", Ref: report.Ref{File: "a.evtx", Offset: 4608}},
		{Stage: 3, Message: "last", Ref: report.Ref{File: "b.evtx", Offset: 5000}}}}}}
	got, err := show.Targets(rep, "F-1")
	if err != nil || len(got) != 2 || got[0].Offset != 4608 || got[1].File != "b.evtx" ||
		got[1].Text != "F-1, step 4: last" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := show.Targets(rep, "F-2"); err == nil {
		t.Error("a finding that is not there")
	}
}
