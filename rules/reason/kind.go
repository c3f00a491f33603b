package reason

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/sigma/logsource"
	"hunt/timeline/ledger"
)

// maxKindsTold bounds the kinds of events that a reason names.
const maxKindsTold = 6

// Kinds names kinds of events as people write them: Sysmon 11 or 23, Security 4663.
func Kinds(kinds []ledger.EventKind) string {
	var sources []logsource.Source
	told := kinds[:min(len(kinds), maxKindsTold)]
	for _, k := range told {
		if n := len(sources); n == 0 || sources[n-1].Channels[0] != k.Channel {
			sources = append(sources, logsource.Source{Channels: []string{k.Channel}})
		}
		if at := &sources[len(sources)-1]; k.EventID != 0 && !slices.Contains(at.EventIDs, k.EventID) {
			at.EventIDs = append(at.EventIDs, k.EventID)
		}
	}
	var out []string
	for i := range sources {
		out = append(out, sources[i].String())
	}
	list := strings.Join(out, " or ")
	if n := len(kinds) - len(told); n > 0 {
		list += fmt.Sprintf(" or one of %d other kinds of events", n)
	}
	return list
}
