package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

// pointRules are what the correlations below count: failed logons (f), logons (l), both (any), and installed
// services (s).
const pointRules = `title: f
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4625}, condition: sel}
---
title: l
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4624}, condition: sel}
---
title: any
logsource: {product: windows, service: security}
detection: {sel: {EventID: [4624, 4625]}, condition: sel}
---
title: s
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4697}, condition: sel}
---
`

// correlationPoints are correlations with events, of which each is "seconds kind [user [address [host]]]", and the
// record ids of the results.
var correlationPoints = []struct{ name, correlation, events, want string }{
	{"a reference is by title, and one is not there", `rules: [f, nobody], type: event_count, timespan: 5s,
  condition: {gte: 1}`, "0 f", ""},
	{"timespans are closed", `rules: f, type: event_count, timespan: 5s, condition: {gte: 2}`,
		"0 f; 5 f; 20 f; 26 f", "1 2"},
	{"the host does not divide", `rules: f, type: event_count, timespan: 5s, condition: {gte: 2}`,
		"0 f a - one; 1 f a - two", "1 1"},
	{"group-by compares without case", `rules: f, type: event_count, group-by: TargetUserName, timespan: 5s,
  condition: {gte: 2}`, "0 f anna; 1 f ANNA; 2 f bob", "1 2"},
	{"an absent field is a group of its own", `rules: f, type: event_count, group-by: TargetUserName, timespan: 5s,
  condition: {gte: 2}`, "0 f; 1 f anna; 2 f", "1 3"},
	{"an absent field takes no part in temporal", `rules: [f, l], type: temporal, group-by: TargetUserName,
  timespan: 5s`,
		"0 f; 1 l; 2 f anna; 3 l anna", "3 4"},
	{"an alias is another field for each rule, and absent for others", `rules: [f, l], type: temporal, group-by: who,
  timespan: 5s, aliases: {who: {f: TargetUserName, l: IpAddress}}`, "0 f anna x; 1 l bob anna; 2 l anna y", "1 2"},
	{"an event that two rules match counts once", `rules: [f, any], type: event_count, timespan: 5s,
  condition: {gte: 2}`, "0 f; 9 f; 10 l", "2 3"},
	{"value_count counts values without case, none for an absent one", `rules: f, type: value_count, timespan: 9s,
  condition: {field: TargetUserName, gte: 2}`, "0 f anna; 1 f ANNA; 2 f; 20 f anna; 21 f bob", "4 5"},
	{"value_count counts tuples", `rules: f, type: value_count, timespan: 9s,
  condition: {field: [TargetUserName, IpAddress], gte: 3}`, "0 f a x; 1 f a y; 2 f a x; 3 f b x", "1 2 3 4"},
	{"a window that fulfils the condition ends before the next", `rules: f, type: event_count, timespan: 10s,
  condition: {gte: 2}`, "0 f; 4 f; 8 f; 12 f; 16 f", "1 2 3; 4 5"},
	{"else the next begins at the next event", `rules: f, type: event_count, timespan: 10s, condition: {gte: 3}`,
		"0 f; 8 f; 15 f; 16 f", "2 3 4"},
	{"with an upper bound the next begins after it in any case", `rules: f, type: event_count, timespan: 10s,
  condition: {lt: 3}`, "0 f; 1 f; 2 f; 30 f", "4"},
	{"a range", `rules: f, type: event_count, timespan: 10s, condition: {gt: 1, lte: 2}`,
		"0 f; 1 f; 2 f; 30 f; 31 f", "4 5"},
	{"temporal takes the first of each rule, and the window's event is one", `rules: [f, l], type: temporal,
  timespan: 10s`, "0 f; 1 f; 2 l; 3 l; 20 l; 21 f", "1 3; 5 6"},
	{"temporal with as many rules as the condition says", `rules: [f, l, s], type: temporal, timespan: 10s,
  condition: {gte: 2}`, "0 f; 1 s", "1 2"},
	{"temporal_ordered goes on from each first event", `rules: [f, l], type: temporal_ordered, timespan: 5s`,
		"0 l; 1 f; 9 f; 10 l; 11 l", "3 4"},
	{"the record id decides the order of equal times", `rules: [f, l], type: temporal_ordered, timespan: 5s`,
		"0 l; 0 f; 20 f; 20 l", "3 4"},
	{"a condition over rules", `rules: [f, l, s], type: temporal, timespan: 10s, condition: "f and l and not s"`,
		"0 f; 1 l; 2 s; 30 f; 31 l", "4 5"},
	{"the rules are those of the condition", `type: temporal, timespan: 10s, condition: "f and l"`,
		"0 f; 1 l", "1 2"},
	{"ordered, a negated rule is forbidden between", `rules: [f, s, l], type: temporal_ordered, timespan: 10s,
  condition: "f and l and not s"`, "0 f; 1 s; 2 l; 30 s; 31 f; 32 l; 33 s", "5 6"},
	{"an average over what is no number", `rules: f, type: value_avg, timespan: 10s,
  condition: {field: IpAddress, gte: 3}`, "0 f a 2; 1 f a 0x4; 2 f a x", "1 2 3"},
}

// pointEvents writes the events, which are numbered by record ids within each host.
func pointEvents(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	logs := map[string][]evtxtest.Event{}
	for line := range strings.SplitSeq(text, ";") {
		words := append(strings.Fields(line), "", "", "")
		var seconds int
		if _, err := fmt.Sscan(words[0], &seconds); err != nil {
			t.Fatal(err)
		}
		host := words[4]
		e := evtxtest.Event{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing",
			EventID: map[string]uint16{"f": 4625, "l": 4624, "s": 4697}[words[1]], Computer: "host" + host,
			Time: caseStart.Add(time.Duration(seconds) * time.Second), RecordID: uint64(len(logs[host]) + 1)}
		for i, name := range []string{"TargetUserName", "IpAddress"} {
			if words[2+i] != "" {
				e.Data = append(e.Data, evtxtest.Str(name, words[2+i]))
			}
		}
		logs[host] = append(logs[host], e)
	}
	for host, events := range logs {
		file := filepath.Join(dir, "Security"+host+".evtx")
		if err := os.WriteFile(file, evtxtest.File(events...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Each case is a sentence of the specification of correlations, with a result that was worked out by hand.
func TestCorrelationsDoWhatEachSentenceSays(t *testing.T) {
	for _, c := range correlationPoints {
		t.Run(c.name, func(t *testing.T) {
			pk := countedPack(t, pointRules+"title: it\nid: it\ncorrelation: {"+c.correlation+"}\n")
			var got []string
			if len(pk.Rules) > 0 {
				for _, f := range runOn(t, pk, Options{Jobs: 1}, pointEvents(t, c.events)).Findings {
					var ids []string
					for _, e := range f.Evidence {
						ids = append(ids, fmt.Sprint(e.Event.Ref.EventRecordID))
					}
					if f.Rule.ID == "it" {
						got = append(got, strings.Join(ids, " "))
					}
				}
			}
			slices.Sort(got)
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("results %q, want %q", text, c.want)
			}
		})
	}
}
