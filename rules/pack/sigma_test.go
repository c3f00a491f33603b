package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sigmaRuleText is a Sigma rule with more lines at its top.
func sigmaRuleText(id, title string, lines ...string) string {
	return "title: " + title + "\nid: " + id + "\nauthor: Ann\n" + strings.Join(append(lines, ""), "\n") +
		"logsource: {product: windows, category: process_creation}\ndetection:\n  sel: {Image|endswith: " +
		"'\\cmd.exe'}\n  condition: sel\n"
}

// sigmaFiles are rules in folders as people have them.
var sigmaFiles = map[string]string{
	"sigma/cmd.yml": sigmaRuleText("aaa-1", "Cmd", "level: high", "tags: [attack.execution, attack.t1059.003]",
		"status: test"),
	"sigma/old.yml": sigmaRuleText("aaa-2", "Old", "status: deprecated", "level: low"),
	"sigma/filter.yaml": "title: Not me\nlogsource: {product: windows}\nfilter:\n  rules: [aaa-1]\n  me: {User: " +
		"me}\n  condition: not me\n",
	"sigma/etw.yml": strings.Replace(sigmaRuleText("aaa-3", "ETW"), "process_creation",
		"file_access", 1),
	"sigma/mkdocs.yml":              "site_name: no rule\nnav: [a, b]\n",
	"sigma/README.md":               "# nothing",
	"haya/config/level_tuning.txt":  "id,new_level\nhhh-1,critical # more\n",
	"haya/config/noisy_rules.txt":   "hhh-2 # noise\n",
	"haya/config/exclude_rules.txt": "hhh-3\n",
	"haya/config/data.yaml":         "DataFieldMapping: {x: y}\n",
	"haya/a.yml":                    sigmaRuleText("hhh-1", "Own", "ruletype: Hayabusa", "level: low"),
	"haya/b.yml":                    sigmaRuleText("hhh-2", "Noisy", "ruletype: Hayabusa"),
	"haya/c.yml":                    sigmaRuleText("hhh-3", "Excluded", "ruletype: Hayabusa"),
	"haya/d.yml": sigmaRuleText("hhh-4", "Converted", "ruletype: Sigma",
		"related: [{id: aaa-1, type: derived}]"),
	"haya/e.yml": "title: Count\nid: hhh-5\ncorrelation:\n  type: event_count\n  rules: " +
		"[base]\n  timespan: 1h\n  condition: {gt: 5}\n---\n" +
		sigmaRuleText("hhh-6", "Base", "name: base", "ruletype: Hayabusa"),
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// told is a pack in a line for each rule, and what was left out.
func told(p *Pack) string {
	var b strings.Builder
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "%s %s %s %s %s: %s\n", r.ID, r.Language, r.Status, r.Severity, r.Author, r.Skip)
	}
	for _, l := range p.LeftOut {
		fmt.Fprintf(&b, "%s\n", l)
	}
	return b.String()
}

const wantSigma = `aaa-1 Sigma test high Ann: 
aaa-2 Sigma deprecated low Ann: its status is deprecated; --rules-status deprecated runs it
aaa-3 Sigma stable medium Ann: no event log holds the category file_access: only a trace of the provider Microsoft-Windows-Kernel-File does
hhh-1 Sigma stable critical Ann: 
hhh-2 Sigma stable medium Ann: Hayabusa's noisy_rules.txt lists it; --rules-status noisy runs it
hhh-3 Sigma stable medium Ann: Hayabusa's exclude_rules.txt lists it; --rules-status excluded runs it
hhh-5 Sigma stable medium : 
hhh-6 Sigma stable medium Ann: it gives no findings of its own (generate: false): the correlation "Count" counts its events
1 rule is left out: converted from a rule that is loaded
`

func TestSigmaRulesLoadFromFoldersFilesAndArchives(t *testing.T) {
	dir := writeFiles(t, sigmaFiles)
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range sigmaFiles {
		w, err := z.Create("rules-main/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "rules.bin") // told by its content
	if err := os.WriteFile(archive, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, paths := range map[string][]string{
		"a folder":    {dir},
		"two folders": {filepath.Join(dir, "haya"), filepath.Join(dir, "sigma")},
		"folders and a file": {filepath.Join(dir, "sigma", "cmd.yml"), filepath.Join(dir, "haya"),
			filepath.Join(dir, "sigma")},
	} {
		p, err := Load(Sources{Rules: paths, NoDefaultRules: true, NoDefaultTuning: true})
		if got := told(p); err != nil || !strings.HasPrefix(got, wantSigma[:strings.Index(wantSigma, "1 rule is")]) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	p, err := Load(Sources{Rules: []string{archive}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil || len(p.Rules) != 8 ||
		p.Rule("aaa-1").Place() != filepath.Join(archive, "rules-main", "sigma", "cmd.yml")+":1:1" {
		t.Errorf("an archive: %v\n%s", err, told(p))
	}
}

func TestWhatNarrowsRules(t *testing.T) {
	dir := writeFiles(t, sigmaFiles)
	for _, c := range []struct {
		from Sources
		want string // ids of those that run
	}{
		{Sources{}, "aaa-1 hhh-1 hhh-5"},
		{Sources{MinSeverity: SeverityCritical}, "hhh-1"},
		{Sources{Tagged: []string{"attack.T1059"}}, "aaa-1"},
		{Sources{Tagged: []string{"attack.t10"}}, ""},
		{Sources{Tagged: []string{"attack.execution"}}, "aaa-1"},
		{Sources{Statuses: []string{"deprecated"}}, "aaa-2"},
		{Sources{Statuses: []string{"test", "deprecated"}}, "aaa-1 aaa-2"},
		{Sources{Statuses: []string{"noisy", "excluded"}}, "aaa-1 hhh-1 hhh-2 hhh-3 hhh-5"},
	} {
		c.from.Rules, c.from.NoDefaultRules, c.from.NoDefaultTuning = []string{dir}, true, true
		p, err := Load(c.from)
		var ids []string
		for _, r := range p.Rules {
			if r.Check() == nil {
				ids = append(ids, r.ID)
			}
		}
		if got := strings.Join(ids, " "); err != nil || got != c.want {
			t.Errorf("%+v: %q, not %q (%v)", c.from, got, c.want, err)
		}
	}
}

func TestABrokenDocumentCostsNoOther(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.yml": sigmaRuleText("aaa-1", "Good") + "---\n" +
			strings.Replace(sigmaRuleText("aaa-2", "Bad"), "condition: sel", "condition: sell", 1),
		"b.yml": sigmaRuleText("aaa-3", "Placeholder", "") + "---\n" +
			strings.Replace(sigmaRuleText("aaa-4", "P"), "Image|endswith: '\\cmd.exe'", "User|expand: '%admins%'", 1),
		"p.yml": "admins: [root, adm-*]\n",
	})
	p, err := Load(Sources{Rules: []string{filepath.Join(dir, "a.yml"), filepath.Join(dir, "b.yml")},
		NoDefaultRules: true, NoDefaultTuning: true})
	if err == nil || !strings.Contains(err.Error(),
		"a.yml:15:14: no selection is named sell\n    condition: sell\n               ^\n  hint: did you mean sel?") {
		t.Errorf("%v", err)
	}
	if len(p.Rules) != 3 || p.Rule("aaa-4").Skip == "" {
		t.Error(told(p))
	}
	p, err = Load(Sources{Rules: []string{filepath.Join(dir, "b.yml")}, Placeholders: filepath.Join(dir, "p.yml"),
		NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil || p.Rule("aaa-4").Skip != "" {
		t.Errorf("%v\n%s", err, told(p))
	}
	if q, err := p.Rule("aaa-4").Compile(SchemaOf(nil)); err != nil ||
		!strings.HasPrefix(q.String(), "detection:\n  sel: {User|expand") {
		t.Errorf("%v %v", q, err)
	}
}

// Cases of a file with several rules say which one they are about.
func TestCasesOfAFileOfManyRules(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	second := strings.NewReplacer("00001", "00002", "Suspicious Process", "Second").Replace(goodSigma)
	event := "[[case.event]]\nlog = \"sysmon\"\nid = 1\n"
	for name, text := range map[string]string{
		"r.yml": goodSigma + "---\n" + second,
		"r.cases.toml": "[[case]]\nname = \"a\"\nfires = true\n" + event + "[[case]]\nname = \"b\"\nrule = " +
			"\"Second\"\nfires = true\n" + event +
			"[[case]]\nname = \"c\"\nrule = \"00000000-0000-4000-8000-000000000001\"\nfires = true\n" + event,
		"bad.yml":        strings.ReplaceAll(goodSigma, "00001", "00003"),
		"bad.cases.toml": "[[case]]\nname = \"a\"\nrule = \"nobody\"\nfires = true\n" + event,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Load(Sources{Rules: []string{filepath.Join(dir, "r.yml")}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil || len(p.Rules) != 2 || len(p.Rules[0].Cases) != 2 || len(p.Rules[1].Cases) != 1 ||
		p.Rules[1].Cases[0].Name != "b" {
		t.Error(err, p.Rules)
	}
	_, err = Load(Sources{Rules: []string{filepath.Join(dir, "bad.yml")}, NoDefaultRules: true, NoDefaultTuning: true})
	if err == nil || !strings.Contains(err.Error(), `no rule of the file beside has the id, name or title "nobody"`) {
		t.Error(err)
	}
}
