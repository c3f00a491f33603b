// Package hunt_test holds what is true of the repository as a whole.
package hunt_test

import (
	"os/exec"
	"strings"
	"testing"
)

// rank is the height of a package: it may import only what lies below it. The longest prefix counts.
var rank = []struct {
	prefix string
	height int
}{
	{"hunt/automaton", 0},
	{"hunt/cmd", 40},
	{"hunt/cmd/hunt/exit", 38},
	{"hunt/cmd/hunt/flag", 39},
	{"hunt/cmd/hunt/heap", 38},
	{"hunt/cmd/hunt/hint", 39},
	{"hunt/cmd/hunt/identity", 38},
	{"hunt/cmd/hunt/screen", 38},
	{"hunt/config", 0},
	{"hunt/evtx", 1},
	{"hunt/limit", 0},
	{"hunt/localtime", 0},
	{"hunt/mark", 0},
	{"hunt/output", 0},
	{"hunt/pattern", 0},
	{"hunt/racetest", 0},
	{"hunt/report", 20},
	{"hunt/report/advice", 23},
	{"hunt/report/answer", 24},
	{"hunt/report/artefact", 23},
	{"hunt/report/build", 25},
	{"hunt/report/account", 24},
	{"hunt/report/casefile", 21},
	{"hunt/report/change", 0},
	{"hunt/report/decision", 0},
	{"hunt/report/diff", 21},
	{"hunt/report/exchange", 21},
	{"hunt/report/format", 23},
	{"hunt/report/html", 22},
	{"hunt/report/incident", 21},
	{"hunt/report/census", 24},
	{"hunt/report/histogram", 21},
	{"hunt/report/identity", 22},
	{"hunt/report/indicator", 22},
	{"hunt/report/integrity", 21},
	{"hunt/report/listing", 23},
	{"hunt/report/movement", 23},
	{"hunt/report/outline", 21},
	{"hunt/report/logon", 24},
	{"hunt/report/payload", 22},
	{"hunt/report/record", 21},
	{"hunt/report/reporttest", 30},
	{"hunt/report/scene", 23},
	{"hunt/report/sight", 2},
	{"hunt/report/survey", 21},
	{"hunt/report/show", 24},
	{"hunt/report/sighting", 24},
	{"hunt/report/terminal", 21},
	{"hunt/report/title", 22},
	{"hunt/report/script", 24},
	{"hunt/report/verify", 24},
	{"hunt/report/xlsx", 22},
	{"hunt/rules", 17},
	{"hunt/rules/catalogue", 15},
	{"hunt/rules/eql", 4},
	{"hunt/rules/casetest", 18},
	{"hunt/rules/explanation", 18},
	{"hunt/rules/fact", 15},
	{"hunt/rules/hits", 4},
	{"hunt/rules/kql", 3},
	{"hunt/rules/kql/syntax", 1},
	{"hunt/rules/library", 0},
	{"hunt/rules/lineage", 16},
	{"hunt/rules/marking", 18},
	{"hunt/rules/pack", 14},
	{"hunt/rules/pipe", 3},
	{"hunt/rules/predicate", 1},
	{"hunt/rules/recall", 13},
	{"hunt/rules/reason", 6},
	{"hunt/rules/sequence", 2},
	{"hunt/rules/sigma", 5},
	{"hunt/rules/sigma/logsource", 4},
	{"hunt/rules/sigma/syntax", 1},
	{"hunt/rules/recent", 16},
	{"hunt/rules/source", 0},
	{"hunt/rules/stage", 15},
	{"hunt/rules/waiting", 16},
	{"hunt/rules/window", 3},
	{"hunt/samples", 30},
	{"hunt/samples/gen", 32},
	{"hunt/samples/gen/collector", 31},
	{"hunt/samples/gen/truth", 31},
	{"hunt/shellword", 0},
	{"hunt/spelling", 0},
	{"hunt/stamp", 0},
	{"hunt/table", 0},
	{"hunt/timeline", 12},
	{"hunt/timeline/batch", 13},
	{"hunt/timeline/coverage", 8},
	{"hunt/timeline/dump", 5},
	{"hunt/timeline/ecs", 4},
	{"hunt/timeline/ecs/audit", 0},
	{"hunt/timeline/ecs/code", 0},
	{"hunt/timeline/ecs/document", 5},
	{"hunt/timeline/ecs/notation", 2},
	{"hunt/timeline/ecs/powershell", 3},
	{"hunt/timeline/ecs/reference", 0},
	{"hunt/timeline/ecs/scalar", 3},
	{"hunt/timeline/ecs/sentence", 0},
	{"hunt/timeline/encoded", 1},
	{"hunt/timeline/ecs/shift", 3},
	{"hunt/timeline/evidence", 3},
	{"hunt/timeline/evidence/acquisition", 0},
	{"hunt/timeline/evidence/bunzip", 1},
	{"hunt/timeline/evidence/hole", 0},
	{"hunt/timeline/evidence/magic", 0},
	{"hunt/timeline/evidence/sevenz", 0},
	{"hunt/timeline/evidence/zipcipher", 0},
	{"hunt/timeline/export", 13},
	{"hunt/timeline/host", 7},
	{"hunt/timeline/lender", 4},
	{"hunt/timeline/ledger", 5},
	{"hunt/timeline/search", 5},
	{"hunt/timeline/scriptblock", 13},
	{"hunt/timeline/shard", 6},
	{"hunt/timeline/slot", 4},
	{"hunt/timeline/spill", 2},
	{"hunt/timeline/stats", 13},
	{"hunt/timeline/task", 1},
}

func heightOf(pkg string) (int, bool) {
	best, height := "", -1
	for _, r := range rank {
		if (pkg == r.prefix || strings.HasPrefix(pkg, r.prefix+"/")) && len(r.prefix) > len(best) {
			best, height = r.prefix, r.height
		}
	}
	return height, height >= 0
}

func TestDependenciesPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 8 {
		t.Fatalf("go list named only %d packages", len(lines))
	}
	for _, line := range lines {
		words := strings.Fields(line)
		pkg := words[0]
		own, known := heightOf(pkg)
		if !known {
			if pkg != "hunt" {
				t.Errorf("%s has no place in the layers; add it to rank", pkg)
			}
			continue
		}
		for _, imported := range words[1:] {
			if strings.HasPrefix(imported, "github.com/0xrawsec/") && pkg != "hunt/evtx/goevtx" {
				t.Errorf("%s imports %s: only hunt/evtx/goevtx may", pkg, imported)
			}
			height, ours := heightOf(imported)
			if !ours || strings.HasPrefix(imported, pkg+"/") || strings.HasPrefix(pkg, "hunt/evtx") &&
				strings.HasPrefix(imported, "hunt/evtx") ||
				strings.HasPrefix(pkg, "hunt/rules/eql") && strings.HasPrefix(imported, "hunt/rules/eql") {
				continue
			}
			if height >= own {
				t.Errorf("%s imports %s, which does not lie below it", pkg, imported)
			}
		}
	}
}
