package build_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// BenchmarkBuild asks what the report costs beside the scan that feeds it: 500 findings spread over a Sysmon log of
// five days. HUNT_BENCH_MIB sets the size of the log; 32 MiB if it is not set.
func BenchmarkBuild(b *testing.B) {
	mib := 32
	if n, err := strconv.Atoi(os.Getenv("HUNT_BENCH_MIB")); err == nil {
		mib = n
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sysmon.evtx"), busyLog(b, mib<<20, 500), 0o600); err != nil {
		b.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true,
		Rules: []string{filepath.Join("testdata", "rules.toml"), filepath.Join("testdata", "shell.toml")}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		started := time.Now()
		col, err := evidence.Collect(b.Context(), evidence.Inputs(dir), evidence.Options{})
		if err != nil {
			b.Fatal(err)
		}
		res, err := rules.Run(b.Context(), timeline.Of(col), pk, rules.Options{})
		if err != nil {
			b.Fatal(err)
		}
		scanned := time.Now()
		r, err := build.Report(b.Context(), res, build.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(scanned.Sub(started).Milliseconds()), "scan-ms/op")
		b.ReportMetric(float64(time.Since(scanned).Milliseconds()), "build-ms/op")
		b.ReportMetric(float64(len(r.Findings)), "findings")
		b.ReportMetric(float64(len(r.Timeline)), "rows")
	}
}

// busyLog is a Sysmon log of about that size with that many chains in it.
func busyLog(b *testing.B, size, chains int) []byte {
	const each = 640 // bytes of a record here
	n := size / each
	var l evtxtest.Log
	begin := reporttest.When("00:00")
	step := 5 * 24 * time.Hour / time.Duration(n)
	add := func(id uint16, at time.Time, data ...string) {
		data = append([]string{"UtcTime=" + at.Format("2006-01-02 15:04:05.000")}, data...)
		l.Add(evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: reporttest.SysmonChannel,
			Computer: reporttest.TestHost, EventID: id, Version: 5, Time: at, Data: reporttest.Pairs(data...)})
	}
	for i := range n {
		at := begin.Add(time.Duration(i) * step)
		pid := fmt.Sprint(1000 + i%50000)
		if i%(n/chains) == 0 {
			add(1, at, "ProcessGuid="+pid, "ProcessId="+pid, "Image="+shell,
				"CommandLine=powershell -nop -w hidden -c IEX", `User=CORP\j.doe`, "LogonId=0x7030d",
				"ParentProcessGuid=9", "ParentProcessId=9", "ParentImage="+chrome)
			add(11, at.Add(time.Second/2), "ProcessGuid="+pid, "ProcessId="+pid, "Image="+shell,
				fmt.Sprintf(`TargetFilename=C:\Users\j.doe\AppData\Local\Temp\drop%d.dll`, i))
			continue
		}
		switch i % 4 {
		case 0:
			add(1, at, "ProcessGuid="+pid, "ProcessId="+pid, `Image=C:\Windows\System32\svchost.exe`,
				`CommandLine=C:\Windows\System32\svchost.exe -k netsvcs`, `User=NT AUTHORITY\SYSTEM`, "LogonId=0x3e7",
				"ParentProcessGuid=8", "ParentProcessId=8", `ParentImage=C:\Windows\System32\services.exe`)
		case 1:
			add(5, at, "ProcessGuid="+fmt.Sprint(1000+(i-1)%50000), "ProcessId="+fmt.Sprint(1000+(i-1)%50000),
				`Image=C:\Windows\System32\svchost.exe`)
		case 2:
			add(3, at, "ProcessGuid=9", "ProcessId=9", "Image="+chrome, "DestinationIp=198.51.100.7",
				"DestinationPort=443", "Protocol=tcp", "Initiated=true")
		case 3:
			add(11, at, "ProcessGuid=9", "ProcessId=9", "Image="+chrome,
				fmt.Sprintf(`TargetFilename=C:\Users\j.doe\AppData\Local\Cache\f_%06d`, i))
		}
	}
	out, err := l.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	return out
}
