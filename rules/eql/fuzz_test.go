package eql

import (
	"errors"
	"testing"

	"hunt/rules/eql/syntax"
	"hunt/rules/sequence"
)

// maliciousLink is the rule that hunt began with: MITRE ATT&CK T1204.001.
const maliciousLink = `sequence by host.id with maxspan=30s
  [process where event.type == "start" and
    process.parent.name in~ ("chrome.exe", "msedge.exe", "firefox.exe", "iexplore.exe", "opera.exe", "brave.exe", "vivaldi.exe", "browser.exe") and
    process.name in~ ("powershell.exe", "pwsh.exe", "cmd.exe", "wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "regsvr32.exe", "certutil.exe", "bitsadmin.exe", "msiexec.exe", "wmic.exe", "msbuild.exe", "csc.exe", "installutil.exe", "regasm.exe", "regsvcs.exe", "odbcconf.exe", "forfiles.exe", "pcalua.exe")] as e1
  [any where event.type in ("start", "creation") and
    (
      (event.category == "process" and
        (
          (process.args : ("-enc", "-EncodedCommand")) or
          (process.args : ("Invoke-WebRequest", "Net.WebClient", "DownloadFile", "DownloadString", "IEX", "Invoke-Expression")) or
          (process.name in~ ("wscript.exe", "cscript.exe", "mshta.exe", "rundll32.exe", "regsvr32.exe", "certutil.exe", "msbuild.exe", "installutil.exe", "regasm.exe", "regsvcs.exe"))
        )
      ) or
      (event.category == "file" and file.path : ("*\\Downloads\\*.exe", "*\\Downloads\\*.dll", "*\\Downloads\\*.js", "*\\Downloads\\*.vbs", "*\\Downloads\\*.hta", "*\\Downloads\\*.ps1", "*\\Downloads\\*.iso", "*\\AppData\\Local\\Temp\\*.exe", "*\\AppData\\Local\\Temp\\*.dll", "*\\Users\\Public\\*.exe"))
    )
  ]
`

func linkSchema() *testSchema {
	return newSchema("host.id", "event.category", "event.type", "process.name", "process.parent.name", "process.args",
		"file.path")
}

func TestTheMaliciousLinkRuleCompilesPrintsAndMatches(t *testing.T) {
	s := linkSchema()
	p, err := Compile(maliciousLink, s, Options{File: "t1204.toml"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Compile(p.String(), s, Options{})
	if err != nil || again.String() != p.String() {
		t.Fatalf("the canonical form does not print itself: %v\n%s", err, p)
	}
	if st := p.Stages(); len(st) != 2 || st[0].Label != "e1" || p.MaxSpan() != 30e9 || p.Form() != sequence.Sequence ||
		len(p.Keys(0)) != 1 {
		t.Errorf("stages %+v, maxspan %d", st, p.MaxSpan())
	}
	start := s.event(t, "host.id=h event.category=process event.type=start process.parent.name=Chrome.exe "+
		"process.name=PowerShell.exe")
	drop := s.event(t,
		`host.id=h event.category=file event.type=creation file.path=C:\Users\alice\Downloads\invoice.EXE`)
	other := s.event(t,
		`host.id=g event.category=file event.type=creation file.path=C:\Users\alice\Downloads\invoice.exe`)
	count := func(items ...sequence.Item) int {
		n := 0
		for range p.Run(func(yield func(sequence.Item) bool) {
			for _, it := range items {
				if !yield(it) {
					return
				}
			}
		}) {
			n++
		}
		return n
	}
	if n := count(sequence.Item{Event: start}, sequence.Item{Event: drop, Time: 30e9}); n != 1 {
		t.Errorf("%d results, want 1", n)
	}
	if n := count(sequence.Item{Event: start}, sequence.Item{Event: drop, Time: 30e9 + 1}); n != 0 {
		t.Errorf("%d results after more than 30 seconds, want none", n)
	}
	if n := count(sequence.Item{Event: start}, sequence.Item{Event: other, Time: 1e9}); n != 0 {
		t.Errorf("%d results on another host, want none", n)
	}
}

// FuzzCompile compiles any text, runs it over a few events, and compares the
// engine with itself narrowed, and with the reference where that speaks the language.
func FuzzCompile(f *testing.F) {
	f.Add(maliciousLink)
	for _, q := range syntheticRules(12) {
		f.Add(q)
	}
	for _, q := range []string{
		`any where between~(s, "a", "b", true) : "x*" or n % 2 / 0 == -1`,
		`sequence by ?k with maxspan=1s ![a where s == null] [b where true] with runs=2 as e [c where s == e.s] until [any where false] | tail 1`,
		`sample by k [a where cidrMatch(s, "10.0.0.0/8")] [b where number(s, 16) > 1.5e3]`,
		`any where s regex~ "(a|b)+[^c]{1,3}\\d" and m in~ (t, "a") and string(b) like "tr?e"`,
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return // speed: what is long is not more interesting
		}
		s := propertySchema()
		p, err := Compile(text, s, Options{File: "f"})
		if err != nil {
			var e *syntax.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Col < 1 {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		if _, err := Compile(p.String(), s, Options{}); err != nil {
			t.Fatalf("%q prints %q, which does not compile: %v", text, p, err)
		}
		var items []sequence.Item
		for i, e := range []string{"event.category=a s=a m=[b|AB] n=1 k=x", "event.category=b s=b n=2 b=true k=[x|y]",
			"event.category=c s=ab t=a f=1.5 k=y", "s=10.1.2.3"} {
			items = append(items, sequence.Item{Event: s.event(t, e), Time: int64(i) * 1e9})
			p.Explain(0, items[i].Event, nil)
		}
		for range p.Run(func(yield func(sequence.Item) bool) {
			for _, it := range items {
				if !yield(it) {
					return
				}
			}
		}) {
			continue
		}
		if p.Form() == sequence.EventQuery {
			for _, it := range items {
				evalProgram(t, s, p, it.Event.(*mapEvent))
			}
		}
	})
}
