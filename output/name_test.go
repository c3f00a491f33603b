package output

import (
	"strings"
	"testing"
)

func TestNamesThatWindowsDoesNotTake(t *testing.T) {
	for _, name := range []string{"nul.json", "CON.json", "con", "Aux .html", "prn.tar.gz", "COM1.xlsx", "lpt9",
		"COM¹.json", "conin$.json", "a<b.json", "a>b", `a"b`, "a|b", "a?b", "a*b",
		`a\b`, "a:b.json", "report.json:hidden", "report.", "report ", "tab\tname", "line\nname", "NUL:.json",
		strings.Repeat("n", 256), strings.Repeat("😀", 128)} {
		if windowsProblem(name) == "" {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"report.json", "console.json", "null.json", "com10.json", "COM.json", "lpt.html",
		".report", "a b.json", "Bericht-für-Jürgen.html", ".", "..",
		strings.Repeat("n", 255), strings.Repeat("ü", 255)} {
		if problem := windowsProblem(name); problem != "" {
			t.Errorf("%q: %s", name, problem)
		}
	}
}
