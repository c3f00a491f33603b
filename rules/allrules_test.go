package rules

import (
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"

	"hunt/rules/pack"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// heapInUse returns the bytes in use after a collection.
func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) // #nosec G115 -- below 2^63
}

// BenchmarkAllRules asks what all published rules at hand cost before the first event: loading and
// compiling, the index, the plans of all classes of the corpus, in time and in memory.
func BenchmarkAllRules(b *testing.B) {
	from := pack.Sources{Rules: []string{filepath.Dir(published)}}
	schema := ecs.NewSchema()
	fields := pack.SchemaOf(schema)
	var programs []*sequence.Program
	compile := func() {
		pk, err := pack.Load(from)
		if pk == nil || len(pk.Rules) < 1000 {
			b.Skip("no published rules: ", err)
		}
		programs = programs[:0]
		for _, r := range pk.Rules {
			if r.Skip != "" {
				continue
			}
			q, err := r.Compile(fields)
			if err != nil {
				b.Fatal(err)
			}
			programs = append(programs, q.Program())
		}
	}
	b.Run("load and compile", func(b *testing.B) {
		for b.Loop() {
			compile()
		}
		b.ReportMetric(float64(len(programs)), "rules")
	})
	if programs == nil {
		compile()
	}
	b.Run("index", func(b *testing.B) {
		before, p := heapInUse(), stage.NewSet(programs, fields)
		size := heapInUse() - before
		for b.Loop() {
			p = stage.NewSet(programs, fields)
		}
		b.ReportMetric(float64(size)/(1<<20), "MiB")
		runtime.KeepAlive(p)
	})
	b.Run("narrow", func(b *testing.B) {
		classes := map[*ecs.Class]bool{}
		m := ecs.NewMapper(schema)
		for _, provider := range []string{"Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing",
			"Microsoft-Windows-PowerShell"} {
			for _, r := range corpusRecords(b, provider) {
				classes[m.Map(r).Class.Shared()] = true
			}
		}
		p := stage.NewSet(programs, fields)
		before := heapInUse()
		for c := range classes {
			p.Plan(c)
		}
		size := heapInUse() - before
		for b.Loop() {
			b.StopTimer()
			p = stage.NewSet(programs, fields)
			b.StartTimer()
			for c := range classes {
				p.Plan(c)
			}
		}
		b.ReportMetric(float64(len(classes)), "classes")
		b.ReportMetric(float64(size)/(1<<20), "MiB")
	})
}

// BenchmarkRun asks what a whole run over the samples takes, its garbage collector apart, with hunt's own rules and
// with all published ones: they are compiled before.
func BenchmarkRun(b *testing.B) {
	for name, from := range map[string]pack.Sources{"own": {}, "all": {Rules: []string{filepath.Dir(published)}}} {
		b.Run(name, func(b *testing.B) {
			pk, err := pack.Load(from)
			if pk == nil || name == "all" && len(pk.Rules) < 1000 {
				b.Skip("no published rules: ", err)
			}
			samples := evidence.Inputs(filepath.Join("..", "samples"))
			col, err := evidence.Collect(b.Context(), samples, evidence.Options{})
			if err != nil {
				b.Fatal(err)
			}
			before, records := collecting(), 0
			for b.Loop() {
				b.StopTimer()
				c := Compile(pk, false)
				b.StartTimer()
				res, err := c.Run(b.Context(), timeline.Of(col), Options{})
				if err != nil {
					b.Fatal(err)
				}
				records = res.Case.Records.Read
				res.discard()
			}
			b.ReportMetric(1e9*(collecting()-before)/float64(b.N), "gc-ns/op")
			b.ReportMetric(float64(records), "records")
		})
	}
}

// collecting is the CPU time that the garbage collector took, in seconds.
func collecting() float64 {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64()
}
