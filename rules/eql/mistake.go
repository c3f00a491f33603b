package eql

import (
	"fmt"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/spelling"
)

// usage is the form of a call.
func (fn *function) usage() string {
	switch fn.name {
	case "between":
		return "between(source, left, right) or between(source, left, right, true)"
	case "cidrMatch":
		return `cidrMatch(address, "10.0.0.0/8", …)`
	case "concat":
		return "concat(value, value, …)"
	case "indexOf":
		return "indexOf(source, text) or indexOf(source, text, start)"
	case "number":
		return "number(text) or number(text, base)"
	case "substring":
		return "substring(source, start) or substring(source, start, end)"
	case "length", "string":
		return fn.name + "(value)"
	case "endsWith", "startsWith", "stringContains":
		return fn.name + "(source, text)"
	}
	return fn.name + "(number, number)"
}

// arity says in words how many arguments a function takes.
func (fn *function) arity() string {
	switch {
	case fn.max < 0:
		return fmt.Sprintf("%d or more arguments", fn.min)
	case fn.min == fn.max && fn.min == 1:
		return "one argument"
	case fn.min == fn.max:
		return fmt.Sprintf("%d arguments", fn.min)
	}
	return fmt.Sprintf("%d to %d arguments", fn.min, fn.max)
}

func (c *compiler) unknownFunction(x *syntax.Call) error {
	if hint, ok := foreignFunctions[strings.ToLower(x.Name)]; ok {
		return c.src.Unsupportedf(x.At, hint, "the function %s is not supported", x.Name)
	}
	if hint := otherFunction(x); hint != "" {
		return c.src.Errorf(x.At, hint, "unknown function %s", x.Name)
	}
	if near := spelling.Nearest(x.Name, functionNames(), 2); near != "" {
		return c.src.Errorf(x.At, "did you mean "+near+"?", "unknown function %s", x.Name)
	}
	return c.src.Errorf(x.At, "functions: "+strings.Join(functionNames(), ", "), "unknown function %s", x.Name)
}

// otherFunction says what to write for functions of other query languages, or "".
func otherFunction(x *syntax.Call) string {
	args := make([]string, len(x.Args))
	for i, a := range x.Args {
		args[i] = syntax.ExprString(a)
	}
	first := "field"
	if len(args) > 0 {
		first = args[0]
	}
	switch strings.ToLower(x.Name) {
	case "lower", "tolower", "upper", "toupper", "lcase", "ucase", "casefold":
		return "ignore case instead: " + first + ` : "text"`
	case "contains", "has", "instr", "includes":
		return "write stringContains(" + strings.Join(args, ", ") + ")"
	case "len", "strlen", "size":
		return "write length(" + first + ")"
	case "substr", "mid":
		return "write substring(" + strings.Join(args, ", ") + ")"
	case "exists", "isnotnull", "isnotempty", "has_value":
		return "write " + first + " != null"
	case "isnull", "isempty":
		return "write " + first + " == null"
	case "regexmatch", "regexp", "rlike", "re":
		return "write " + first + ` regex~ "…"`
	case "tostring", "str":
		return "write string(" + first + ")"
	case "toint", "tolong", "int", "tonumber":
		return "write number(" + first + ")"
	case "now", "ago", "datetime", "todatetime", "date":
		return `compare with a date in double quotes: "2024-05-01T12:00:00Z"; there is no now`
	case "not", "and", "or", "in":
		return "keywords are lower case: write `" + strings.ToLower(x.Name) + "`"
	case "count", "sum", "min", "max", "avg":
		return "remove it: EQL finds events and does not count them"
	}
	return ""
}
