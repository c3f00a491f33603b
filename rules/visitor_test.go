package rules

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// published is where Elastic's rules are, if there is a copy.
const published = "../../shared/upstream-rules/elastic"

// corpusRecords returns the corpus' records of one provider.
func corpusRecords(tb testing.TB, provider string) []*evtx.Record {
	tb.Helper()
	return slices.DeleteFunc(recordsIn(tb, filepath.Join(corpus(tb), "real")), func(r *evtx.Record) bool {
		return r.Provider() != provider
	})
}

// recordsIn decodes all live records of the logs below a directory.
func recordsIn(tb testing.TB, dir string) []*evtx.Record {
	tb.Helper()
	return decodedIn(tb, dir, &evtx.Decoder{Cache: evtx.NewCache()})
}

// decodedIn returns what a decoder reads in the logs below a directory.
func decodedIn(tb testing.TB, dir string, dec *evtx.Decoder) []*evtx.Record {
	tb.Helper()
	col, err := evidence.Collect(tb.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	var records []*evtx.Record
	for _, f := range col.Files {
		if f.Status != evidence.Read {
			continue
		}
		file, err := evtx.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			tb.Fatal(err)
		}
		for r := range file.Records(dec, func(evtx.Damage) {}) {
			records = append(records, r.Clone())
		}
		_ = file.Close()
	}
	return records
}

// predicatesOf compiles the rules of a pack that run.
func predicatesOf(tb testing.TB, s pack.Sources, schema *ecs.Schema) *stage.Set {
	tb.Helper()
	pk, err := pack.Load(s)
	if err != nil {
		tb.Fatal(err)
	}
	fields := pack.SchemaOf(schema)
	var programs []*sequence.Program
	for _, r := range pk.Rules {
		if r.Skip != "" {
			continue
		}
		p, err := r.Compile(fields)
		if err != nil {
			tb.Fatal(err)
		}
		programs = append(programs, p.Program())
	}
	return stage.NewSet(programs, fields)
}

// What is remembered of records must show nowhere: evidence that repeats itself gives what each record gives by
// itself, with a reference for each copy.
func TestCopiesAreNotEvaluatedAndNothingIsLost(t *testing.T) {
	records := corpusRecords(t, "Microsoft-Windows-Sysmon")
	schema := ecs.NewSchema()
	preds := predicatesOf(t, pack.Sources{}, schema)
	m, v := ecs.NewMapper(schema), newVisitor(preds, stage.NewDismissed(0), 1<<40, nil)
	v.memory = preds.NewMemory()
	evaluator := preds.NewEvaluator()
	type place struct {
		hash, id uint64
		at       evtx.Filetime
	}
	want := map[place]int{}
	said := map[uint64]uint64{} // key -> content
	for _, r := range records {
		key := v.dismissed.Key(r)
		if v.dismissed.Has(key) {
			t.Fatal("a record is known before any was seen")
		}
		if hash, ok := said[key]; ok && hash != r.ContentHash() {
			t.Fatalf("two records of number %d say different things and have one key", r.EventRecordID())
		}
		said[key] = r.ContentHash()
	}
	const rounds = 3
	for round := range rounds {
		for i, r := range records {
			r.Ref.File, r.Ref.Chunk = int32(round), int32(i)
			ev := m.Map(r)
			if len(evaluator.Eval(preds.Plan(ev.Class), ev, nil)) > 0 {
				want[place{r.ContentHash(), r.EventRecordID(), r.TimeCreated()}]++
			}
			v.Visit(ev, r.TimeCreated())
		}
	}
	if len(want) < 100 || len(want) > len(records)/2 {
		t.Fatalf("%d of %d records satisfy something: no test", len(want), len(records))
	}
	if len(v.kept) != len(want) {
		t.Errorf("%d events are kept, want %d", len(v.kept), len(want))
	}
	for _, k := range v.kept {
		p := place{k.Record.ContentHash(), k.Ref.EventRecordID, k.At}
		if n := want[p]; n != 1+len(k.Also) || k.Ref.File != 0 {
			t.Errorf("record %d of file %d has %d copies, want it of file 0 with %d", k.Ref.EventRecordID, k.Ref.File,
				len(k.Also), n-1)
		}
		if hits := evaluator.Eval(preds.Plan(k.Class), k.Event.Event, nil); !slices.Equal(hits, k.hits) {
			t.Errorf("record %d has the hits %v, want %v", k.Ref.EventRecordID, k.hits, hits)
		}
	}
}

// BenchmarkPredicates answers how many real events one core can hold against the rules: mapping and evaluation, no
// decoding.
func BenchmarkPredicates(b *testing.B) {
	for _, log := range []struct{ name, provider string }{{"Sysmon", "Microsoft-Windows-Sysmon"},
		{"Security", "Microsoft-Windows-Security-Auditing"}} {
		for _, rules := range []struct {
			name string
			from pack.Sources
		}{
			{"pack", pack.Sources{}},
			{"elastic", pack.Sources{Rules: []string{published}}},
			{"sigmahq", pack.Sources{NoDefaultRules: true, Rules: []string{filepath.Join(published, "..", "sigmahq")}}},
			{"all", pack.Sources{Rules: []string{filepath.Dir(published)}}},
		} {
			b.Run(log.name+"/"+rules.name, func(b *testing.B) {
				if _, err := os.Stat(published); err != nil && len(rules.from.Rules) > 0 {
					b.Skip("no published rules at " + published)
				}
				records := corpusRecords(b, log.provider)
				schema := ecs.NewSchema()
				preds := predicatesOf(b, rules.from, schema)
				m, v := ecs.NewMapper(schema), newVisitor(preds, nil, 0, nil)
				v.memory = preds.NewMemory()
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					for _, r := range records {
						ev := m.Map(r)
						v.hits = v.evaluator.Eval(preds.Plan(ev.Class), ev, v.hits[:0])
					}
					n += len(records)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
			})
		}
	}
}

func BenchmarkLoadAndCompile(b *testing.B) {
	if _, err := os.Stat(published); err != nil {
		b.Skip("no published rules at " + published)
	}
	for _, s := range []string{"load", "load, compile and narrow"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s == "load" {
					if _, err := pack.Load(pack.Sources{Rules: []string{published}}); err != nil {
						b.Fatal(err)
					}
					continue
				}
				schema := ecs.NewSchema()
				p := predicatesOf(b, pack.Sources{Rules: []string{published}}, schema)
				p.Plan(schema.Class("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1))
			}
		})
	}
}
