package sigma

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// BenchmarkLoad asks what it costs to read, compile and join all rules of SigmaHQ at hand.
func BenchmarkLoad(b *testing.B) {
	var sources [][]byte
	for _, path := range filesBelow(b, filepath.Join(shared(b), "upstream-rules", "sigmahq"), ".yml") {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		sources = append(sources, src)
	}
	var rules []*Rule
	var fs *logsource.Fields
	parse := func() {
		fs, rules = logsource.NewFields(), nil
		for _, src := range sources {
			for _, d := range syntax.Parse(src, syntax.Options{}) {
				if d.Skip == nil {
					rules = append(rules, Bind(d, fs))
				}
			}
		}
	}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			parse()
		}
	})
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			programs := make([]predicate.Program, len(rules))
			for i, r := range rules {
				programs[i] = predicate.Program{r.Compile(fs)}
			}
			predicate.NewSet(programs)
		}
	})
}

// BenchmarkEvaluate asks what all rules at hand cost an event of a kind.
func BenchmarkEvaluate(b *testing.B) {
	fs := logsource.NewFields()
	e := newEngine(fs, published(b, fs, "sigmahq"))
	root, files := realLogs(b)
	byClass := map[string][]*evtx.Record{}
	for _, name := range files {
		f, err := evtx.Open(filepath.Join(root, name))
		if err != nil {
			continue
		}
		for r := range f.Records(&evtx.Decoder{}, nil) {
			var key string
			switch id := r.EventID(); {
			case r.Channel() == "Security" && (id == 4688 || id == 4624 || id == 5145):
				key = "Security"
			case r.Channel() == sysmonLog && (id == 1 || id == 7 || id == 10 || id == 11 || id == 13):
				key = "Sysmon"
			case id == 4104:
				key = "PowerShell"
			default:
				continue
			}
			key += "-" + fmt.Sprint(r.EventID())
			byClass[key] = append(byClass[key], r.Clone())
			byClass["all"] = append(byClass["all"], byClass[key][len(byClass[key])-1])
		}
		f.Close()
	}
	for key, records := range byClass {
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				e.hitsOf(records[i%len(records)])
			}
		})
	}
}
