package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/limit"
)

// excessOfRecords are records beyond the bounds of the decoder, the mapping and histories.
func excessOfRecords() map[limit.ID]excess {
	out := map[limit.ID]excess{
		"ecs-arguments": {write: bodies(repeatedData("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational",
			"1", "CommandLine", strings.Repeat("x ", 100), 170))},
		"ecs-dns-answers": {write: logged(0,
			sysmonEvent(22, 0, 1, evtxtest.Str("QueryName", "a.example"),
				evtxtest.Str("QueryResults", strings.Repeat("1.1.1.1;", 1025))))},
		"ecs-classes": {write: func(t *testing.T, dir string) {
			var events []evtxtest.Event
			for i := range 1<<16 + 10 {
				// #nosec G115 -- masked
				events = append(events, evtxtest.Event{Provider: "Vendor", Channel: fmt.Sprintf("Vendor-%d", i>>16),
					Computer: "ws01", EventID: uint16(i & 0xffff), Time: boundNoon})
			}
			logged(0, events...)(t, dir)
		}},
		"history-command-line": {
			write: logged(0, evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
				Computer: "ws01",
				EventID:  4688, Version: 2, Time: boundNoon,
				Data: []evtxtest.Pair{{Name: "NewProcessId", Value: evtxtest.Hex64(100)},
					evtxtest.Str("NewProcessName", `C:\a.exe`),
					evtxtest.Str("CommandLine", strings.Repeat("a", 9000))}})},
		"history-clock": {write: func(t *testing.T, dir string) {
			var events []evtxtest.Event
			for i := range 1<<10 + 10 { // the clock is ahead for two records of six
				for k, ahead := range []time.Duration{0, 0, 0, 0, 12 * time.Hour, 12 * time.Hour} {
					at := boundNoon.Add(time.Duration(6*i+k)*time.Minute + ahead)
					events = append(events, evtxtest.Event{Provider: "Vendor", Channel: "Application",
						Computer: "ws01", EventID: 7, Time: at})
				}
			}
			logged(0, events...)(t, dir)
		}},
		"history-texts": {write: func(t *testing.T, dir string) {
			body := repeatedData("Microsoft-Windows-Security-Auditing", "Security", "4688", "NewProcessName",
				strings.Repeat("a", 30_000), 5)
			bodies(body)(t, dir)
		}},
	}
	out["carve-definitions"] = excess{args: []string{"--carved"}, write: func(t *testing.T, dir string) {
		var list []evtxtest.Body
		for i := range 350 { // each with a definition of 50 KB
			field := strings.Repeat("a", 25_000) + strconv.Itoa(i)
			list = append(list, repeatedData("Vendor", "Application", "7", field, "x", 1))
		}
		bodies(list...)(t, dir)
	}}
	for _, x := range evtxtest.Excesses() {
		out[x.Bound] = excess{write: bodies(x.Beyond...)}
	}
	return out
}

// bodies is a log of these records.
func bodies(list ...evtxtest.Body) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) { writeLog(t, filepath.Join(dir, "log.evtx"), list...) }
}

// repeatedData is an event with one value, which its template writes so many times into one field.
func repeatedData(provider, channel, id, field, value string, times int) evtxtest.Body {
	text := func(name, s string) evtxtest.Node { return evtxtest.Named(name, evtxtest.Text(s)) }
	data := evtxtest.Element{Name: "Data",
		Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text(field)}}}}
	for range times {
		data.Children = append(data.Children, evtxtest.Sub{Index: 0, Type: evtxtest.TypeString})
	}
	top := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Named("Event",
		evtxtest.Named("System",
			evtxtest.Element{Name: "Provider",
				Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text(provider)}}}},
			text("EventID", id), text("Channel", channel), text("Computer", "ws01")),
		evtxtest.Named("EventData", data))}}
	return evtxtest.Body{evtxtest.Instance{Template: top, Values: []evtxtest.Value{evtxtest.String(value)}}}
}
