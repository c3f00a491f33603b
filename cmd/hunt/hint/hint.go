// Package hint finds what a mistyped command, option or query was meant to be: the nearest name, or the same
// condition in EQL. What it suggests can be typed as it is.
package hint

import (
	"regexp"
	"strconv"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/spelling"
)

// Name returns the name nearest to a mistyped one, "" if none is near: half of its characters may be wrong, and three
// at most. A name that begins with what was typed is near, too.
func Name(typed string, names []string) string {
	typed = strings.ToLower(typed)
	if near := spelling.Nearest(typed, names, max(1, min(3, len(typed)/2))); near != "" {
		return near
	}
	if len(typed) < 3 {
		return ""
	}
	for _, n := range names {
		if strings.HasPrefix(n, typed) {
			return n
		}
	}
	return ""
}

// fields are the fields of EQL for the names that people know from Windows, by the name in lower case without
// underscores. Names that only look like words of Windows are data of an event: winlog.event_data.
var fields = map[string]string{
	"eventid": "event.code", "eventcode": "event.code", "id": "event.code", "eid": "event.code",
	"channel": "winlog.channel", "logname": "winlog.channel", "provider": "event.provider",
	"providername": "event.provider",
	"source":       "event.provider", "computer": "host.name", "computername": "host.name", "hostname": "host.name",
	"host":  "host.name",
	"image": "process.executable", "process": "process.name", "processname": "process.name",
	"commandline": "process.command_line",
	"cmdline":     "process.command_line", "parentimage": "process.parent.executable",
	"parentprocessname": "process.parent.executable",
	"newprocessname":    "process.executable", "processid": "process.pid", "pid": "process.pid", "user": "user.name",
	"username":  "user.name",
	"ipaddress": "source.ip", "ip": "source.ip", "sourceip": "source.ip", "destinationip": "destination.ip",
	"queryname": "dns.question.name",
	"domain":    "dns.question.name", "targetfilename": "file.path", "filename": "file.name",
	"hash":     "process.hash.sha256",
	"recordid": "winlog.record_id", "logontype": "winlog.event_data.LogonType",
}

// comparison is one comparison as people write it: NAME OP VALUE.
var comparison = regexp.MustCompile(`^\s*([A-Za-z_][\w.@-]*)\s*(==|!=|=|:|~=|=~)\s*("[^"]*"|'[^']*'|[^\s()"']+)\s*`)

// joint is what joins comparisons.
var joint = regexp.MustCompile(`(?i)^(and|or|&&|\|\||,)\s*`)

// maxText bounds the texts that are understood: they are typed.
const maxText = 4096

// Query turns text that compares names with values, in any of several notations, into an EQL query; ok is false for
// other text. number reports whether a field holds numbers.
func Query(text string, number func(field string) bool) (query string, ok bool) {
	head, rest := "any", text
	if before, after, found := strings.Cut(text, " where "); found {
		head, rest = strings.TrimSpace(before), after
	}
	condition, ok := Condition(rest, number)
	return head + " where " + condition, ok
}

// Condition is Query for a condition alone.
func Condition(text string, number func(field string) bool) (condition string, ok bool) {
	if len(text) > maxText {
		return "", false
	}
	var b strings.Builder
	for rest := text; ; {
		m := comparison.FindStringSubmatch(rest)
		if m == nil {
			return "", false
		}
		rest = rest[len(m[0]):]
		b.WriteString(compared(m[1], m[2], m[3], number))
		if rest == "" {
			return b.String(), true
		}
		j := joint.FindStringSubmatch(rest)
		if j == nil {
			return "", false
		}
		rest = rest[len(j[0]):]
		if word := strings.ToLower(j[1]); word == "or" || word == "||" {
			b.WriteString(" or ")
		} else {
			b.WriteString(" and ")
		}
	}
}

// compared is one comparison in EQL.
func compared(name, op, value string, number func(field string) bool) string {
	field, known := fields[strings.ToLower(strings.ReplaceAll(name, "_", ""))]
	switch {
	case known || strings.Contains(name, "."):
		if !known {
			field = name
		}
	default:
		field = "winlog.event_data." + name
	}
	value = strings.Trim(value, `"'`)
	_, err := strconv.ParseInt(value, 0, 64)
	switch {
	case op == "!=":
	case (field == "event.code" || err == nil) && !strings.ContainsAny(value, "*?"):
		op = "=="
	default:
		op = ":" // whatever the case of the letters
	}
	if err == nil && number(field) {
		if op == ":" {
			op = "=="
		}
		return field + " " + op + " " + value
	}
	return field + " " + op + " " + literal(value)
}

// literal is a text as EQL writes it.
func literal(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// AnyCase returns an EQL query with its comparisons of texts made insensitive to case; ok is false if it has none
// that mind the case, or cannot be read.
func AnyCase(text string) (query string, ok bool) {
	lexer := syntax.NewLexer(syntax.Source{Text: text})
	var tokens []syntax.Token
	for {
		t, err := lexer.Next()
		if err != nil {
			return "", false
		}
		if t.Kind == syntax.EOF {
			break
		}
		tokens = append(tokens, t)
	}
	var b strings.Builder
	at := 0
	put := func(t syntax.Token, with string) {
		b.WriteString(text[at:int(t.Pos)])
		b.WriteString(with)
		at, ok = int(t.End), true
	}
	for i, t := range tokens {
		next := syntax.Token{}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		switch {
		case t.Kind == syntax.Operator && t.Text == "==" && next.Kind == syntax.Text &&
			!strings.ContainsAny(next.Text, "*?"):
			put(t, ":")
		case t.Kind == syntax.Keyword && (t.Text == "in" || t.Text == "like" || t.Text == "regex") && next.Text == "(":
			put(t, t.Text+"~")
		case t.Kind == syntax.Keyword && (t.Text == "like" || t.Text == "regex") && next.Kind == syntax.Text:
			put(t, t.Text+"~")
		}
	}
	b.WriteString(text[at:])
	return b.String(), ok
}
