package table

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestATableIsLaidOutForTheWidthOfTheTerminal(t *testing.T) {
	tab := New("Name", "State", "What it says")
	tab.Add("first", "present", "")
	tab.Add("größer", "absent", "a sentence of some length that a narrow terminal has to break into lines")
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"no terminal: nothing is wrapped", 0, `
Name    State    What it says
─────────────────────────────────────────────────────────────────────────────────────────
first   present
größer  absent   a sentence of some length that a narrow terminal has to break into lines
`},
		{"the last column is wrapped", 60, `
Name    State    What it says
────────────────────────────────────────────────────────────
first   present
größer  absent   a sentence of some length that a narrow
                 terminal has to break into lines
`},
		{"a block for each row", 52, `
Name          first
State         present

Name          größer
State         absent
What it says  a sentence of some length that a
              narrow terminal has to break into
              lines

`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := tab.Write(&b, c.width); err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimPrefix(c.want, "\n"); b.String() != want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); c.width > 0 && n > c.width {
					t.Errorf("a line of %d in a terminal of %d: %q", n, c.width, line)
				}
			}
		})
	}
}
