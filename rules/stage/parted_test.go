package stage

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline/ecs"
)

// undivided is an event that shows no parts of its values.
type undivided struct{ event predicate.Event }

func (w undivided) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return w.event.Values(f, dst)
}

// parted counts how often parts told that an event has none of the keywords.
type parted struct {
	*View
	lacked, had *int
}

func (p parted) Lacks(f predicate.FieldID, s *predicate.Search) (lacks, ok bool) {
	lacks, ok = p.View.Lacks(f, s)
	switch {
	case ok && lacks:
		*p.lacked++
	case ok:
		*p.had++
	}
	return lacks, ok
}

const keywordRules = `
title: Words of the sample logs, and words that are nowhere
logsource: {product: windows}
detection:
  keywords:
    - zone.identifier
    - mimikatz
    - sekurlsa::logonpasswords
    - lsadump::dcsync
    - kerberos::golden
    - privilege::debug
    - token::elevate
    - vault::list
    - nowhere-in-any-log
    - invoke-nothing
    - gentilkiwi
    - httpdownload
  condition: keywords
---
title: All of several words, which may stand in different fields
logsource: {product: windows}
detection:
  keywords: {'|all': [chrome, 'appdata\local', powershell]}
  condition: keywords
---
title: Without a word
logsource: {product: windows, service: security}
detection:
  id: {EventID: 4688}
  keywords: [powershell, cmd]
  condition: id and not keywords
`

// setOf compiles the rules of a file.
func setOf(t *testing.T, file string, schema *ecs.Schema) *Set {
	t.Helper()
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true, NoBuiltInCases: true, Rules: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	fields := pack.SchemaOf(schema)
	var programs []*sequence.Program
	for _, r := range pk.Rules {
		q, err := r.Compile(fields)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, q.Program())
	}
	return NewSet(programs, fields)
}

// sampleRecords decodes all records of the samples.
func sampleRecords(t *testing.T) []*evtx.Record {
	t.Helper()
	var records []*evtx.Record
	dec := &evtx.Decoder{Cache: evtx.NewCache()}
	err := filepath.WalkDir(filepath.Join("..", "..", "samples"), func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".evtx" {
			return err
		}
		file, err := evtx.Open(name)
		if err != nil {
			return err
		}
		for r := range file.Records(dec, func(evtx.Damage) {}) {
			records = append(records, r.Clone())
		}
		return file.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// Keywords are searched for in the parts of an event first, and those without any are remembered:
// every event has the same hits as if the whole text was searched each time.
func TestKeywordsAreFoundInPartsAsInTheWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keywords.yml")
	if err := os.WriteFile(file, []byte(keywordRules), 0o600); err != nil {
		t.Fatal(err)
	}
	schema := ecs.NewSchema()
	preds := setOf(t, file, schema)
	records := sampleRecords(t)
	m, some := ecs.NewMapper(schema), 0
	a, b := preds.NewEvaluator(), preds.NewEvaluator()
	var lacked, had int
	for range 2 { // the second time, parts are remembered
		for _, r := range records {
			ev := m.Map(r)
			plan := preds.Plan(ev.Class)
			a.view.Show(ev)
			got := a.predicates.Eval(plan, parted{&a.view, &lacked, &had}, nil)
			b.view.Show(ev)
			if want := b.predicates.Eval(plan, undivided{&b.view}, nil); !slices.Equal(got, want) {
				t.Fatalf("record %d of %s has the hits %v, want %v", r.EventRecordID(), r.Channel(), got, want)
			}
			some += len(got)
		}
	}
	if lacked < 100 || had < 100 || some < 100 {
		t.Errorf("%d events lack all keywords, %d have some, %d hits: no test", lacked, had, some)
	}
}
