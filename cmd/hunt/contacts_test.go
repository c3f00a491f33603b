package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/timeline/ledger"
)

// dnsQuery is a DNS query of a host.
func dnsQuery(host, i int, domain string) evtxtest.Event {
	e := sysmonEvent(22, i, 1000+i, evtxtest.Str("QueryName", domain))
	e.Computer = fmt.Sprintf("ws%02d", host)
	return e
}

// bothAsked finds hosts that asked for two domains.
func bothAsked(a, b string) string {
	return fmt.Sprintf("eql sequence by host.name with maxspan=1h [any where dns.question.name == %q] "+
		"[any where dns.question.name == %q]", a, b)
}

// crowdedContacts is a host that names more domains than are kept, and two others whose findings share one that would
// be among those left out.
func crowdedContacts() excess {
	var last string
	for i := 0; ; i++ {
		last = fmt.Sprintf("last%d.example", i)
		if c, _ := ledger.ContactOf(last); c > 0xffff<<48 {
			break
		}
	}
	events := []evtxtest.Event{dnsQuery(1, 1, last), dnsQuery(1, 2, "first.example"), dnsQuery(2, 1, last),
		dnsQuery(2, 2, "first.example"), dnsQuery(3, 0, "a.example"), dnsQuery(4, 0, "a.example")}
	for i := range ledger.MaxContacts + 500 {
		events = append(events, dnsQuery(5, i, fmt.Sprintf("%d.example", i)))
	}
	return excess{write: logged(0, events...), rules: []string{bothAsked(last, "first.example")}}
}

// askingHosts are the logs of 100 hosts. 30 ask for one domain, and four of all hosts have findings.
func askingHosts(save func(name, text string) string) (list string) {
	var halves [2][]evtxtest.Event
	for h := range 100 {
		events := &halves[h/50]
		*events = append(*events, dnsQuery(h, 0, fmt.Sprintf("own%d.example", h)))
		if h < 15 || h >= 85 {
			*events = append(*events, dnsQuery(h, 10, "cdn.example"))
		}
	}
	for half, host := range []int{27, 77} {
		halves[half] = append(halves[half], dnsQuery(host, 100, "one.example"), dnsQuery(host, 200, "two.example"))
	}
	for half, host := range []int{4, 94} {
		halves[half] = append(halves[half], dnsQuery(host, 300, "three.example"))
	}
	for i, events := range halves {
		log := save(fmt.Sprintf("log%d.evtx", i), string(evtxtest.File(events...)))
		list += fmt.Sprintf("%q,%d\n", log, i)
	}
	return save("list.csv", list)
}

// Two findings share two domains: they are one incident if both are rare among all hosts, whether these have findings
// or not, and however the evidence was divided.
func TestADomainThatManyHostsAskForJoinsNothing(t *testing.T) {
	dir := t.TempDir()
	save := saver(t, dir)
	list := askingHosts(save)
	with := []string{"--no-default-rules", "--no-default-tuning", "--quiet"}
	for i, rule := range []string{bothAsked("one.example", "two.example"), bothAsked("cdn.example", "three.example")} {
		with = append(with, "--rules", save(fmt.Sprintf("rule%d.eql", i), strings.TrimPrefix(rule, "eql ")))
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	must := func(args ...string) {
		t.Helper()
		if code, _, errs := hunt(t, append(args, with...)...); code != exit.OK {
			t.Fatalf("%q: exit code %d\n%s", args, code, errs)
		}
	}
	must("--input-list", list, "--report", in("one.json"), "--jobs", "1")
	one := mustRead(t, in("one.json"))
	var r report.Report
	if err := json.Unmarshal(one, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 4 || len(r.Incidents) != 3 {
		t.Errorf("%d findings in %d incidents, want 4 in 3", len(r.Findings), len(r.Incidents))
	}
	if len(r.Hubs) != 1 || r.Hubs[0].Text != "domain cdn.example" || r.Hubs[0].Why != "it is on 30 of 100 hosts" ||
		len(r.Hubs[0].Findings) != 2 {
		t.Errorf("hubs %+v", r.Hubs)
	}
	if !bytes.Contains(one, []byte("domain one.example, which is on 2 of 100 hosts")) {
		t.Error("no edge says on how many hosts its domain is")
	}
	for i := range 2 {
		must("scan", "--input-list", list, "--part", fmt.Sprintf("%d/2", i), "--out", in("shards"))
	}
	if code, _, errs := hunt(t, "resolve", "--quiet", in("shards"), "--out", in("plan")); code != exit.OK {
		t.Fatalf("resolve: exit code %d\n%s", code, errs)
	}
	for i := range 3 {
		must("match", in("shards"), "--plan", in("plan"), "--group", fmt.Sprintf("%d/3", i), "--out", in("matches"))
	}
	must("combine", in("matches"), in("shards"), "--plan", in("plan"), "--report", in("combined.json"))
	must("merge", in("shards"), "--report", in("merged.json"))
	for _, name := range []string{"combined.json", "merged.json"} {
		if !bytes.Equal(mustRead(t, in(name)), one) {
			t.Errorf("%s is another report than that of one run", name)
		}
	}
}
