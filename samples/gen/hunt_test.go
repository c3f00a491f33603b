package main

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/evtx/evtxtest/libevtx"
)

// readHunt reads a file with hunt's own decoder.
func readHunt(t *testing.T, file []byte, carve bool, each func(*evtx.Record)) (kinds map[string]bool) {
	t.Helper()
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds = map[string]bool{}
	for _, d := range f.Damage {
		kinds[d.Kind.String()] = true
	}
	for r := range f.Records(&evtx.Decoder{Carve: carve}, func(d evtx.Damage) { kinds[d.Kind.String()] = true }) {
		each(r)
	}
	return kinds
}

// huntFields returns a record's payload as hunt shows it.
func huntFields(r *evtx.Record) []libevtx.Field {
	var out []libevtx.Field
	for f := range r.Fields() {
		out = append(out, libevtx.Field{Name: f.Name, Text: f.Text()})
	}
	return out
}

// huntPlan is what hunt must show: an array of strings is one field per string, and
// of a classic event without strings the empty Data element stays.
func huntPlan(e *event) []libevtx.Field {
	all := fields(e, evtxtest.Value.Text)
	if e.Classic && (len(all) == 0 || all[0].Name != "") {
		all = append([]libevtx.Field{{}}, all...)
	}
	return all
}

func TestHuntReadsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	tr := current(t)
	for _, f := range filesOf(tr) {
		want := tr.planted[f.Path]
		i := 0
		kinds := readHunt(t, tr.files[f.Path], false, func(r *evtx.Record) {
			if i >= len(want) {
				t.Errorf("%s: a record too many: %d", f.Path, r.EventRecordID())
				return
			}
			e := want[i]
			i++
			got := fmt.Sprintf("%d %d %d %d %d %d %x %s %s %s %s %s %d %d %s", r.EventRecordID(),
				r.EventID(), r.Version(), r.Level(), r.Task(), r.Opcode(), r.Keywords(),
				r.Provider(), r.Channel(), r.Computer(), r.TimeCreated(), r.UserID(), r.ProcessID(),
				r.ThreadID(), r.ActivityID())
			plan := fmt.Sprintf("%d %d %d %d %d %d %x %s %s %s %s %s %d %d %s", e.record, e.EventID,
				e.Version, e.Level, e.Task, e.Opcode, e.Keywords,
				e.Provider, e.Channel, e.Computer, evtx.FiletimeOf(e.Time), e.UserID, e.ProcessID,
				e.ThreadID, e.ActivityID)
			if got != plan {
				t.Errorf("%s record %d:\n got %s\nwant %s", f.Path, e.record, got, plan)
			}
			if got, want := huntFields(r), huntPlan(e); !slices.Equal(got, want) {
				t.Errorf("%s record %d: fields\n got %.600q\nwant %.600q", f.Path, e.record, got, want)
			}
		})
		if i != f.Records || i != len(want) {
			t.Errorf("%s: %d records read, want %d", f.Path, i, f.Records)
		}
		for _, kind := range f.Damage {
			if !kinds[kind] {
				t.Errorf("%s: damage %q is not reported, only %v", f.Path, kind, kinds)
			}
		}
		if len(f.Damage) == 0 && len(kinds) > 0 {
			t.Errorf("%s: damage reported of a sound file: %v", f.Path, kinds)
		}
	}
}

func TestHuntCarvesWhatStandsBehindTheLiveRecords(t *testing.T) {
	t.Parallel()
	tr := current(t)
	for _, f := range filesOf(tr) {
		carved := map[uint64]bool{}
		readHunt(t, tr.files[f.Path], true, func(r *evtx.Record) {
			if r.Ref.Carved {
				carved[r.EventRecordID()] = true
			}
		})
		if len(carved) != f.Carved {
			t.Errorf("%s: %d records carved, want %d", f.Path, len(carved), f.Carved)
		}
	}
}
