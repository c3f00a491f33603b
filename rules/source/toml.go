package source

import "strings"

// tomlHints map parts of the TOML parser's messages to what to write instead.
var tomlHints = [][2]string{
	{"nested more", "close the brackets"},
	{"already defined", "leave out one of the two"},
	{"expected '=' after key", "write key = value"},
	{"invalid character at start of key", "write key = value, or [table]; put a name with other characters than " +
		"letters, digits, - and _ in quotes"},
	{"expected key but", "write key = value"},
	{"start of value", `write text in quotes, such as "text"`},
	{"expected value", `write a value after the =, such as "text"`},
	{"strings must be quoted", `write text in quotes, such as "text"`},
	{"expected keyword", `write true or false, or text in quotes, such as "text"`},
	{"expected newline", "begin a new line for the next key, and write a comment after #"},
	{"invalid escape", `write \\ for a backslash, or put the text in single quotes: 'text'`},
	{"unicode escape", `write \\ for a backslash, or put the text in single quotes: 'text'`},
	{"close table name", "close the name with ]"},
	{"close array table name", "close the name with ]]"},
	{"not terminated by '''", "close the text with '''"},
	{`not terminated by """`, `close the text with """`},
	{"basic strings cannot have new lines", `close the text with " on the same line, or put it between """ and """`},
	{"literal strings cannot have new lines", "close the text with ' on the same line, or put it between ''' and '''"},
	{"unterminated basic string", `close the text with "`},
	{"unterminated literal string", "close the text with '"},
	{"cannot have control characters", `write \t for a tab and \n for a line break, between "`},
	{"after array value", "write a comma between the values and ] at the end"},
	{"inline table", "write { key = value, key = value } on one line"},
	{"leading zeroes", "leave out the zeros, or put the text in quotes"},
	{"date", "write a date as 2026-05-31, or put it in quotes"},
	{"time", "write a time as 2026-05-31T12:00:00Z, or put it in quotes"},
}

// TOMLHint returns what to write instead of what the TOML parser rejects, "" if the message says it.
func TOMLHint(msg string) string {
	for _, h := range tomlHints {
		if strings.Contains(msg, h[0]) {
			return h[1]
		}
	}
	return ""
}

// TOMLMistake says in the words of a rule file what a message of the TOML decoder means, and what to write instead.
func TOMLMistake(msg string) (said, hint string) {
	// cannot decode TOML integer into struct field pack.rule.Name of type string
	rest, wrong := strings.CutPrefix(msg, "cannot decode TOML ")
	have, into, _ := strings.Cut(rest, " into ")
	if at := strings.LastIndex(into, " of type "); wrong && at >= 0 {
		return wrongValue(into[at+len(" of type "):], have)
	}
	return msg, TOMLHint(msg)
}

// wrongValue describes a value of the wrong type for its key: want is a type of Go, have one of TOML.
func wrongValue(want, have string) (msg, hint string) {
	name, hint := "a table", "write it as a table: [name] and then key = value"
	switch {
	case want == "string":
		name, hint = "a text", `write "text"`
	case want == "[]string":
		name, hint = "a list of texts", `write ["text", "text"]`
	case strings.HasPrefix(want, "int"), strings.HasPrefix(want, "uint"):
		name, hint = "a whole number", "write a number without quotes, such as 5"
	case strings.HasPrefix(want, "float"):
		name, hint = "a number", "write a number without quotes, such as 5"
	case want == "bool":
		name, hint = "true or false", "write true or false without quotes"
	case strings.HasPrefix(want, "[]"):
		name, hint = "a list of tables", "write [[name]] before each, and then key = value"
	}
	is := map[string]string{"string": "a text", "integer": "a whole number", "float": "a number", "array": "a list",
		"boolean": "true or false", "table": "a table"}[have]
	if is == "" {
		is = "a " + Printable(have)
	}
	return "this must be " + name + ", not " + is, hint
}
