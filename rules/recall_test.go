package rules

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/rules/recall"
	"hunt/rules/stage"
	"hunt/timeline/ecs"
)

// recalls holds what is recalled of records, one after the other, against what an evaluation of each
// by itself finds. It returns how many were recalled, and how many of these had hits.
func recalls(t *testing.T, preds *stage.Set, schema *ecs.Schema, records []*evtx.Record) (recalled, hits int) {
	t.Helper()
	m, v, alone := ecs.NewMapper(schema), newVisitor(preds, stage.NewDismissed(0), 1<<40, nil), preds.NewEvaluator()
	v.memory = preds.NewMemory()
	for _, r := range records {
		ev := m.Map(r)
		plan := preds.Plan(ev.Class)
		want := alone.Eval(plan, ev, nil)
		key, ok := v.evaluator.Key(v.memory, plan, ev)
		if !ok {
			continue
		}
		if got, ok := v.memory.Hits(key); !ok {
			v.memory.Keep(key, want)
			continue
		} else if !slices.Equal(got, want) {
			t.Fatalf("of record %d of %s %d the hits %v are recalled, want %v", r.EventRecordID(), r.Channel(),
				r.EventID(), got, want)
		}
		recalled++
		if len(want) > 0 {
			hits++
		}
	}
	return recalled, hits
}

func TestWhatIsRecalledIsWhatAnEvaluationFinds(t *testing.T) {
	dirs := []string{filepath.Join("..", "samples")}
	if dir := os.Getenv("HUNT_CORPUS"); dir != "" {
		dirs = append(dirs, filepath.Join(dir, "real"), filepath.Join(dir, "sigma-regression"))
	} else if dir := filepath.Join("..", "..", "shared", "corpus"); exists(dir) {
		dirs = append(dirs, filepath.Join(dir, "real"), filepath.Join(dir, "sigma-regression"))
	}
	sources := []pack.Sources{{}}
	if exists(published) {
		sources = append(sources, pack.Sources{Rules: []string{filepath.Dir(published)}})
	}
	var records []*evtx.Record
	for _, dir := range dirs {
		records = append(records, recordsIn(t, dir)...)
	}
	for _, from := range sources {
		schema := ecs.NewSchema()
		recalled, hits := recalls(t, predicatesOf(t, from, schema), schema, records)
		if recalled < len(records)/4 || hits == 0 {
			t.Errorf("%d of %d records are recalled, %d with hits", recalled, len(records), hits)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// recallRules ask in every way for values that differ from record to record where little else does.
var recallRules = map[string]string{
	"ports.yml": `title: ports
logsource: {category: network_connection, product: windows}
detection:
  a: {SourcePort: [3389, 445]}
  b: {DestinationIp|cidr: 10.0.0.0/8, SourcePort|gt: 50000}
  condition: a or b
level: low
`, "words.yml": `title: words anywhere
logsource: {product: windows}
detection:
  words: ['mimi kat']
  condition: words
level: low
`, "time.yml": `title: an old file
logsource: {category: file_event, product: windows}
detection:
  a: {CreationUtcTime|startswith: '1980'}
  b: {TargetFilename|fieldref: Image}
  condition: a or b
level: low
`, "user.yml": `title: user and hash
logsource: {category: process_creation, product: windows}
detection:
  a: {Security_UserID: S-1-5-18, sha256: 'AB'}
  b: {Computer|startswith: dc, User|endswith: anna}
  c: {Level: 2}
  d: {ParentImage: null}
  condition: a or b or c or d
level: low
`, "some.eql": `process where process.pid == 4 or process.parent.pid < 10 or user.id == "S-1-5-18" or
  process.parent.name == process.name or host.name == "dc"
`,
}

func TestOnlyValuesThatNoRuleAsksForMayDiffer(t *testing.T) {
	dir := t.TempDir()
	for name, text := range recallRules {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	schema := ecs.NewSchema()
	preds := predicatesOf(t, pack.Sources{NoDefaultRules: true, Rules: []string{dir}}, schema)
	str := evtxtest.String
	values := []evtxtest.Value{str(""), str("-"), str("x mimi kat y"), str("3389"), str("51000"), str("4"),
		evtxtest.Uint32(4), evtxtest.Uint32(700),
		evtxtest.Uint16(3389), evtxtest.Uint16(50123),
		str("1980-01-01 00:00:00.000"), str("2026-03-02 08:25:24.496"), str(`C:\a.exe`), str(`C:\A.EXE`),
		str("S-1-5-18"), str(`CORP\anna`),
		str("SHA256=AB"), str("10.1.2.3"), str("192.0.2.1"), str("true")}
	names := map[uint16][]string{
		1: {"UtcTime", "ProcessId", "Image", "CommandLine", "User", "Hashes", "ParentProcessId", "ParentImage"},
		3: {"UtcTime", "ProcessId", "Image", "User", "Protocol", "Initiated", "SourceIp", "SourcePort", "DestinationIp",
			"DestinationPort"},
		11: {"UtcTime", "ProcessId", "Image", "TargetFilename", "CreationUtcTime", "User"},
	}
	var events []evtxtest.Event
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	add := func(id uint16, computer, user string, level uint8, data []evtxtest.Pair) {
		events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", EventID: id, Level: level,
			Channel: "Microsoft-Windows-Sysmon/Operational", Computer: computer, UserID: user,
			Time: at.Add(time.Duration(len(events)) * time.Second), RecordID: uint64(len(events) + 1), Data: data})
	}
	for id, names := range names {
		for i := range names {
			for round := range 8 {
				for _, v := range values {
					var data []evtxtest.Pair
					for j, name := range names {
						value := values[(7*int(id)+3*j)%len(values)]
						if j == i {
							value = v
						}
						data = append(data, evtxtest.Pair{Name: name, Value: value})
					}
					add(id, []string{"dc", "ws"}[round%2], []string{"S-1-5-18", "S-1-5-19"}[round/2%2],
						uint8(4-2*(round/4)), data)
					add(id, "ws", "S-1-5-19", 4, data)
				}
			}
		}
	}
	records := recordsOf(t, events)
	recalled, hits := recalls(t, preds, schema, records)
	if recalled < len(records)/4 || hits < 100 || recalled == len(records) {
		t.Errorf("%d of %d records are recalled, %d with hits", recalled, len(records), hits)
	}
}

// recordsOf writes events to a log and reads it.
func recordsOf(t *testing.T, events []evtxtest.Event) (records []*evtx.Record) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log.evtx"), evtxtest.File(events...), 0o600); err != nil {
		t.Fatal(err)
	}
	return recordsIn(t, dir)
}

func TestHostsShareWhatIsRememberedUnlessARuleAsksForTheirNames(t *testing.T) {
	for _, c := range []struct {
		rule      string
		computers []string
		recalled  int
	}{
		{"ports.yml", []string{"dc", "ws", "mimi kat"}, 2},
		{"user.yml", []string{"dc", "ws", "ws2", "dc"}, 1},
		{"words.yml", []string{"dc", "ws", "mimi kat", "mimi katz", "dc"}, 2},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.rule), []byte(recallRules[c.rule]), 0o600); err != nil {
			t.Fatal(err)
		}
		schema := ecs.NewSchema()
		preds := predicatesOf(t, pack.Sources{NoDefaultRules: true, Rules: []string{dir}}, schema)
		var events []evtxtest.Event
		id := map[string]uint16{"ports.yml": 3, "user.yml": 1, "words.yml": 3}[c.rule]
		for i, computer := range c.computers {
			events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", EventID: id, Level: 4,
				Channel: "Microsoft-Windows-Sysmon/Operational", Computer: computer, UserID: "S-1-5-18",
				Time: time.Date(2026, 3, 2, 8, 0, i, 0, time.UTC), RecordID: uint64(i + 1),
				Data: []evtxtest.Pair{{Name: "Image", Value: evtxtest.String(`C:\a.exe`)},
					{Name: "SourcePort", Value: evtxtest.Uint16(445)}}})
		}
		if recalled, _ := recalls(t, preds, schema, recordsOf(t, events)); recalled != c.recalled {
			t.Errorf("%s: of %d hosts %d are recalled, want %d", c.rule, len(events), recalled, c.recalled)
		}
	}
}

// TestAClassIsKnownByItsNames makes a class twice, as a batch does that forgot it in between. Known by its address, it
// could be taken for a class that was forgotten and had the same address.
func TestAClassIsKnownByItsNames(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ports.yml"), []byte(recallRules["ports.yml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	schema := ecs.NewSchema()
	preds := predicatesOf(t, pack.Sources{NoDefaultRules: true, Rules: []string{dir}}, schema)
	records := recordsOf(t, []evtxtest.Event{{Provider: "Microsoft-Windows-Sysmon", EventID: 3, Level: 4,
		Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "ws", RecordID: 1,
		Data: []evtxtest.Pair{{Name: "SourcePort", Value: evtxtest.Uint16(445)}}}})
	v, memory := preds.NewEvaluator(), preds.NewMemory()
	var keys []recall.Key
	for _, schema := range []*ecs.Schema{schema, ecs.NewSchema()} {
		ev := ecs.NewMapper(schema).Map(records[0])
		key, ok := v.Key(memory, preds.Plan(ev.Class), ev)
		if !ok {
			t.Fatal("no key")
		}
		keys = append(keys, key)
	}
	if keys[0] != keys[1] {
		t.Error("the same record has another key when its class is made again")
	}
}

// TestEventsThatDifferInWhatARuleAsksOfSystemAreToldApart changes one property of System at a time, which a rule of
// Sigma and one in EQL ask for.
func TestEventsThatDifferInWhatARuleAsksOfSystemAreToldApart(t *testing.T) {
	for property, c := range map[string]struct {
		sigma, eql string
		change     func(e *evtxtest.Event)
	}{
		"version": {"Version: 2", "winlog.version == 2", func(e *evtxtest.Event) { e.Version = 2 }},
		"level":   {"Level: 2", `log.level == "error"`, func(e *evtxtest.Event) { e.Level = 2 }},
		"opcode":  {"Opcode: 1", `winlog.opcode == "Start"`, func(e *evtxtest.Event) { e.Opcode = 1 }},
		"task":    {"Task: 7", `winlog.task == "7"`, func(e *evtxtest.Event) { e.Task = 7 }},
		"keywords": {"Keywords: '0x10000000000000'", `event.outcome == "failure"`,
			func(e *evtxtest.Event) { e.Keywords = 1 << 52 }},
		"computer": {"Computer: dc", `winlog.computer_name == "dc"`, func(e *evtxtest.Event) { e.Computer = "dc" }},
		"user": {"Security_UserID: S-1-5-18", `winlog.user.identifier == "S-1-5-18"`,
			func(e *evtxtest.Event) { e.UserID = "S-1-5-18" }},
	} {
		for name, rule := range map[string]string{
			"rule.yml": "title: a\nlogsource: {product: windows}\ndetection:\n  a: {" + c.sigma +
				"}\n  condition: a\nlevel: low\n",
			"rule.eql": "any where " + c.eql + "\n",
		} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(rule), 0o600); err != nil {
				t.Fatal(err)
			}
			schema := ecs.NewSchema()
			preds := predicatesOf(t, pack.Sources{NoDefaultRules: true, Rules: []string{dir}}, schema)
			var events []evtxtest.Event
			for i := range 4 {
				e := evtxtest.Event{Provider: "Odd", EventID: 7, Level: 4, Channel: "Odd", Computer: "ws",
					UserID: "S-1-5-19", Time: time.Date(2026, 3, 2, 8, 0, i, 0, time.UTC), RecordID: uint64(i + 1),
					Data: []evtxtest.Pair{evtxtest.Str("A", "b")}}
				if i%2 == 1 {
					c.change(&e)
				}
				events = append(events, e)
			}
			if recalled, hits := recalls(t, preds, schema, recordsOf(t, events)); recalled != 2 || hits != 1 {
				t.Errorf("%s, %s: %d are recalled and %d have hits, want 2 and 1", property, name, recalled, hits)
			}
		}
	}
}
