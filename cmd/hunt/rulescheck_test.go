package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// TestCheckCountsRegularExpressionsInTheSameWayInEveryLanguage: one that no dialect takes is a mistake in the rule
// and fails the check; one that is sound but larger than hunt takes, or needs what RE2 lacks, is unsupported and does
// not.
func TestCheckCountsRegularExpressionsInTheSameWayInEveryLanguage(t *testing.T) {
	const ok, failed, unsupported = "1 ok, 0 failed, 0 unsupported", "0 ok, 1 failed, 0 unsupported",
		"0 ok, 0 failed, 1 unsupported"
	long := strings.Repeat("ab?", 30_000)
	forms := map[string]string{
		"rule.eql": "process where process.command_line regex~ \"\"\"%s\"\"\"\n",
		"elastic.toml": "[rule]\nname = \"t\"\nrule_id = \"10000000-0000-4000-8000-000000000001\"\nseverity = " +
			"\"low\"\nlanguage = \"eql\"\ntype = \"eql\"\n" +
			"query = '''process where process.name regex \"\"\"%s\"\"\"'''\n",
		"sigma.yml": "title: t\nid: 20000000-0000-4000-8000-000000000001\nlogsource: {product: windows, category: " +
			"process_creation}\n" +
			"detection:\n  sel:\n    CommandLine|re: '%s'\n  condition: sel\nlevel: high\n",
	}
	for name, form := range forms {
		for _, c := range []struct{ what, expr, says string }{
			{"sound", "a(b|c)+d{2,5}", ok}, {"no parenthesis", "(ab", failed}, {"no bracket", "[ab", failed},
			{"nothing repeated", "*ab", failed},
			{"repetitions of repetitions", "((a{900}){900}){9}", unsupported},
			{"a repetition too large", "a{5000}", unsupported},
			{"deep", strings.Repeat("(", 1500) + "a" + strings.Repeat(")", 1500), unsupported},
			{"long", long + "a{1001}", unsupported},
		} {
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, fmt.Appendf(nil, form, c.expr), 0o600); err != nil {
				t.Fatal(err)
			}
			want := exit.OK
			if c.says == failed {
				want = exit.Failed
			}
			code, stdout, stderr := hunt(t, "rules", "check", file)
			if code != want || !strings.Contains(stdout, c.says) || len(stdout) > 2000 {
				t.Errorf("%s, %s: exit code %d, want %d and %q: %.600s %s", name, c.what, code, want, c.says,
					stdout, stderr)
			}
		}
	}
}

// TestCheckTakesLongWildcards: KQL has no regular expressions, and its wildcards, like Sigma's, cost no more than
// their length.
func TestCheckTakesLongWildcards(t *testing.T) {
	text := strings.Repeat("ab?*", 20_000)
	for name, form := range map[string]string{
		"kuery.toml": "[rule]\nname = \"t\"\nrule_id = \"10000000-0000-4000-8000-000000000001\"\nseverity = " +
			"\"low\"\nlanguage = \"kuery\"\ntype = \"query\"\nquery = '''process.command_line : %s'''\n",
		"sigma.yml": "title: t\nid: 20000000-0000-4000-8000-000000000001\nlogsource: {product: windows, category: " +
			"process_creation}\n" +
			"detection:\n  sel:\n    CommandLine: '%s'\n  condition: sel\nlevel: high\n",
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, fmt.Appendf(nil, form, text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := hunt(t, "rules", "check", file)
		if code != exit.OK || !strings.Contains(stdout, "1 ok, 0 failed, 0 unsupported") || len(stdout) > 2000 {
			t.Errorf("%s: exit code %d: %.600s %s", name, code, stdout, stderr)
		}
	}
}
