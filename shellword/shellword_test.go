package shellword

import "testing"

func TestAWordIsQuotedWhereAShellWouldReadItOtherwise(t *testing.T) {
	for s, want := range map[string]string{"": "''", "a/b-1.evtx": "a/b-1.evtx", "my logs": "'my logs'",
		"it's": `'it'\''s'`, "$(id)": "'$(id)'", "a\nb": "'a\nb'", "é": "'é'"} {
		if got := Quoted(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}
