package survey

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hunt/mark"
	"hunt/report/sight"
	"hunt/rules/pack"
	"hunt/rules/sigma/logsource"
	"hunt/table"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// LogSources tells which of Sigma's log sources that rules ask for have records, the ones of most rules first.
// Log sources that no event log answers are left out: their rules do not run.
func LogSources(rules []*pack.Rule, hosts []*host.Host) []sight.LogSource {
	count := map[logsource.Name]int{}
	for _, r := range rules {
		if r.Skip == "" && r.Language == pack.Sigma && r.LogSource != (logsource.Name{}) {
			count[r.LogSource]++
		}
	}
	var out []sight.LogSource
	var sources [][]logsource.Source
	for name, n := range count {
		found, answer := logsource.Find(name.Product, name.Category, name.Service)
		if answer == logsource.Answered {
			out = append(out, sight.LogSource{Name: name.String(), Rules: n})
			sources = append(sources, found)
		}
	}
	answered := map[ledger.EventKind][]int{} // the numbers of the log sources that a kind answers
	for _, h := range hosts {
		has := make([]bool, len(out))
		for i := range h.Events {
			k := h.Events[i].Kind()
			list, known := answered[k]
			if !known {
				list = answers(k, sources)
				answered[k] = list
			}
			for _, s := range list {
				out[s].Records += h.Events[i].Count
				has[s] = true
			}
		}
		for s := range out {
			if has[s] {
				out[s].Hosts++
			} else {
				out[s].Without++
			}
		}
	}
	slices.SortFunc(out, func(a, b sight.LogSource) int {
		return cmp.Or(b.Rules-a.Rules, strings.Compare(a.Name, b.Name))
	})
	return out
}

// answers returns the numbers of the log sources that events of a kind answer.
func answers(k ledger.EventKind, sources [][]logsource.Source) []int {
	var out []int
	for i, list := range sources {
		if len(list) == 0 || slices.ContainsFunc(list, func(s logsource.Source) bool {
			return s.Has(k.Channel, k.EventID)
		}) {
			out = append(out, i)
		}
	}
	return out
}

// logSources writes them as a table.
func (x *Coverage) logSources(w io.Writer, width int) error {
	if len(x.LogSources) == 0 {
		return nil
	}
	t := table.New("Sigma log source", "Rules", "Records", "Hosts with records", "Hosts without")
	for _, s := range x.LogSources {
		t.Add(mark.Printable(s.Name), strconv.Itoa(s.Rules), strconv.Itoa(s.Records), strconv.Itoa(s.Hosts),
			strconv.Itoa(s.Without))
	}
	fmt.Fprintln(w)
	return t.Write(w, width)
}
