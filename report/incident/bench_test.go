package incident

import (
	"fmt"
	"runtime"
	"testing"

	"hunt/evtx"
	"hunt/report"
)

// manyFindings is a case of n findings on 500 hosts: chains of processes, files that others run, sessions, values that
// several share, and logons from host to host.
func manyFindings(n int) *Case {
	c := &Case{Hosts: hosts(500), Spread: map[Value]Spread{}}
	for i := range n {
		host := fmt.Sprintf("h%d", i%500)
		at := evtx.Filetime(i) * 7 * second
		e := event(host, at, as(Account{Key: fmt.Sprintf("S-%d", i%900), Name: fmt.Sprint("user", i%900),
			Kind: AccountPerson}))
		e.Key = EventKey{RecordID: uint64(i)}
		switch i % 6 {
		case 0:
			e.Process = &Process{Key: proc(fmt.Sprintf("%s p%d", host, i/1000)),
				Line: line(fmt.Sprintf("%s root%d", host, i/5000))}
		case 1:
			e.Wrote = files(fmt.Sprint("file", i%700))
		case 2:
			e.Used = files(fmt.Sprint("file", i%700))
		case 3:
			session(fmt.Sprintf("%s s%d", host, i/2000), "RemoteInteractive", false, 3)(&e)
		case 4:
			e.Values = []Value{{"sha256", fmt.Sprint("hash", i%300)}}
		case 5:
			e.Values = []Value{{"domain", fmt.Sprint("name", i%300)}}
		}
		c.Findings = append(c.Findings, finding(fmt.Sprintf("F-%06d", i), e))
	}
	for i := range n / 4 {
		c.Movements = append(c.Movements, Movement{From: fmt.Sprintf("h%d", i%500), To: fmt.Sprintf("h%d", (i*7+1)%500),
			Account: Account{Key: fmt.Sprintf("S-%d", i%900), Name: fmt.Sprint("user", i%900), Kind: AccountPerson},
			At:      begin + evtx.Filetime(i)*29*second, Way: WayNetwork,
			Address: fmt.Sprintf("10.0.%d.%d", i%250, i%200),
			Session: logon(fmt.Sprintf("h%d s%d", (i*7+1)%500, i%9))})
	}
	return c
}

// What 10,000 findings cost to join: B/op is what is allocated in all, heap-MB what is in use at the end.
func BenchmarkTenThousandFindings(b *testing.B) {
	c := manyFindings(10_000)
	b.ReportAllocs()
	var r *Result
	for b.Loop() {
		r = Join(c)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	if len(r.Incidents) == 0 || r.Incidents[0].Severity == report.Severity("") {
		b.Fatal("no incident")
	}
}
