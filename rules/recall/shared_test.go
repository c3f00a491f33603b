package recall_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/recall"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline/ecs"
)

const portRules = `title: ports
logsource: {category: network_connection, product: windows}
detection:
  remote: {SourcePort: [3389, 445]}
  high: {SourcePort|gt: 60000, Image|endswith: '\a.exe'}
  condition: remote or high
level: low
---
title: words
logsource: {product: windows}
detection:
  words: ['needle work']
  condition: words
level: low
`

// worker evaluates records for one goroutine.
type worker struct {
	*stage.Evaluator
	preds  *stage.Set
	mapper *ecs.Mapper
	memory *recall.Memory
}

// hitsOf returns the hits of a record, and whether they were recalled. An evaluation that is made for what is not
// recalled is kept.
func (w *worker) hitsOf(r *evtx.Record) (hits []predicate.Hit, recalled bool) {
	ev := w.mapper.Map(r.Clone()) // a record belongs to one goroutine
	plan := w.preds.Plan(ev.Class)
	key, ok := w.Key(w.memory, plan, ev)
	if hits, known := w.memory.Hits(key); ok && known {
		return hits, true
	}
	hits = w.Eval(plan, ev, nil)
	if ok {
		w.memory.Keep(key, hits)
	}
	return hits, false
}

// workers returns a function that makes memories, each as a function that makes workers which share it.
func workers(t *testing.T) func() func() *worker {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(portRules), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true, NoBuiltInCases: true, Rules: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	schema := ecs.NewSchema()
	fields := pack.SchemaOf(schema)
	var programs []*sequence.Program
	for _, r := range pk.Rules {
		q, err := r.Compile(fields)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, q.Program())
	}
	preds := stage.NewSet(programs, fields)
	return func() func() *worker {
		memory := preds.NewMemory()
		return func() *worker {
			return &worker{preds.NewEvaluator(), preds, ecs.NewMapper(schema), memory.Beside()}
		}
	}
}

// connections are events of many kinds in a few places: ports as numbers and as texts, hosts, programs.
func connections(t *testing.T) []*evtx.Record {
	var events []evtxtest.Event
	for i := range 600 {
		port := evtxtest.Uint16([]uint16{3389, 445, 50000, 60001, uint16(49152 + i)}[i%5]) // #nosec G115 -- small
		if i%7 == 0 {
			port = evtxtest.String(fmt.Sprint(443 + i%4))
		}
		image := []string{`C:\a.exe`, `C:\b.exe`, `C:\needle work.exe`}[i/5%3]
		events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", EventID: 3, Level: 4,
			Channel: "Microsoft-Windows-Sysmon/Operational", Computer: fmt.Sprint("ws-", i%3), RecordID: uint64(i + 1),
			Time: time.Date(2026, 3, 2, 8, 0, i, 0, time.UTC),
			Data: []evtxtest.Pair{{Name: "Image", Value: evtxtest.String(image)}, {Name: "SourcePort", Value: port}}})
	}
	log := evtxtest.File(events...)
	file, err := evtx.NewFile(bytes.NewReader(log), int64(len(log)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var records []*evtx.Record
	for r := range file.Records(&evtx.Decoder{Cache: evtx.NewCache()}, func(d evtx.Damage) { t.Error(d) }) {
		records = append(records, r.Clone())
	}
	return records
}

// TestWorkersRecallWhatOthersFound has several workers at once evaluate and recall the same records, each in an order
// of its own: every record has the hits that an evaluation by itself finds, whoever found them first. Workers make most
// of what they share at their first records, so several memories are made, and all workers begin at once.
func TestWorkersRecallWhatOthersFound(t *testing.T) {
	t.Parallel()
	memories, records := workers(t), connections(t)
	alone := memories()()
	want, some := make([][]predicate.Hit, len(records)), 0
	for i, r := range records {
		ev := alone.mapper.Map(r)
		want[i] = alone.Eval(alone.preds.Plan(ev.Class), ev, nil)
		some += len(want[i])
	}
	if some < 100 || some >= len(records) {
		t.Fatalf("%d hits of %d records: no test", some, len(records))
	}
	check := func(w *worker, order func(int) int) (recalled int) {
		for k := range records {
			i := order(k)
			hits, known := w.hitsOf(records[i])
			if !slices.Equal(hits, want[i]) {
				t.Errorf("record %d has the hits %v, recalled %t, want %v", i+1, hits, known, want[i])
			}
			if known {
				recalled++
			}
		}
		return recalled
	}
	for range 8 {
		next, begin := memories(), make(chan struct{})
		var wg sync.WaitGroup
		for n, w := range []*worker{next(), next(), next(), next()} {
			wg.Go(func() {
				<-begin
				check(w, func(k int) int { return k * (2*n + 7) % len(records) })
			})
		}
		close(begin)
		wg.Wait()
		if recalled := check(next(), func(k int) int { return k }); recalled != len(records) {
			t.Errorf("a worker that comes later recalls %d of %d records", recalled, len(records))
		}
	}
}
