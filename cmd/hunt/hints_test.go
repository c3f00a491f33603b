package main

import (
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/help"
)

func TestHintsWorkWhenTyped(t *testing.T) {
	const logs = "../../samples/multi-host"
	for _, query := range []string{"EventID=4624", "EventID == 4624 and LogonType = 3", `process.name = "WSCRIPT.EXE"`,
		"any where EventID=4688"} {
		code, _, errs := hunt(t, "query", "--evtx", logs, query)
		_, meant, ok := strings.Cut(errs, "hint: hunt query --evtx "+logs+" '")
		if code != exit.Usage || !ok {
			t.Errorf("%s: %d %s", query, code, errs)
			continue
		}
		code, out, errs := hunt(t, "query", "--evtx", logs, "--quiet",
			strings.TrimSuffix(strings.TrimSpace(meant), "'"))
		if code != exit.OK || strings.Contains(out, "no events") {
			t.Errorf("%s: the hint %s gives %d %s%s", query, meant, code, out, errs)
		}
	}
	code, _, errs := hunt(t, "timeline", "--evtx", logs, "--output", "-", "--format", "csv", "--where", "EventID=4624")
	if code != exit.Usage || !strings.Contains(errs, `hint: --where 'event.code == "4624"'`) {
		t.Error(code, errs)
	}
}

func TestAnotherCaseOfTheLettersIsHinted(t *testing.T) {
	const logs = "../../samples/multi-host"
	_, _, errs := hunt(t, "query", "--evtx", logs, `any where user.name == "H.JANSEN"`)
	if !strings.Contains(errs, "if case is ignored, hunt finds 67 matches") ||
		!strings.Contains(errs, `'any where user.name : "H.JANSEN"'`) {
		t.Error(errs)
	}
	for _, query := range []string{`any where user.name == "h.jansen"`, `any where user.name == "nobody"`,
		`any where user.name : "nobody"`} {
		if _, _, errs := hunt(t, "query", "--evtx", logs, query); strings.Contains(errs, "case is ignored") {
			t.Error(query, errs)
		}
	}
}

func TestAMistypedNameGetsTheNearestOne(t *testing.T) {
	for want, args := range map[string][]string{
		"did you mean 'hunt search'?":      {"serch", "x"},
		"did you mean 'hunt rules check'?": {"rules", "chekc"},
		"did you mean --external?":         {"logons", "--extrenal"},
		"did you mean --evtx?":             {"--evxt", "x"},
		"see 'hunt --help'":                {"quarantine"},
	} {
		if code, _, errs := hunt(t, args...); code != exit.Usage || !strings.Contains(errs, want) {
			t.Errorf("%q: %d %s, want %s", args, code, errs, want)
		}
	}
}

func TestHuntAloneShowsThreeCommands(t *testing.T) {
	code, out, _ := hunt(t)
	if n := strings.Count(out, "   hunt "); code != exit.Usage || n != 3 || strings.Count(out, "\n") > 12 {
		t.Errorf("%d, %d commands:\n%s", code, n, out)
	}
	_, all, _ := hunt(t, "--help")
	for line := range strings.Lines(help.FirstCommands) {
		if !strings.Contains(all, strings.TrimSpace(line)) {
			t.Errorf("no %q in the help", line)
		}
	}
}
