package pack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"hunt/rules/ruletest"
)

// goodSigma is a rule without a mistake; each case changes it in one place.
const goodSigma = `title: Suspicious Process
id: 00000000-0000-4000-8000-000000000001
status: test
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\whoami.exe'
    condition: selection
level: high
`

// sigmaMistakes are faulty files: goodSigma with one text replaced by another, or a whole file.
var sigmaMistakes = []struct{ name, from, to, whole string }{
	{name: "field-misspelt", from: "Image|", to: "Imgae|"},
	{name: "field-case", from: "Image|", to: "image|"},
	{name: "category-misspelt", from: "process_creation", to: "process_creaton"},
	{name: "service-misspelt", from: "category: process_creation", to: "service: securtiy"},
	{name: "product-misspelt", from: "product: windows", to: "product: widows"},
	{name: "selection-unused", from: "    condition", to: "    filter:\n        User: x\n    condition"},
	{name: "selection-unknown", from: "condition: selection", to: "condition: selektion"},
	{name: "modifier-unknown", from: "|endswith", to: "|endwith"},
	{name: "modifier-unknown2", from: "|endswith", to: "|frobnicate"},
	{name: "placeholder", from: "|endswith: '\\\\whoami.exe'", to: "|expand: '%tools%'"},
	{name: "value-type-map", from: "'\\\\whoami.exe'", to: "{a: b}"},
	{name: "value-list-in-list", from: "'\\\\whoami.exe'", to: "[[a], b]"},
	{name: "empty-list", from: "'\\\\whoami.exe'", to: "[]"},
	{name: "empty-selection", from: "        Image|endswith: '\\\\whoami.exe'\n", to: ""},
	{name: "duplicate-key", from: "        Image|endswith: '\\\\whoami.exe'\n",
		to: "        Image|endswith: '\\\\whoami.exe'\n        Image|endswith: '\\\\whoami.exe'\n"},
	{name: "two-rules-undivided", from: "level: high\n", to: "level: high\ntitle: Another\n"},
	{name: "number-text", from: "Image|endswith: '\\\\whoami.exe'", to: "EventID|lt: many"},
	{name: "regex-bracket", from: "Image|endswith: '\\\\whoami.exe'", to: "Image|re: '[a-z'"},
	{name: "tab", from: "    selection:\n", to: "\tselection:\n"},
	{name: "alias-unquoted", from: "'\\\\whoami.exe'", to: "*whoami.exe"},
	{name: "alias-bomb", whole: "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c " +
		"[*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: " +
		"&f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ntitle: x\ndetection: {s: *f, condition: s}\nlogsource: {product: windows}\n"},
	{name: "recursive-alias", whole: "title: x\nlogsource: {product: windows}\ndetection: &d\n  s: *d\n  " +
		"condition: s\n"},
	{name: "no-title", from: "title: Suspicious Process\n", to: ""},
	{name: "no-logsource", from: "logsource:\n    category: process_creation\n    product: windows\n", to: ""},
	{name: "no-condition", from: "    condition: selection\n", to: ""},
	{name: "condition-list-empty", from: "condition: selection", to: "condition: []"},
	{name: "condition-paren", from: "condition: selection", to: "condition: (selection"},
	{name: "condition-trailing", from: "condition: selection", to: "condition: selection and"},
	{name: "condition-two-names", from: "condition: selection", to: "condition: selection filter"},
	{name: "condition-of-nothing", from: "condition: selection", to: "condition: 1 of filter_*"},
	{name: "condition-all-of", from: "condition: selection", to: "condition: all of"},
	{name: "condition-case", from: "condition: selection", to: "condition: Selection"},
	{name: "condition-star", from: "condition: selection", to: "condition: selection*"},
	{name: "condition-operator", from: "condition: selection", to: "condition: selection && selection"},
	{name: "condition-not-list", from: "condition: selection", to: "condition: {a: selection}"},
	{name: "level", from: "level: high", to: "level: severe"},
	{name: "status", from: "status: test", to: "status: testing"},
	{name: "regex-broken", from: "|endswith: '\\\\whoami.exe'", to: "|re: '(whoami'"},
	{name: "regex-lookahead", from: "|endswith: '\\\\whoami.exe'", to: "|re: '(?=whoami)x'"},
	{name: "cidr", from: "Image|endswith: '\\\\whoami.exe'", to: "SourceIp|cidr: 10.0.0.0/40"},
	{name: "cidr-text", from: "Image|endswith: '\\\\whoami.exe'", to: "SourceIp|cidr: internal"},
	{name: "lt-text", from: "Image|endswith: '\\\\whoami.exe'", to: "ProcessId|lt: many"},
	{name: "exists-text", from: "Image|endswith: '\\\\whoami.exe'", to: "Image|exists: maybe"},
	{name: "contains-number-null", from: "|endswith: '\\\\whoami.exe'", to: "|contains: null"},
	{name: "modifiers-clash", from: "|endswith", to: "|re|contains"},
	{name: "all-alone", from: "|endswith", to: "|all"},
	{name: "base64-wildcard", from: "|endswith: '\\\\whoami.exe'", to: "|base64offset|contains: 'a*b'"},
	{name: "empty", whole: ""},
	{name: "blank", whole: "\x0a\x0a   \x0a"},
	{name: "comment", whole: "# only a comment\x0a"},
	{name: "list", whole: "- a\x0a- b\x0a"},
	{name: "text", whole: "hello world\x0a"},
	{name: "json", whole: "{\x22title\x22: \x22x\x22, \x22logsource\x22: {\x22product\x22: \x22windows\x22}, " +
		"\x22detection\x22: {\x22s\x22: {\x22Image\x22: \x22a\x22}, \x22condition\x22: \x22s\x22}, \x22id\x22: " +
		"\x2200000000-0000-4000-8000-000000000060\x22}\x0a"},
	{name: "xml", whole: "<?xml version=\x221.0\x22?><a/>\x0a"},
	{name: "other-yaml", whole: "version: 2\x0ajobs: [a]\x0a"},
	{name: "unclosed-quote", from: "'\\\\whoami.exe'", to: "'\\\\whoami.exe"},
	{name: "double-quote-escape", from: "'\\\\whoami.exe'", to: "\"C:\\Windows\""},
	{name: "colon-in-value", from: "'\\\\whoami.exe'", to: "C: x: y"},
	{name: "indent", from: "    condition", to: "  condition"},
	{name: "condition-inside-selection", from: "    condition: selection", to: "        condition: selection"},
	{name: "id-bad", from: "id: 0", to: "id: \"not a uuid\" #"},
	{name: "title-list", from: "title: Suspicious Process", to: "title: [a, b]"},
	{name: "tags-map", from: "level: high", to: "level: high\ntags: {a: b}"},
	{name: "logsource-text", from: "logsource:\n    category: process_creation\n    product: windows\n",
		to: "logsource: windows\n"},
	{name: "logsource-empty", from: "logsource:\n    category: process_creation\n    product: windows\n",
		to: "logsource: {}\n"},
	{name: "key-number", from: "        Image|endswith: '\\\\whoami.exe'\n", to: "        4688: x\n"},
	{name: "field-empty", from: "        Image|endswith: '\\\\whoami.exe'\n", to: "        '|contains': x\n"},
	{name: "fieldref-number", from: "|endswith: '\\\\whoami.exe'", to: "|fieldref: [ParentImage, '']"},
	{name: "wide-no-base64", from: "|endswith", to: "|wide"},
	{name: "action-global", from: "title", to: "action: global\ntitle"},
	{name: "filter-no-rules", whole: "title: f\nid: 00000000-0000-4000-8000-0000000000f1\nlogsource: {product: " +
		"windows}\nfilter:\n    sel: {User: x}\n    condition: not sel\n"},
	{name: "filter-unknown", whole: "title: f\nid: 00000000-0000-4000-8000-0000000000f2\nlogsource: {product: " +
		"windows}\nfilter:\n    rules: [nobody]\n    sel: {User: x}\n    condition: not sel\n"},
	{name: "huge-number", from: "Image|endswith: '\\\\whoami.exe'", to: "ProcessId: 99999999999999999999999"},
	{name: "date-bad", from: "level: high", to: "level: high\ndate: yesterday"},
	{name: "unknown-key", from: "detection:", to: "detections:"},
	{name: "level-list", from: "level: high", to: "level: [high]"},
	{name: "tag-yaml", from: "'\\\\whoami.exe'", to: "!!binary aGVsbG8="},
	{name: "merge", from: "selection:\n", to: "selection:\n        <<: {Image: x}\n"},
	{name: "escape-in-single", from: "'\\\\whoami.exe'", to: "'it's'"},
	{name: "them-underscore", from: "selection:", to: "_sel:"},
	{name: "n-of-too-many", from: "condition: selection", to: "condition: 5 of sel*"},
	{name: "zero-of", from: "condition: selection", to: "condition: 0 of sel*"},
	{name: "condition-nested", from: "condition: selection",
		to: "condition: " + strings.Repeat("(", 300) + "selection" + strings.Repeat(")", 300)},
	{name: "no-detection", whole: goodSigma[:strings.Index(goodSigma, "detection")]},
	{name: "detection-text", whole: goodSigma[:strings.Index(goodSigma, "detection")] + "detection: whoami\n"},
	{name: "detection-list", whole: goodSigma[:strings.Index(goodSigma, "detection")] + "detection:\n    - Image: a\n"},
	{name: "bytes-utf16le", whole: "\xff\xfe" + asUTF16(goodSigma, 0)},
	{name: "bytes-utf16be", whole: "\xfe\xff" + asUTF16(goodSigma, 1)},
	{name: "bytes-utf16-unmarked", whole: asUTF16(goodSigma, 0)},
	{name: "bytes-bom", whole: "\ufeff" + goodSigma},
	{name: "bytes-crlf", whole: strings.ReplaceAll(goodSigma, "\n", "\r\n")},
	{name: "bytes-cr", whole: strings.ReplaceAll(goodSigma, "\n", "\r")},
	{name: "bytes-binary", whole: "MZ\x90\x00\x03\x00\x00\x00\xff\xff" + goodSigma},
	{name: "bytes-latin1", from: "Suspicious", to: "Verd\xe4chtiger"},
	{name: "bytes-zero", from: "whoami", to: "who\x00ami"},
	{name: "logsource-key", from: "category:", to: "categroy:"},
	{name: "key-misspelt", from: "level:", to: "lewel:"},
	{name: "flow-open", from: "condition: selection", to: "condition: [selection"},
	{name: "correlation-key", whole: goodSigma + correlation("whoami", "timefram: 3m")},
	{name: "correlation-of-nobody", whole: goodSigma + correlation("nobody", "group-by: Computer")},
	{name: "correlation-of-itself", whole: goodSigma + correlation("counted", "group-by: Computer")},
	{name: "correlation-circle", whole: goodSigma + correlation("again", "group-by: Computer") +
		"---\ntitle: again\ncorrelation: {type: temporal, rules: [whoami, counted], timespan: 5m}\n"},
	{name: "second-document",
		whole: goodSigma + "---\n" + strings.NewReplacer("00001", "00002", "|endswith", "|endwith").Replace(goodSigma)},
	{name: "third-document-broken",
		whole: goodSigma + "---\na: b\n---\n" + strings.ReplaceAll(goodSigma, "    selection", "\tselection")},
	{name: "thousands-with-one-id", whole: strings.Repeat("---\n"+goodSigma, 3000)},
	{name: "thousands-of-mistakes",
		whole: strings.Repeat("---\n"+strings.ReplaceAll(goodSigma, "title: ", "titel: "), 3000)},
}

// correlation is a document that counts a rule.
func correlation(rule, more string) string {
	return "name: whoami\n---\ntitle: counted\nname: counted\ncorrelation:\n    type: event_count\n    rules:\n" +
		"        - " + rule + "\n    timespan: 5m\n    condition: {gte: 5}\n    " + more + "\nlevel: high\n"
}

func asUTF16(s string, high int) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		pair := [2]byte{byte(u), byte(u >> 8)}
		b = append(b, pair[high], pair[1-high])
	}
	return string(b)
}

// TestMistakesInSigmaFilesAreToldInPlainEnglish writes every faulty file, checks a folder of each by
// itself, and compares what is said with testdata/sigma-mistakes.txt.
func TestMistakesInSigmaFilesAreToldInPlainEnglish(t *testing.T) {
	want := ruletest.Testdata(t, "sigma-mistakes.txt")
	t.Chdir(t.TempDir()) // messages then hold no directory
	var out strings.Builder
	names := map[string]bool{}
	for _, c := range sigmaMistakes {
		text := c.whole
		if c.from != "" {
			if !strings.Contains(goodSigma, c.from) {
				t.Fatalf("%s: the rule has no %q", c.name, c.from)
			}
			text = strings.Replace(goodSigma, c.from, c.to, 1)
		}
		if names[c.name] {
			t.Fatalf("two cases are named %s", c.name)
		}
		names[c.name] = true
		name := c.name + ".yml"
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "-- %s --\n", c.name)
		if _, err := Check(&out, []string{name}); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(out.String(), "\n"); len(names) < 60 || lines > 10*len(names) {
		t.Errorf("%d files, %d lines", len(names), lines)
	}
	ruletest.Golden(t, want, out.String())
}

// saidOf begins what is said of a file, placed what is said of a place in it.
var (
	saidOf = regexp.MustCompile(`^[\w-]+\.yml:`)
	placed = regexp.MustCompile(`^[\w-]+\.yml:\d+:\d+: `)
)

// TestEveryMistakeInASigmaFileHasAPlaceAndAHint holds it for what the other test compares.
func TestEveryMistakeInASigmaFileHasAPlaceAndAHint(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "sigma-mistakes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	n := 0
	for i, line := range lines {
		if !saidOf.MatchString(line) || strings.HasSuffix(line, ": ok") || strings.Contains(line, " not listed") {
			continue
		}
		n++
		if !placed.MatchString(line) && !strings.Contains(line, "the file is UTF-16") &&
			!strings.Contains(line, "binary") {
			t.Errorf("without a place: %s", line)
		}
		hint := false
		for _, next := range lines[i+1:] {
			hint = strings.HasPrefix(next, "  hint: ")
			if hint || saidOf.MatchString(next) || strings.HasPrefix(next, "-- ") {
				break
			}
		}
		if !hint {
			t.Errorf("without a hint: %s", line)
		}
	}
	if n < 60 {
		t.Errorf("%d mistakes", n)
	}
}

// A rule file that cannot be read must not be passed over because it lies in a folder: then nobody
// learns that the rule does not run.
func TestBrokenRulesInFoldersAreNotPassedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tab.yml":       strings.ReplaceAll(goodSigma, "    selection", "\tselection"),
		"twice.yml":     strings.ReplaceAll(goodSigma, "    condition", "    selection:\n        a: b\n    condition"),
		"alias.yml":     strings.ReplaceAll(goodSigma, "'\\\\whoami.exe'", "*whoami"),
		"workflow.yml":  "on: push\njobs: {build: {steps: [a]}}\n",
		"broken-ci.yml": "jobs: [a\n",
		"empty.yml":     "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if failed, err := Check(&out, []string{dir}); err != nil || !failed {
		t.Error(failed, err)
	}
	pk, err := Load(Sources{Rules: []string{dir}, NoDefaultRules: true, NoDefaultTuning: true})
	for name, broken := range map[string]bool{"tab.yml:": true, "twice.yml:": true, "alias.yml:": true,
		"workflow.yml:": false, "broken-ci.yml:": false, "empty.yml:": false} {
		if said := fmt.Sprint(err); strings.Contains(said, name) != broken {
			t.Errorf("%s is an error: %v, want %v\n%s", name, !broken, broken, said)
		}
		place := regexp.MustCompile(name + `\d+:\d+: (passed over: )?`).FindStringSubmatch(out.String())
		if place == nil || (place[1] == "") != broken {
			t.Errorf("%s is passed over: %v\n%s", name, place, out.String())
		}
	}
	var left []string
	for _, l := range pk.DoNotRun() {
		left = append(left, l.String())
	}
	if want := "3 YAML files hold no rule; 'hunt rules check' names them"; !slices.Contains(left, want) {
		t.Errorf("a run says %q, not %q", left, want)
	}
}
