package syntax

import (
	"fmt"
	"strings"
	"testing"
)

func tokens(text string) (string, error) {
	l := NewLexer(Source{Text: text})
	var out []string
	for {
		t, err := l.Next()
		if err != nil {
			return "", err
		}
		if t.Kind == EOF {
			return strings.Join(out, " "), nil
		}
		name := map[Kind]string{Ident: "name", FoldName: "fold", Keyword: "key", Integer: "int", Decimal: "dec",
			Text: "text", Operator: "op"}[t.Kind]
		out = append(out, fmt.Sprintf("%s:%q", name, t.Text))
	}
}

func TestTokens(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`process where a.b == 1`, `name:"process" key:"where" name:"a" op:"." name:"b" op:"==" int:"1"`},
		{`in~ in like~ regex~ length~(`, `key:"in~" key:"in" key:"like~" key:"regex~" fold:"length" op:"("`},
		{`AND And and`, `name:"AND" name:"And" key:"and"`},
		{`runs head tail as maxspan`, `name:"runs" name:"head" name:"tail" name:"as" key:"maxspan"`},
		{"`a b` `x``y` @timestamp _x", `name:"a b" name:"x` + "`" + `y" name:"@timestamp" name:"_x"`},
		{`30s 1.5 .5 1e3 1.e-2 7.`, `int:"30" name:"s" dec:"1.5" dec:".5" dec:"1e3" dec:"1.e-2" dec:"7."`},
		{`![ != ! [`, ""},
		{`<=>=<>`, `op:"<=" op:">=" op:"<" op:">"`},
		{`"a\\b\"c\n\r\t\b\f"`, `text:"a\\b\"c\n\r\t\b\f"`},
		{`"\u{e9}\u{0001F600}\u{200f}"`, `text:"é😀\u200f"`},
		{`"""C:\a"b""" ""`, `text:"C:\\a\"b" text:""`},
		{`"""a"""" """"b"""`, `text:"a\"" text:"\"b"`},
		{"a // b\nc /* d /* e */ f */ g", `name:"a" name:"c" name:"g"`},
		{`"\\ \" \' \n"`, `text:"\\ \" ' \n"`},
		{`"// no comment" /* " */`, `text:"// no comment"`},
		{"a/b*c", `name:"a" op:"/" name:"b" op:"*" name:"c"`},
	} {
		got, err := tokens(tc.text)
		if got != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%s\ngot  %s (%v)\nwant %s", tc.text, got, err, tc.want)
		}
	}
}

func TestLexicalErrorsPointAtTheirPlace(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`a "b`, "1:3: a string is not closed"},
		{"a \"b\nc\"", "1:3: a string is not closed"},
		{`"é\q"`, `1:3: unknown escape sequence \q`},
		{`"\u{1}"`, "1:2: bad unicode escape"},
		{`"\u{110000}"`, "not a code point"},
		{`"\u{d800}"`, "not a code point"},
		{`"\u{zz}"`, "bad unicode escape"},
		{`"\`, "a string is not closed"},
		{"\"\"\"a\n\"\"\"", "a raw string is not closed"},
		{`'a'`, "1:1: strings are written in double quotes"},
		{`?"a"`, "raw strings"},
		{"``", "a name is empty"},
		{"`a", "is not closed"},
		{"/* /* */", "1:1: a comment is not closed"},
		{strings.Repeat("/*", 200), "nest more than 100"},
		{"a & b", "unexpected character '&'"},
		{"“a”", "straight double quotes"},
		{"$ a", "leave it out"}, {"$1", "leave it out"},
		{"a ^ b", "there is no power"},
		{"a ~b", "unexpected character '~'"},
	} {
		_, err := tokens(tc.text)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.text, err, tc.want)
		}
	}
}
