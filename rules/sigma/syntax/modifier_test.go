package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// ruleWith is a rule whose one selection has the lines.
func ruleWith(lines ...string) string {
	return "title: t\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  sel:\n    " +
		strings.Join(lines, "\n    ") + "\n  condition: sel\n"
}

// onlyItem parses a rule of one item.
func onlyItem(t *testing.T, opts Options, lines ...string) *Item {
	t.Helper()
	docs := Parse([]byte(ruleWith(lines...)), opts)
	if len(docs) != 1 || docs[0].Mistakes != nil || docs[0].Skip != nil {
		t.Fatalf("%s: %v %v", lines, docs[0].Mistakes, docs[0].Skip)
	}
	return docs[0].Detection.Selections[0].Groups[0][0]
}

func valuesOf(item *Item) string {
	var out []string
	for _, v := range item.Values {
		switch v.Kind {
		case Text:
			out = append(out, fmt.Sprintf("%q", shown(v.Parts)))
		case Integer:
			out = append(out, "integer "+v.Number.String())
		case Null:
			out = append(out, "null")
		case Regex:
			out = append(out, "regex "+v.Regex)
		case CIDR:
			out = append(out, "network "+v.Prefix.String())
		case FieldRef:
			out = append(out, fmt.Sprintf("field %s (%d)", v.Field, v.Match))
		case Compare:
			out = append(out, fmt.Sprintf("compare %d %s", v.Op, v.Number))
		case Exists:
			out = append(out, fmt.Sprintf("exists %t", v.Bool))
		case TimePart:
			out = append(out, fmt.Sprintf("time %d %s", v.Unit, v.Number))
		}
	}
	return strings.Join(out, ", ")
}

// The Base64 and UTF-16 texts are those of the Sigma specification and of coreutils' base64.
func TestModifiersApplyFromLeftToRight(t *testing.T) {
	opts := Options{Placeholders: map[string][]string{"admins": {"adm-*", `root\*`}, "none": nil}}
	for line, want := range map[string]string{
		`F: 4688`:                               `integer 4688`,
		`F: 0x1410`:                             `integer 5136`,
		`F: '4688'`:                             `"4688"`,
		`F: "0x1410"`:                           `"0x1410"`,
		`F: no`:                                 `"no"`,
		`F: true`:                               `"true"`,
		`F: 1.50`:                               `"1.50"`,
		`F:`:                                    `null`,
		`F: ~`:                                  `null`,
		`F: ''`:                                 `""`,
		`F: 'a '`:                               `"a "`,
		`F|contains: 'a*b'`:                     `"«*»a«*»b«*»"`,
		`F|contains: '*a*'`:                     `"«*»a«*»"`,
		`F|startswith: 12`:                      `"12«*»"`,
		`F|endswith: '\cmd.exe'`:                `"«*»\\cmd.exe"`,
		`F|contains|windash: ' -enc'`:           `"«*» «-»enc«*»"`,
		`F|windash|contains: '-a /b -- c-d e-'`: `"«*»«-»a «-»b -- c-d e-«*»"`,
		`F|contains|windash: '*-x'`:             `"«*»«-»x«*»"`,
		`F|base64: 'foobar'`:                    `"Zm9vYmFy"`,
		`F|base64offset|contains: 'foobar'`:     `"«*»Zm9vYmFy«*»", "«*»Zvb2Jhc«*»", "«*»mb29iYX«*»"`,
		`F|base64offset: 'http://'`:             `"aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"`,
		`F|wide|base64offset|contains: 'ping'`:  `"«*»cABpAG4AZw«*»", "«*»AAaQBuAGcA«*»", "«*»wAGkAbgBnA«*»"`,
		`F|wide|base64: 'ping'`:                 `"cABpAG4AZwA="`,
		`F|utf16be|base64: 'ping'`:              `"AHAAaQBuAGc="`,
		`F|utf16|base64: 'ping'`:                `"//5wAGkAbgBnAA=="`,
		`F|windash|base64: ' -a'`:               `"IC1h", "IC9h", "IOKAk2E=", "IOKAlGE=", "IOKAlWE="`,
		`F|base64: '\*'`:                        `"Kg=="`,
		`F|re: 'a.*b'`:                          `regex a.*b`,
		`F|re|i|s: 'a.*b\\'`:                    `regex (?is)a.*b\\`,
		`F|cidr: 10.1.2.3/8`:                    `network 10.0.0.0/8`,
		`F|cidr: [192.0.2.1, 'fe80::1/10']`:     `network 192.0.2.1/32, network fe80::/10`,
		`F|fieldref: G`:                         `field G (0)`,
		`F|fieldref|endswith: G`:                `field G (3)`,
		`F|startswith|fieldref: G`:              `field G (2)`,
		`F|contains|fieldref: G`:                `field G (1)`,
		`F|equalsfield: G`:                      `field G (0)`,
		`F|endswithfield: G`:                    `field G (3)`,
		`F|exists: false`:                       `exists false`,
		`F|exists: yes`:                         ``,
		`F|gte: 0x10`:                           `compare 3 16`,
		`F|lt: -1`:                              `compare 0 -1`,
		`F|hour: 5`:                             `time 1 5`,
		`F|expand: '%admins%'`:                  `"adm-«*»", "root*"`,
		`F|expand|startswith: 'x%admins%y'`:     `"xadm-«*»y«*»", "xroot*y«*»"`,
		`F|contains|expand: '%admins%'`:         `"«*»adm-«*»", "«*»root*«*»"`,
		`F|expand: '%none%'`:                    ``,
		`F: '%admins%'`:                         `"%admins%"`,
	} {
		if want == "" && strings.Contains(line, "yes") {
			docs := Parse([]byte(ruleWith(line)), opts)
			if len(docs[0].Mistakes) != 1 {
				t.Errorf("%s: %v", line, docs[0].Mistakes)
			}
			continue
		}
		if got := valuesOf(onlyItem(t, opts, line)); got != want {
			t.Errorf("%s\n is %s\nnot %s", line, got, want)
		}
	}
}

func TestModifiersOfTheItem(t *testing.T) {
	item := onlyItem(t, Options{}, "F|contains|all|cased:", "  - a", "  - b")
	if !item.All || !item.Cased || item.Not || valuesOf(item) != `"«*»a«*»", "«*»b«*»"` {
		t.Errorf("%+v %s", item, valuesOf(item))
	}
	if item = onlyItem(t, Options{}, "F|neq: 5"); !item.Not {
		t.Error("neq does not negate")
	}
}

func TestKeywordsAreFoundAnywhere(t *testing.T) {
	docs := Parse([]byte("title: t\nlogsource: {product: windows}\ndetection:\n  k:\n    - a\n    - F: x\n    - "+
		"5\n  all:\n    '|all': [b, c]\n  one: 'd*e'\n  condition: k and all and one\n"), Options{})
	if docs[0].Mistakes != nil {
		t.Fatal(docs[0].Mistakes)
	}
	var got []string
	for _, s := range docs[0].Detection.Selections {
		for _, g := range s.Groups {
			for _, it := range g {
				got = append(got, fmt.Sprintf("%s %q %t %s", s.Name, it.Field, it.All, valuesOf(it)))
			}
		}
	}
	want := `k "F" false "x"` + "\n" + `k "" false "«*»a«*»", "«*»5«*»"` + "\n" + `all "" true "«*»b«*»", "«*»c«*»"` +
		"\n" + `one "" false "«*»d«*»e«*»"`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

func TestWhatHuntDoesNotRunIsToldWithItsPlace(t *testing.T) {
	for line, want := range map[string]struct {
		why Reason
		at  string
	}{
		`F|nosuch|contains: x`:    {ReasonModifier, "7:7"},
		`F|contains|startwith: x`: {ReasonModifier, "7:16"},
		`F|expand: '%servers%'`:   {ReasonPlaceholder, "7:15"},
		`F|re: '(?<=a)b'`:         {ReasonRegex, "7:11"},
		`F|re: 'a{1001}'`:         {ReasonRegex, "7:11"},
		`F|re: '(a{100}){100}'`:   {ReasonRegex, "7:11"},
		"F|re: '" + strings.Repeat("(", 1500) + "a" + strings.Repeat(")", 1500) + "'": {ReasonRegex, "7:11"},
		`'F|zip': x`: {ReasonModifier, "7:8"},
	} {
		docs := Parse([]byte(ruleWith(line)), Options{})
		d := docs[0]
		if d.Mistakes != nil || d.Skip == nil || d.Skip.Reason != want.why ||
			!strings.HasPrefix(d.Skip.Error(), want.at+":") || d.Skip.Hint == "" {
			t.Errorf("%s: mistakes %v, skipped for %+v", line, d.Mistakes, d.Skip)
		}
	}
}

func TestWhatTheConditionDoesNotNameStopsNoRule(t *testing.T) {
	docs := Parse([]byte(strings.Replace(ruleWith("F: x"), "  condition", "  other:\n    G|nosuch: 1\n  condition", 1)),
		Options{})
	if docs[0].Mistakes != nil || docs[0].Skip != nil {
		t.Errorf("%v %v", docs[0].Mistakes, docs[0].Skip)
	}
}
