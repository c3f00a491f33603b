package ecs

import (
	"testing"

	"hunt/evtx"
	"hunt/timeline/ecs/scalar"
)

// BenchmarkValues answers how many real Sysmon and Security events one core can
// map when rules ask each for 16 fields.
func BenchmarkValues(b *testing.B) {
	var records []*evtx.Record
	eachRecord(b, corpus(b), func(_ string, r *evtx.Record) {
		if p := r.Provider(); p == "Microsoft-Windows-Sysmon" || p == "Microsoft-Windows-Security-Auditing" {
			records = append(records, r.Clone())
		}
	})
	fields := []Field{
		EventCategory,
		EventType,
		EventAction,
		EventCode,
		HostOSType,
		ProcessName,
		ProcessExecutable,
		ProcessCommandLine,
		ProcessArgs,
		ProcessParentName,
		ProcessParentExecutable,
		ProcessEntityID,
		ProcessPID,
		FilePath,
		UserID,
		RegistryPath,
	}
	m := NewMapper(NewSchema())
	values := make([]scalar.Value, 0, 64)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, r := range records {
			e := m.Map(r)
			for _, f := range fields {
				values = e.Values(f, values[:0])
			}
		}
		n += len(records)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
