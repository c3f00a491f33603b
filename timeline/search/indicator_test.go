package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func patternsOf(n *Indicators) (out []string) {
	for _, p := range n.Patterns {
		text := p.Text
		if p.Regex {
			text = "/" + text + "/"
		}
		if p.Label != "" {
			text += " (" + p.Label + ")"
		}
		out = append(out, text)
	}
	return out
}

func TestListsOfIndicatorsAreReadByTheirContent(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
		left       int
	}{
		{"plain text", "# comment\n\nevil.example\r\n  10.0.0.1  \nhxxps://bad[.]example/a\nuser[at]bad(.)example\n",
			[]string{"evil.example", "10.0.0.1", "https://bad.example/a", "user@bad.example"}, 0},
		{"a byte order mark", "\ufeffevil.example\n", []string{"evil.example"}, 0},
		{"one indicator without a line end", "evil.example", []string{"evil.example"}, 0},
		{"commas are no CSV without a heading", "a,b\nc,d\n", []string{"a,b", "c,d"}, 0},
		{"CSV", "Type,Indicator Value,Comment\nip,10.0.0.1,C2\ndomain,\"evil[.]example\",\"x, y\"\n",
			[]string{"10.0.0.1 (C2)", "evil.example (x, y)"}, 0},
		{"CSV with semicolons", "ioc;id\nevil.exe;7\n", []string{"evil.exe (7)"}, 0},
		{"CSV with a short row", "id,ioc\n1,evil.exe\n2\n", []string{"evil.exe (1)"}, 1},
		{"observables", `[{"type":"domain-name","id":"domain-name--1","value":"evil.example"},
			{"type":"file","hashes":{"SHA-256":"ab","MD5":"cd"},"name":"evil.exe"},
			{"type":"windows-registry-key","key":"HKLM\\Run"},{"type":"process","command_line":"a b"},{"type":"identity","name":"nobody"}]`,
			[]string{"evil.example (domain-name--1)", "cd (file)", "ab (file)", "evil.exe (file)",
				`HKLM\Run (windows-registry-key)`, "a b (process)"}, 0},
		{"patterns", `{"type":"bundle","objects":[{"type":"indicator","id":"i--1","pattern_type":"stix","pattern":
			"[file:hashes.'SHA-256' = 'AB' OR (domain-name:value IN ('a.example','b.example') AND url:value LIKE '%/x_y/%')] FOLLOWEDBY [process:command_line MATCHES '^cmd.*\\\\.exe$']"}]}`,
			[]string{"AB (i--1)", "a.example (i--1)", "b.example (i--1)", "//x(?s:.)y// (i--1)",
				`/^cmd.*\.exe$/ (i--1)`}, 0},
		{"what cannot be searched for", `{"type":"bundle","objects":[
			{"type":"indicator","id":"i--1","pattern":"[ipv4-addr:value = '10.0.0.1' AND file:size > 5 AND file:name != 'good.exe']"},
			{"type":"indicator","id":"i--2","pattern":"[ipv4-addr:value ISSUBSET '10.0.0.0/8']"},
			{"type":"indicator","id":"i--3","pattern_type":"yara","pattern":"rule x {}"},
			{"type":"indicator","id":"i--4","revoked":true,"pattern":"[url:value = 'x']"}]}`, []string{"10.0.0.1 (i--1)"}, 5},
		{"quotes in a pattern", `{"type":"indicator","id":"i--1","pattern":"[file:name = 'it\\'s \\\\ here']"}`,
			[]string{`it's \ here (i--1)`}, 0},
	} {
		n, err := parseIndicators("list", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := patternsOf(n); !slices.Equal(got, c.want) || n.Left != c.left {
			t.Errorf("%s: %q, %d left out (%q), want %q, %d", c.name, got, n.Left, n.Refused, c.want, c.left)
		}
	}
}

func TestListsOfPowerShellAreRead(t *testing.T) {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("evil.example\r\nпривет\r\n")) {
		b = append(b, byte(u), byte(u>>8))
	}
	n, err := parseIndicators("list", b)
	if err != nil || !slices.Equal(patternsOf(n), []string{"evil.example", "привет"}) {
		t.Errorf("%v, %v", n, err)
	}
}

func TestListsThatCannotBeReadSayWhy(t *testing.T) {
	for text, want := range map[string]string{
		"# nothing\n": "list: the file contains no indicator",
		`{"type":"bundle","objects":[{"type":"indicator","id":"i","pattern_type":"sigma",` +
			`"pattern":"x"}]}`: `hunt reads stix`,
		`{"type":"bundle", broken`: "list: not a STIX object",
		`[{"type":"domain-name"`:   "list: not a list of STIX objects",
		strings.Repeat(`{"type":"bundle","objects":[`, 9) + strings.Repeat("]}", 9): "bundles nested deeper than",
	} {
		if _, err := parseIndicators("list", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

func TestRegularExpressionsRequireTexts(t *testing.T) {
	for text, want := range map[string][]string{
		"mimikatz":              {"mimikatz"},
		"(?:foo|bar)baz":        {"foobaz", "barbaz"},
		`\\Users\\[^\\]+\\Temp`: {`\Users\`},
		"a.*":                   {"a"},
		"(abc)+x?":              {"abc"},
		"ab{2,}c":               {"a"},
		"colou?r":               {"colo"},
		"[xy]abc":               {"xabc", "yabc"},
		`\d+-\w`:                {"-"},
		`[a-z]{3}\d`:            nil,
		".*":                    nil,
	} {
		q, err := Compile(Options{Patterns: []Pattern{{Text: text, Regex: true}}})
		if text == ".*" {
			if err == nil {
				t.Errorf("%s: no error", text)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range q.literals {
			got = append(got, string(l.folded))
		}
		for i := range want {
			want[i] = strings.ToLower(want[i])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
