package scalar

import (
	"slices"
	"strings"
	"testing"

	"hunt/timeline/ecs/notation"
)

func texts(values []Value) (texts []string) {
	for _, v := range values {
		texts = append(texts, string(v.AppendText(nil)))
	}
	return texts
}

func TestArgumentsAreSplitAsTheCRuntimeDoes(t *testing.T) {
	for line, want := range map[string][]string{
		`"C:\Windows\system32\notepad.exe" `: {`C:\Windows\system32\notepad.exe`},
		`a b	c`:                              {"a", "b", "c"},
		`a "" b`:                             {"a", "", "b"},
		`a\\\"b c`:                           {`a\"b`, "c"},
		`"a\\\\" b`:                          {`a\\`, "b"},
		`a\\b d"e f"g h`:                     {`a\\b`, "de fg", "h"},
		`"a""b" c`:                           {`a"b c`},
		`"abc"" d e`:                         {`abc"`, "d", "e"},
		`x \ y\`:                             {"x", `\`, `y\`},
		`"open quote with \`:                 {`open quote with \`},
		"":                                   nil,
		" \t ":                               nil,
	} {
		if got := texts((*Maker)(nil).AppendArgs(nil, []byte(line))); !slices.Equal(got, want) {
			t.Errorf("AppendArgs(%s) = %q, want %q", line, got, want)
		}
		if got := notation.CountArguments([]byte(line)); got != len(want) {
			t.Errorf("CountArguments(%s) = %d, want %d", line, got, len(want))
		}
	}
}

func TestBothSplittersOf4688AreOffered(t *testing.T) {
	for line, want := range map[string][]string{
		`"C:\Windows\system32\wevtutil.exe" cl Security`: {`"C:\Windows\system32\wevtutil.exe"`, "cl", "Security",
			`C:\Windows\system32\wevtutil.exe`},
		`cmd.exe  /c`:     {"cmd.exe", "", "/c"},
		`cmd.exe `:        {"cmd.exe", ""},
		"a\u00a0b\u2003c": {"a\u00a0b", "c", "a\u00a0b\u2003c"},
	} {
		if got := texts((*Maker)(nil).AppendBothArgs(nil, []byte(line))); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
		if got, _ := Args(line); !slices.Equal(texts(got), want) {
			t.Errorf("Args(%q) = %q, want %q", line, texts(got), want)
		}
	}
	for line, want := range map[string][]string{"": nil, `cmd.exe  /c`: {"3", "2"}, `cmd.exe /c`: {"2"}} {
		if _, got := Args(line); !slices.Equal(texts(got), want) {
			t.Errorf("Args(%q) counts %q, want %q", line, texts(got), want)
		}
	}
}

func TestHostileCommandLinesAreBounded(t *testing.T) {
	for _, line := range []string{strings.Repeat("a ", 1<<16), strings.Repeat(`"`, 1<<16), strings.Repeat(`\`, 1<<16)} {
		both := (*Maker)(nil).AppendBothArgs(nil, []byte(line))
		if len(both) > 2*notation.MaxArguments ||
			len((*Maker)(nil).AppendArgs(nil, []byte(line))) > notation.MaxArguments {
			t.Errorf("%d arguments of %.10q", len(both), line)
		}
	}
}
