package rules

import (
	"fmt"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/rules/ruletest"
)

// TestEachPartOfAShapeMustMatch runs one rule with one exception for each part of a shape, over an event that has it
// and over events that miss it by a little, through the engine.
func TestEachPartOfAShapeMustMatch(t *testing.T) {
	const base = `time = 2026-03-02T09:00:00Z
log = "sysmon"
id = 1
data = { ProcessGuid = "p", ProcessId = 7, Image = %s, CommandLine = %s, User = %s, Hashes = "MD5=0CC175B9C0F1B6A831C399E269772661,SHA256=CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB", Company = %s, ParentProcessGuid = "q", ParentProcessId = 6, ParentImage = %s, ParentCommandLine = %s }`
	event := func(edit map[string]string) string {
		v := func(key, otherwise string) string {
			if s, ok := edit[key]; ok {
				return "'" + s + "'"
			}
			return "'" + otherwise + "'"
		}
		return fmt.Sprintf(base, v("image", `C:\Tools\build.exe`), v("line", `build.exe --all `),
			v("user", `CORP\alice`), v("company", "Acme Ltd"),
			v("parent", `C:\Program Files\CI\agent.exe`), v("parentline", "agent.exe run"))
	}
	for _, c := range []struct {
		name, shape string
		near        map[string]string // what makes the event miss the shape
	}{
		{"a whole path", `path = 'C:\Tools\build.exe'`, map[string]string{"image": `C:\Tools\x\build.exe`}},
		{"a path with wildcards", `path = '?:\tools\*.EXE'`, map[string]string{"image": `C:\Tools2\build.exe`}},
		{"a name without a directory is the file's", `path = "build.exe"`,
			map[string]string{"image": `C:\build.exe\evil.exe`}},
		{"a parent's path", `parent = 'C:\Program Files\CI\*'`,
			map[string]string{"parent": `C:\Users\Public\Program Files\CI\agent.exe`}},
		{"a parent's name", `parent = ["x.exe", "agent.exe"]`, map[string]string{"parent": `C:\Tools\agent.exe.exe`}},
		{"a parent's command line", `parent_command_line = "agent.exe run"`,
			map[string]string{"parentline": "agent.exe run --x"}},
		{"a parent's command line by expression", `parent_command_line_regex = 'agent\.exe \w+'`,
			map[string]string{"parentline": "agent.exe run && x"}},
		{"a whole command line, blanks at the end aside", `command_line = "build.exe --all"`,
			map[string]string{"line": "build.exe --all --evil"}},
		{"a command line with a wildcard", `command_line = "build.exe --*"`,
			map[string]string{"line": "x & build.exe --all"}},
		{"an expression is anchored at both ends", `command_line_regex = 'build(\.exe)? --[a-z]+'`,
			map[string]string{"line": "build.exe --all; evil"}},
		{"an expression is anchored at the beginning", `command_line_regex = 'build(\.exe)? --[a-z]+'`,
			map[string]string{"line": "evil & build.exe --all"}},
		{"an expression with alternatives is anchored as one", `command_line_regex = 'x|build.exe --all|y'`,
			map[string]string{"line": "xx build.exe --all"}},
		{"what must not be there", "command_line = \"build.exe*\"\nnot_command_line = [\"*--evil*\", \"*..*\"]",
			map[string]string{"line": "build.exe --all --EVIL"}},
		{"a user by name", `user = "ALICE"`, map[string]string{"user": `CORP\alicex`}},
		{"a user with the domain", `user = 'corp\alice'`, map[string]string{"user": `OTHER\alice`}},
		{"a company", `signer = "Acme*"`, map[string]string{"company": "NotAcme Ltd"}},
		{"two parts", "path = \"build.exe\"\nuser = \"alice\"", map[string]string{"user": `CORP\bob`}},
		{"three parts", "path = \"build.exe\"\nparent = \"agent.exe\"\nsigner = \"Acme Ltd\"",
			map[string]string{"company": ""}},
		{"a stage by number", "stage = 0\npath = \"build.exe\"", map[string]string{"image": `C:\x.exe`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			runTuning(t, c.shape, "expires = 2027-01-31",
				[2]string{"suppressed", event(nil)}, [2]string{"finding", event(c.near)})
		})
	}
	for _, c := range []struct{ name, shape, want string }{
		{"an MD5 in any case", `hash = "0cc175b9c0f1b6a831c399e269772661"`, "suppressed"},
		{"a SHA-256 among others",
			`hash = ["0CC175B9C0F1B6A831C399E269772660", "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"]`, "suppressed"},
		{"another hash", `hash = "0cc175b9c0f1b6a831c399e269772660"`, "finding"},
		{"a host", `host = "ws01.corp.example"`, "suppressed"},
		{"a host by its short name", `host = "WS01"`, "suppressed"},
		{"another host", `host = "ws02*"`, "finding"},
		{"a stage that the rule has not", "stage = \"e1\"\npath = \"build.exe\"", "finding"},
		{"a span around the event", "from = 2026-03-01\nto = 2026-03-03\npath = \"build.exe\"", "suppressed"},
		{"a span before the event", "to = 2026-03-02T08:59:59Z\npath = \"build.exe\"", "finding"},
		{"a span after the event", "from = \"2026-03-02T10:00:01+01:00\"\npath = \"build.exe\"", "finding"},
		{"a span that begins with the event", "from = \"2026-03-02T10:00:00+01:00\"\npath = \"build.exe\"",
			"suppressed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			runTuning(t, c.shape, "expires = 2027-01-31", [2]string{c.want, event(nil)})
		})
	}
}

// runTuning runs a rule with an exception of that shape over events and what is to come of each.
func runTuning(t *testing.T, shape, expires string, cases ...[2]string) {
	t.Helper()
	rule := "id = \"rule-under-test\"\nname = \"Any start\"\nquery = 'process where event.type == \"start\"'\n"
	for i, c := range cases {
		rule += fmt.Sprintf("[[case]]\nname = \"case %d\"\nstatus = %q\n[[case.event]]\n%s\n", i, c[0], c[1])
	}
	ruletest.Write(t, map[string]string{"rule.toml": rule,
		"tuning.toml": "[[exception]]\nid = \"x\"\nrule = [\"no-such-rule\", \"rule-under-*\"]\nreason = \"a test\"\n" +
			expires + "\n" + shape + "\n"})
	p, err := pack.LoadMixed([]string{"rule.toml", "tuning.toml"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Rules[0].Cases {
		c := &p.Rules[0].Cases[i]
		if got := statusesOf(runCase(t, c, p)); len(got) != 1 || got[0] != c.Want {
			t.Errorf("%s: %v, want %s\nshape: %s", c.Name, got, c.Want, shape)
		}
	}
}

const plainStart = "time = 2026-03-02T09:00:00Z\nlog = \"sysmon\"\nid = 1\ndata = { Image = 'C:\\a.exe', " +
	"CommandLine = 'a' }"

func TestAnExceptionHoldsUntilItsDayAgainstTheNewestEvidence(t *testing.T) {
	for _, c := range []struct{ name, expires, want string }{
		{"the day after", "expires = 2026-03-03", "suppressed"},
		{"a second after", "expires = 2026-03-02T09:00:01Z", "suppressed"},
		{"the same instant", "expires = 2026-03-02T09:00:00Z", "finding"},
		{"the day before", `expires = "2026-03-01"`, "finding"},
		{"never", "expires = \"never\"\nexpires_reason = \"x\"", "suppressed"},
	} {
		t.Run(c.name, func(t *testing.T) { runTuning(t, `path = "a.exe"`, c.expires, [2]string{c.want, plainStart}) })
	}
}

func TestAFindingIsNamedAfterTheFirstExceptionByID(t *testing.T) {
	ruletest.Write(t, map[string]string{
		"rule.toml": ruletest.Rule("r") + "[[case]]\nname = \"x\"\nstatus = \"suppressed\"\n[[case.event]]\n" +
			plainStart + "\n",
		"t.toml": strings.ReplaceAll(ruletest.Tuning("z")+ruletest.Tuning("m")+ruletest.Tuning("b"), `host = "a"`,
			`path = "a.exe"`) + strings.Replace(ruletest.Tuning("a"), `host = "a"`, `path = "b.exe"`, 1),
	})
	p, err := pack.LoadMixed([]string{"rule.toml", "t.toml"})
	if err != nil {
		t.Fatal(err)
	}
	found := runCase(t, &p.Rules[0].Cases[0], p)
	if len(found) != 1 || found[0].Exception == nil || found[0].Exception.ID != "b" {
		t.Fatalf("%+v", found)
	}
}

func TestTheRespondersToolsAreLabelledNotSuppressed(t *testing.T) {
	ruletest.Write(t, map[string]string{"rule.toml": ruletest.Rule("r") +
		"[[case]]\nname = \"x\"\nfires = true\n[[case.event]]\n" +
		strings.ReplaceAll(plainStart, `C:\a.exe`, `D:\IR\kape.exe`) + "\n"})
	p, err := pack.LoadMixed([]string{"rule.toml"})
	if err != nil {
		t.Fatal(err)
	}
	found := runCase(t, &p.Rules[0].Cases[0], p)
	if len(found) != 1 || found[0].Status != pack.StatusFinding {
		t.Fatalf("%+v", found)
	}
	if got := strings.Join(p.ToolsOf(found[0].facts()), ","); got != "KAPE" {
		t.Errorf("tools %q", got)
	}
	if got := strings.Join(found[0].Labels, ","); got != "responder's own tool: KAPE" {
		t.Errorf("labels %q", got)
	}
}
