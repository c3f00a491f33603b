package table

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/width"
	"pgregory.net/rapid"
)

// columnsOf counts the columns that a terminal takes for a text without emoji: two for what Unicode calls wide, none
// for what combines.
func columnsOf(text string) (n int) {
	for _, r := range text {
		switch k := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case k == width.EastAsianWide, k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func TestWideCharactersTakeTwoColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "plain": 5, "größer": 6, "gro\u0308ßer": 6, "管理者": 6, "サーバー": 8, "ｻｰﾊﾞｰ": 5, "관리자": 6, "ＡＢ": 4,
		"😀": 2, "👍🏽": 2, "🇩🇪": 2, "␛…⟦U+202E⟧": 10,
	} {
		if got := Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestWideTextIsCutAtItsWidth(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"管理者アカウント", 16, "管理者アカウント"},
		{"管理者アカウント", 14, "管理者アカウ…"},
		{"ｻｰﾊﾞｰの管理", 6, "ｻｰﾊﾞｰ…"},
		{"管理者アカウント", 8, "管理者…"},
		{"管理", 1, "…"},
		{"gro\u0308ßer", 6, "gro\u0308ßer"},
		{"gro\u0308ßer", 4, "gro\u0308…"},
		{"plain text", 6, "plain…"},
	} {
		if got := Cut(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// TestNoLineIsWiderThanItsTerminal: whatever script the cells are of, no line is too wide, and the columns stand below
// each other.
func TestNoLineIsWiderThanItsTerminal(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("aé字漢ア한Ａ😀o\u0308/\\ﾊﾞ")), 1, 40, -1)
	cell := rapid.Custom(func(t *rapid.T) string {
		return "x" + strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "words"), " ") // no mark without a letter
	})
	rapid.Check(t, func(t *rapid.T) {
		tab := New("Name", "主機", "What it says")
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			tab.Add(word.Draw(t, "name"), word.Draw(t, "host"), cell.Draw(t, "text"))
		}
		terminal := rapid.SampledFrom([]int{40, 60, 80, 120}).Draw(t, "terminal")
		var b strings.Builder
		if err := tab.Write(&b, terminal); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := columnsOf(strings.TrimRight(line, "\n")); n > terminal {
				t.Fatalf("a line of %d columns in a terminal of %d:\n%s", n, terminal, b.String())
			}
		}
	})
}

func TestColumnsOfWideTextStandBelowEachOther(t *testing.T) {
	tab := New("Name", "主機", "Path")
	tab.Add("管理者", "pc", "a")
	tab.Add("anna", "サーバー", "b")
	var b strings.Builder
	if err := tab.Write(&b, 80); err != nil {
		t.Fatal(err)
	}
	want := `
Name    主機      Path
──────────────────────
管理者  pc        a
anna    サーバー  b
`
	if got := "\n" + b.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}
