package eql

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"hunt/racetest"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// flatEvent holds values by field id, as the ECS event does.
type flatEvent [][]predicate.Value

func (e *flatEvent) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if int(f) < len(*e) {
		return append(dst, (*e)[f]...)
	}
	return dst
}

// class is a synthetic class of Windows events for benchmarks.
type class struct {
	known  map[string][]string
	varied map[string]func(*rand.Rand) []string
	weight int
}

func anyOf(xs ...string) func(*rand.Rand) []string {
	return func(r *rand.Rand) []string { return []string{xs[r.IntN(len(xs))]} }
}

// paths makes paths of which most are everyday ones.
func paths(name string) func(*rand.Rand) []string {
	dirs := []string{`C:\Windows\System32\`, `C:\Program Files\Vendor Application\bin\`,
		`C:\Users\alice\AppData\Local\Programs\Editor\`, `C:\Windows\servicing\`}
	return func(r *rand.Rand) []string {
		return []string{fmt.Sprintf("%s%s%d.dat", dirs[r.IntN(len(dirs))], name, r.IntN(5000))}
	}
}

var processNames = []string{"svchost.exe", "conhost.exe", "chrome.exe", "explorer.exe", "powershell.exe", "cmd.exe",
	"rundll32.exe", "MsMpEng.exe", "SearchIndexer.exe",
	"taskhostw.exe", "RuntimeBroker.exe", "backgroundTaskHost.exe", "WmiPrvSE.exe", "msiexec.exe", "OneDrive.exe",
	"Teams.exe", "dllhost.exe", "sihost.exe", "ctfmon.exe", "reg.exe"}

func commandLine(r *rand.Rand) []string {
	return []string{fmt.Sprintf(
		`"C:\Windows\System32\%s" -k netsvcs -p -s Schedule%d /Embedding "C:\ProgramData\Vendor\config-%d.xml"`,
		processNames[r.IntN(len(processNames))], r.IntN(100), r.IntN(10000))}
}

func args(r *rand.Rand) []string { return strings.Fields(commandLine(r)[0]) }

// benchClasses has the mixture of a busy workstation's Sysmon log.
func benchClasses() []class {
	name, exe := anyOf(processNames...), func(r *rand.Rand) []string {
		return []string{`C:\Windows\System32\` + processNames[r.IntN(len(processNames))]}
	}
	common := func(category, code string, types ...string) map[string][]string {
		return map[string][]string{"event.category": strings.Split(category, ","), "event.type": types,
			"event.code": {code}, "host.os.type": {"windows"},
			"event.provider": {"Microsoft-Windows-Sysmon"}, "data_stream.dataset": {"windows.sysmon_operational"},
			"event.dataset": {"windows.sysmon_operational"}, "event.action": {"x"}}
	}
	process := map[string]func(*rand.Rand) []string{
		"process.name": name, "process.executable": exe, "user.id": anyOf("S-1-5-18", "S-1-5-21-1-2-3-1001"),
		"user.name": anyOf("SYSTEM", "alice"), "user.domain": anyOf("NT AUTHORITY", "CORP")}
	with := func(more map[string]func(*rand.Rand) []string) map[string]func(*rand.Rand) []string {
		for k, v := range process {
			more[k] = v
		}
		return more
	}
	return []class{
		{common("process", "1", "start"),
			with(map[string]func(*rand.Rand) []string{"process.parent.name": name, "process.parent.executable": exe,
				"process.command_line": commandLine, "process.parent.command_line": commandLine, "process.args": args,
				"process.parent.args":           args,
				"process.pe.original_file_name": name, "process.working_directory": paths("d"),
				"process.pid": anyOf("1234", "4567")}), 10},
		{common("network", "3", "start", "connection", "protocol"),
			with(map[string]func(*rand.Rand) []string{"destination.ip": anyOf("10.1.2.3", "93.184.216.34"),
				"source.ip": anyOf("10.1.2.4"), "destination.port": anyOf("443", "80", "445"),
				"network.direction": anyOf("egress", "ingress"), "network.transport": anyOf("tcp")}), 15},
		{common("process", "7", "change"),
			with(map[string]func(*rand.Rand) []string{
				"file.path": paths("lib"), "file.name": anyOf("ntdll.dll", "kernel32.dll", "user32.dll", "x.dll"),
				"dll.path": paths("lib"), "dll.name": anyOf("ntdll.dll", "kernel32.dll", "user32.dll", "x.dll")}), 20},
		{common("file", "11", "creation"),
			with(map[string]func(*rand.Rand) []string{
				"file.path": paths("file"), "file.name": anyOf("a.dat", "b.tmp", "c.exe", "d.log"),
				"file.extension": anyOf("dat", "tmp", "exe", "log")}), 20},
		{common("configuration,registry", "13", "change"),
			with(map[string]func(*rand.Rand) []string{
				"registry.path": paths("HKLM"), "registry.value": anyOf("Start", "ImagePath", "Run"),
				"registry.data.strings": anyOf("1", "0x00000001", "C:\\x.exe")}), 25},
		{common("network", "22", "connection", "protocol", "info"),
			with(map[string]func(*rand.Rand) []string{
				"dns.question.name": anyOf("example.com", "a.example.org", "login.example.net")}), 10},
	}
}

// benchEvents makes events of the classes, and the plan of each class.
func benchEvents(s *testSchema, set *predicate.Set, n int) (events []*flatEvent, plans []*predicate.Plan) {
	r := rand.New(rand.NewPCG(1, 2))
	classes := benchClasses()
	var byClass []*predicate.Plan
	var draw []int
	for i, c := range classes {
		byClass = append(byClass, set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
			name := s.names[f-1]
			if vs, ok := c.known[name]; ok {
				return stringValues(vs), true
			}
			_, varies := c.varied[name]
			return nil, !varies
		}))
		for range c.weight {
			draw = append(draw, i)
		}
	}
	for range n {
		i := draw[r.IntN(len(draw))]
		e := make(flatEvent, len(s.names)+1)
		for name, vs := range classes[i].known {
			if id, ok := s.ids[name]; ok {
				e[id] = stringValues(vs)
			}
		}
		for name, f := range classes[i].varied {
			if id, ok := s.ids[name]; ok {
				e[id] = stringValues(f(r))
			}
		}
		events, plans = append(events, &e), append(plans, byClass[i])
	}
	return events, plans
}

func stringValues(ss []string) []predicate.Value {
	var vs []predicate.Value
	for _, s := range ss {
		vs = append(vs, predicate.StringValue(s))
	}
	return vs
}

// syntheticRules are n rules in the style of published ones, of our own making.
func syntheticRules(n int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(n int, f func() string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf("%q", f())
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	name := func() string { return fmt.Sprintf("tool%d.exe", r.IntN(400)) }
	path := func() string {
		return fmt.Sprintf(`?:\Users\*\AppData\%d\*.%s`, r.IntN(300), []string{"exe", "dll", "ps1", "lnk"}[r.IntN(4)])
	}
	var rules []string
	for i := range n {
		switch i % 6 {
		case 0:
			rules = append(rules, fmt.Sprintf(
				`process where host.os.type == "windows" and event.type == "start" and (process.name : %s or ?process.pe.original_file_name in %s) and process.args : %s and not process.parent.executable : %s`,
				pick(1+r.IntN(6), name), pick(1+r.IntN(3), name),
				pick(1+r.IntN(8), func() string { return fmt.Sprintf("*-flag%d*", r.IntN(500)) }),
				pick(1+r.IntN(5), path)))
		case 1:
			rules = append(rules, fmt.Sprintf(
				`process where host.os.type == "windows" and event.type == "start" and process.parent.name : %s and process.name : %s`, pick(1+r.IntN(9), name), pick(1+r.IntN(20), name)))
		case 2:
			rules = append(rules, fmt.Sprintf(
				`file where host.os.type == "windows" and event.type != "deletion" and file.path : %s and not process.executable : %s`, pick(1+r.IntN(9), path), pick(2, path)))
		case 3:
			rules = append(rules, fmt.Sprintf(
				`registry where host.os.type == "windows" and event.type == "change" and registry.path : %s and registry.data.strings : %s`,
				pick(1+r.IntN(4), func() string { return fmt.Sprintf(`*\Services\%d\*`, r.IntN(400)) }),
				pick(2, func() string { return fmt.Sprint(r.IntN(9)) })))
		case 4:
			rules = append(rules, fmt.Sprintf(
				`sequence by host.id, process.entity_id with maxspan=1m [process where event.type == "start" and process.name : %s] [network where process.name : %s and not cidrmatch(destination.ip, "10.0.0.0/8")]`, pick(3, name), pick(3, name)))
		case 5:
			rules = append(rules, fmt.Sprintf(
				`process where event.type == "start" and process.command_line : %s and (user.id : "S-1-5-18" or user.name like~ %s)`,
				pick(1+r.IntN(6), func() string { return fmt.Sprintf("*token%d*value*", r.IntN(500)) }), pick(2, name)))
		}
	}
	return rules
}

func compileAll(t testing.TB, s *testSchema, queries []string) []predicate.Program {
	t.Helper()
	var progs []predicate.Program
	for _, q := range queries {
		p, err := Compile(q, s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		progs = append(progs, p.Conditions())
	}
	return progs
}

// How long does an event take against all rules? Bytes are those of the events' text.
func benchmarkEval(b *testing.B, queries []string) {
	s := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
	set := predicate.NewSet(compileAll(b, s, queries))
	events, plans := benchEvents(s, set, 512)
	size := 0
	for _, e := range events {
		for _, vs := range *e {
			for _, v := range vs {
				size += len(v.Str)
			}
		}
	}
	v := set.NewEvaluator()
	var hits []predicate.Hit
	count := 0
	for i, e := range events { // warm up: buffers grow to their size
		hits = v.Eval(plans[i], e, hits[:0])
		count += len(hits)
	}
	b.SetBytes(int64(size / len(events)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		hits = v.Eval(plans[i%len(events)], events[i%len(events)], hits[:0])
	}
	b.ReportMetric(float64(count)/float64(len(events)), "hits/event")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkEvalSynthetic300(b *testing.B)  { benchmarkEval(b, syntheticRules(300)) }
func BenchmarkEvalSynthetic3000(b *testing.B) { benchmarkEval(b, syntheticRules(3000)) }

func BenchmarkEvalPublished(b *testing.B) { benchmarkEval(b, publishedQueries(b)) }

// How long does it take to narrow all rules to one class of events? It is done once per class.
func benchmarkNarrow(b *testing.B, queries []string) {
	s := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
	set := predicate.NewSet(compileAll(b, s, queries))
	c := benchClasses()[0]
	b.ReportAllocs()
	for b.Loop() {
		set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
			vs, ok := c.known[s.names[f-1]]
			return stringValues(vs), ok
		})
	}
}

func BenchmarkNarrowSynthetic300(b *testing.B) { benchmarkNarrow(b, syntheticRules(300)) }
func BenchmarkNarrowPublished(b *testing.B)    { benchmarkNarrow(b, publishedQueries(b)) }

// How long does it take to compile all rules?
func BenchmarkCompilePublished(b *testing.B) {
	queries := publishedQueries(b)
	for b.Loop() {
		s := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
		predicate.NewSet(compileAll(b, s, queries))
	}
}

func publishedQueries(b *testing.B) []string {
	rules := upstream(b)
	var queries []string
	for _, path := range sortedKeys(rules) {
		queries = append(queries, rules[path])
	}
	return queries
}

// How long does a sequence rule take for a hit?
func BenchmarkMatcherPush(b *testing.B) {
	s := newSchema("event.category", "k")
	p, err := Compile(`sequence by k with maxspan=1m [a where true] [b where true] [c where true]`, s, Options{})
	if err != nil {
		b.Fatal(err)
	}
	var events []sequence.Item
	for i := range 1000 {
		ev := make(flatEvent, 3)
		ev[s.ids["k"]] = []predicate.Value{predicate.StringValue(fmt.Sprint("key", i*7%100))}
		events = append(events, sequence.Item{Event: &ev, Time: int64(i) * 1e6, Stages: []int{i % 3}})
	}
	m := p.NewMatcher()
	n := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Push(events[i%len(events)], func(sequence.Match) { n++ })
	}
}

func TestEvalDoesNotAllocateInSteadyState(t *testing.T) {
	if racetest.On { // the pools of package regexp then drop memory at random
		t.Skip("SKIPPED: allocations cannot be counted under the race detector")
	}
	s := &testSchema{open: true, ids: map[string]predicate.FieldID{}}
	queries := append(syntheticRules(120),
		`process where concat(process.name, "|", string(length(process.command_line))) == "x" or between~(process.command_line, "K", "P") == "y"`,
		`any where substring(process.name, 0, 3) : "sv*" and cidrMatch(destination.ip, "10.0.0.0/8") or process.name regex~ "a.*"`)
	set := predicate.NewSet(compileAll(t, s, queries))
	events, plans := benchEvents(s, set, 512)
	v := set.NewEvaluator()
	var hits []predicate.Hit
	pass := func() {
		for i, e := range events {
			hits = v.Eval(plans[i], e, hits[:0])
		}
	}
	pass()
	if n := testing.AllocsPerRun(5, pass); n > 0 {
		t.Errorf("%v allocations for %d events", n, len(events))
	}
}
