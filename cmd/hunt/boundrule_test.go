package main

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx/evtxtest"
	"hunt/limit"
)

// thresholdOfArguments groups process starts by each pair of their arguments and their parent's.
const thresholdOfArguments = `[rule]
name = "pairs"
rule_id = "11111111-1111-1111-1111-111111111111"
severity = "low"
type = "threshold"
language = "kuery"
from = "now-1h"
query = 'event.category : process'
[rule.threshold]
field = ["process.args", "process.parent.args"]
value = 1000
`

// partialChains has a chain that lacks its end in each process start.
const partialChains = `id = "chains"
name = "chains"
partial = true
query = 'sequence by process.entity_id with maxspan=1h [process where event.type == "start"] [file where file.name == "never"]'
`

const correlationOfLogons = `title: Failed
name: failed
logsource: {product: windows, service: security}
detection:
  sel: {EventID: 4625}
  condition: sel
---
title: Burst
id: burst
correlation:
  type: event_count
  rules: failed
  group-by: TargetUserName
  timespan: 1h
  condition: {gte: 5}
`

// excessOfRules are events beyond the bounds of rules, their matchers and the lists of their findings.
func excessOfRules() map[limit.ID]excess {
	arguments := func(n, events int) []evtxtest.Event {
		var out []evtxtest.Event
		for i := range events {
			out = append(out, sysmonEvent(1, i, i+1, evtxtest.Str("CommandLine", words("a", n)),
				evtxtest.Str("ParentCommandLine", words("b", n))))
		}
		return out
	}
	crowd := make([]evtxtest.Event, 0, 10_001) // one process
	many := make([]evtxtest.Event, 0, 10_001)  // a process each
	for i := range 10_001 {
		crowd = append(crowd, sysmonEvent(5, i, 1))
		many = append(many, sysmonEvent(5, i, i+1))
	}
	var parts, carrying, writers []evtxtest.Event
	for i := range 16 * 40 { // 16 processes that write 40 files each
		writers = append(writers, sysmonEvent(11, i, i%16+1,
			evtxtest.Str("TargetFilename", fmt.Sprintf(`C:\out\%d.txt`, i))))
	}
	for i := range 700 { // of 25,000 characters
		parts = append(parts, scriptPart(1, int32(i+1), 700, strings.Repeat("0123456789 abcdefghijklmn", 1000)))
	}
	var many64 []string // texts in base64
	for i := range 70 {
		many64 = append(many64, base64.StdEncoding.EncodeToString([]byte(words("text", 10)+strconv.Itoa(i))))
	}
	carrying = append(carrying, sysmonEvent(1, 0, 1, evtxtest.Str("CommandLine", strings.Join(many64, " "))))
	every := slices.Repeat([]string{"eql any where event.code == \"5\""}, 101)
	tied := failedLogons(1)
	for i := range 1_100 {
		tied = append(tied, sysmonEvent(1, 0, i+1, evtxtest.Str("CommandLine", "x")))
	}
	return map[limit.ID]excess{
		"eql-combinations": {write: logged(0, arguments(300, 1)...),
			rules: []string{`eql process where concat(process.args, process.parent.args) == "nothing"`}},
		"eql-keys": {write: logged(0, arguments(70, 2)...),
			rules: []string{"eql sequence by process.args, process.parent.args " +
				"[process where true] [file where true]"}},
		"eql-waiting":         {write: grown("downloads", 400)},
		"window-ties":         {write: logged(0, tied...), rules: []string{"yml " + correlationOfTies}},
		"window-combinations": {write: logged(0, arguments(40, 1)...), rules: []string{"toml " + thresholdOfArguments}},
		"rules-counted-events": {write: logged(0, failedLogons(200)...),
			rules: []string{"yml " + correlationOfLogons}},
		"rules-candidates":       {write: grown("downloads", 400)},
		"rules-different-values": {write: grown("one-pid", 40)},
		"rules-further-events":   {write: grown("one-pid", 40)},
		"report-further-events": {write: logged(0, writers...),
			rules: numbered(slices.Repeat([]string{`eql any where event.code == "11"`}, 101))},
		"rules-first-events": {write: grown("children", 4_100), rules: []string{"toml " + partialChains}},
		"rules-process-findings": {write: grown("one-pid", 1_100),
			rules: []string{"eql sequence by process.entity_id [process where true] [process where true]"}},
		"rules-findings":     {write: logged(0, many...), rules: every[:1]},
		"rules-hits":         {write: logged(0, crowd...), rules: every[:1]},
		"report-hits":        {write: logged(0, crowd...), rules: numbered(every)},
		"rules-decoded":      {write: logged(0, carrying...)},
		"rules-script-text":  {write: logged(0, parts...)},
		"rules-blind-hosts":  {write: grown("quiet-hosts", 1_100)},
		"rules-all-findings": {write: logged(0, many...), rules: numbered(every[:3])},
	}
}

// numbered makes rules differ in their text.
func numbered(rules []string) []string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = strings.Replace(r, "any where", fmt.Sprintf("any where %d != -1 and", i), 1)
	}
	return out
}

// correlationOfTies wants two events in their order, which those at one time do not have.
const correlationOfTies = `title: A failed logon
name: failed
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4625}, condition: sel}
---
title: A start
name: start
logsource: {product: windows, service: sysmon}
detection: {sel: {EventID: 1}, condition: sel}
---
title: Both
id: both
correlation: {type: temporal_ordered, rules: [failed, start], group-by: [Computer], timespan: 1m}
`
