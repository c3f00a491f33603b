package table

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
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
		{"the last columns below each row", 52, `
Name    State
───────────────
first   present
größer  absent
    What it says: a sentence of some length that a
      narrow terminal has to break into lines
`},
		{"a block for each row", 14, `
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
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); c.width > Narrowest && n > c.width {
					t.Errorf("a line of %d in a terminal of %d: %q", n, c.width, line)
				}
			}
		})
	}
}

func TestAPathThatIsTooLongForItsColumnStandsBelowItsRow(t *testing.T) {
	path := strings.Repeat("folder/", 9) + "Security.evtx#4711"
	tab := New("Time", "Program", "Record")
	for i := range 3 {
		tab.Add("2026-03-02 14:15:16", `c:\windows\system32\program`+strconv.Itoa(i)+".exe", path)
	}
	for _, width := range []int{92, 100, 120, 130, 140, 150, 200} {
		var b strings.Builder
		if err := tab.Write(&b, width); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), path) != 3 {
			t.Errorf("%d columns: a path is cut:\n%s", width, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns: %d in %q", width, n, line)
			}
		}
	}
}

func TestAWordThatIsTooLongForTheTerminalIsBroken(t *testing.T) {
	tab := New("Time", "a.heading.of.some.length", "Record")
	host := "srv-accounting-0123456789.department.region.example"
	tab.Add("2026-03-02 14:15:16", strings.Repeat("QUJD", 25), host+"/Microsoft-Windows-Sysmon/Operational/4711")
	tab.Add("2026-03-02 14:15:17", host, `C:\Program Files\a\program.exe`)
	for width, want := range map[int]string{60: `
Time
  2026-03-02 14:15:16
a.heading.of.some.length
  QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQU
  JDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD
Record
  srv-accounting-0123456789.department.region.example/
  Microsoft-Windows-Sysmon/Operational/4711

Time
  2026-03-02 14:15:17
a.heading.of.some.length
  srv-accounting-0123456789.department.region.example
Record
  C:\Program Files\a\program.exe

`, 80: `
Time                      2026-03-02 14:15:16
a.heading.of.some.length  QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQU
                          JDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD
Record                    srv-accounting-0123456789.department.region.example/
                          Microsoft-Windows-Sysmon/Operational/4711

Time                      2026-03-02 14:15:17
a.heading.of.some.length  srv-accounting-0123456789.department.region.example
Record                    C:\Program Files\a\program.exe

`} {
		var b strings.Builder
		if err := tab.Write(&b, width); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != want {
			t.Errorf("width %d: got%s\nwant%s", width, got, want)
		}
	}
}

func TestAHeadingThatIsTooLongForItsColumn(t *testing.T) {
	tab := New("Count", "a.field.with.a.very.long.name.that.is.wider.than.what.is.left")
	tab.Add("17", strings.Repeat("a sentence ", 9))
	var b strings.Builder
	if err := tab.Write(&b, 60); err != nil {
		t.Fatal(err)
	}
	want := `
Count
  17
a.field.with.a.very.long.name.that.is.wider.than.what.is.lef
t
  a sentence a sentence a sentence a sentence a sentence a
  sentence a sentence a sentence a sentence

`
	if got := "\n" + b.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}

func TestWhatRowsShareStandsAboveThem(t *testing.T) {
	tab := New("Host", "Channel", "Event", "First (UTC)", "Meaning")
	const at = "2026-03-12 09:16:30"
	tab.Add("srv-app-04.corp.example", "Security", "1102", at, "an account cleared the Security log")
	tab.Add("srv-app-04.corp.example", "Security", "4624", at, "")
	tab.Add("srv-app-04.corp.example", "System", "6009", at, "the event log service noted the version of Windows")
	tab.Add("ws-hr-11.corp.example", "Security", "4624", at, "an account logged on")
	for width, want := range map[int]string{90: `
Channel   Event  First (UTC)          Meaning
────────────────────────────────────────────────────────────────────────────────────────
Host: srv-app-04.corp.example
Security  1102   2026-03-12 09:16:30  an account cleared the Security log
Security  4624   2026-03-12 09:16:30
System    6009   2026-03-12 09:16:30  the event log service noted the version of Windows

Host: ws-hr-11.corp.example
Security  4624   2026-03-12 09:16:30  an account logged on
`, 60: `
Channel   Event  First (UTC)
────────────────────────────────────
Host: srv-app-04.corp.example
Security  1102   2026-03-12 09:16:30
    Meaning: an account cleared the Security log
Security  4624   2026-03-12 09:16:30
System    6009   2026-03-12 09:16:30
    Meaning: the event log service noted the version of
      Windows

Host: ws-hr-11.corp.example
Security  4624   2026-03-12 09:16:30
    Meaning: an account logged on
`} {
		var b strings.Builder
		if err := tab.Write(&b, width); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != want {
			t.Errorf("width %d: got%s\nwant%s", width, got, want)
		}
	}
}

// TestNoWidthLosesACell: every cell stands in the table, in its order, whatever the terminal; and no line is wider than
// one that people work in.
func TestNoWidthLosesACell(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		columns := rapid.IntRange(1, 6).Draw(r, "columns")
		head := make([]string, columns)
		for i := range head {
			head[i] = "H" + strings.Repeat("-", rapid.SampledFrom([]int{0, 0, 0, 9, 30, 70}).Draw(r, "heading")) +
				strconv.Itoa(i)
		}
		tab := New(head...)
		var want []string
		word := rapid.OneOf(rapid.StringMatching(`[a-cé]{1,30}`), rapid.StringMatching(`[a-cé/]{40,140}`))
		for range rapid.IntRange(1, 8).Draw(r, "rows") {
			cells := make([]string, columns)
			for i := range cells {
				switch rapid.IntRange(0, 3).Draw(r, "kind") {
				case 0:
				case 1:
					cells[i] = "same"
				default:
					cells[i] = strings.Join(rapid.SliceOfN(word, 1, 5).Draw(r, "words"), " ")
				}
			}
			tab.Add(cells...)
			want = append(want, cells...)
		}
		width := rapid.IntRange(1, 200).Draw(r, "width")
		var b strings.Builder
		if err := tab.Write(&b, width); err != nil {
			r.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && width >= 40 {
				r.Fatalf("width %d: a line of %d: %q", width, n, line)
			}
		}
		text, least := strings.Join(strings.Fields(b.String()), ""), 0 // words may be broken
		for _, cell := range want {
			for _, w := range strings.Fields(cell) {
				if !strings.Contains(text, w) {
					r.Fatalf("width %d: no %q in\n%s", width, w, b.String())
				}
				if w != "same" { // may stand above
					least += len(w)
				}
			}
		}
		if len(text) < least {
			r.Fatalf("width %d: less than all cells in\n%s", width, b.String())
		}
	})
}
