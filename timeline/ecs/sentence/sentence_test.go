package sentence_test

import (
	"fmt"
	"slices"
	"testing"

	"hunt/timeline/ecs/sentence"
)

var names = []string{"", "user", "domain", "file", "ip", "port", "kind"}

func id(name string) int32 { return int32(max(0, slices.Index(names, name))) }

// event is a made-up event: values by name; names with ^ before them are derived.
type event map[string][]string

func (e event) Texts(v *sentence.Value, dst []string) []string {
	name := v.Data
	if v.Field != 0 {
		name = names[v.Field]
	}
	return append(dst, append(e[name], e["^"+name]...)...)
}

func (e event) Derived(field int32) bool { return e["^"+names[field]] != nil }

func (e event) AppendText(dst []byte, v *sentence.Value, text string) []byte {
	if v.Short {
		text = text[len(text)-1:]
	}
	return append(dst, text...)
}

func Example() {
	s := sentence.Resolver(id).Parse(`{domain\user|'an unknown account'} deleted [{file}|a file][ from {ip:port}]`)
	var t sentence.Teller
	fmt.Printf(
		"%s\n",
		t.Append(
			nil,
			s,
			event{"user": {"anna"}, "domain": {"CORP"}, "file": {"a.txt"}, "ip": {"::1"}, "port": {"445"}},
		),
	)
	fmt.Printf("%s\n", t.Append(nil, s, event{"ip": {"::1"}}))
	// Output:
	// CORP\anna deleted a.txt from [::1]:445
	// an unknown account deleted a file from ::1
}

func TestEachPartOfATemplateIsTold(t *testing.T) {
	full := event{
		"user":   {"anna"},
		"domain": {"CORP"},
		"file":   {"a", "bc"},
		"^ip":    {"192.0.2.7"},
		"kind":   {"Two"},
		"Raw":    {"r"},
	}
	for template, want := range map[string]string{
		"plain":                          "plain",
		"{port|user|'nobody'}":           "anna",
		"{port|'nobody'}":                "nobody",
		"{@Raw|'x'}{@None|'y'}":          "ry",
		"{~file|'x'}":                    "a, c",
		"[{!user}mute][{!port}mute]":     "mute",
		"[{^ip}derived][{^user}derived]": "derived",
		`{port\user|'x'}`:                "anna",
		`{user\port|'x'}`:                "x",
		`{ip:port|'x'}{port:ip|'x'}`:     "192.0.2.7x",
		"[{port} one|{user} two|three]":  "anna two",
		"[{port}]":                       "",
		"[?kind=one,two?yes|no]":         "yes",
		"[?kind=one?yes|no]":             "no",
		"[?kind~x,WO?yes|no]":            "yes",
		"[?kind~one?yes|no]":             "no",
		"[?port~one?yes|no]":             "no",
		"[?port=one?yes|no]":             "no",
		"[a[{port}|b]c]":                 "abc",
	} {
		var teller sentence.Teller
		if got := string(teller.Append([]byte("> "), sentence.Resolver(id).Parse(template), full)); got != "> "+want {
			t.Errorf("%s is %q, want %q", template, got, want)
		}
	}
}

func TestFieldsOfASentenceAreThoseItMayAskFor(t *testing.T) {
	s := sentence.Resolver(id).Parse(`{domain\user|@Raw|'x'}[?kind=a?{file}|{ip:port}]`)
	if got := s.AppendFields(nil); !slices.Equal(
		got,
		[]int32{id("domain"), id("user"), id("kind"), id("file"), id("ip"), id("port")},
	) {
		t.Errorf("%v", got)
	}
}

func TestMistakesInTemplatesPanic(t *testing.T) {
	for _, template := range []string{"{user", "{user}", "a]", "a|b", "[a", "[?kind?a]", "[?kind=a", "{nofield|'x'}"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is parsed", template)
				}
			}()
			sentence.Resolver(id).Parse(template)
		}()
	}
}

func TestASentenceSaysInGeneralWhatItSaysOfEveryEvent(t *testing.T) {
	for template, want := range map[string]string{
		"{user|'an unknown user'} opened {file|'an unknown file'}": "a user opened a file",
		"{user|'an unknown account'} left [{kind}]":                "an account left ",
		"[?kind~one?nothing|all] ended":                            "all ended",
	} {
		if got := sentence.Resolver(id).Parse(template).Words(); got != want {
			t.Errorf("%s says %q in general, want %q", template, got, want)
		}
	}
}
