package eql

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hunt/rules/predicate"
)

// valueType is what is known of an expression's value at compile time.
type valueType uint8

const (
	anyType valueType = iota
	nullType
	stringType
	numberType
	boolType
	dateType
	integerType // as a parameter only: a number without a fraction
)

func (t valueType) String() string {
	return [...]string{"any value", "null", "a string", "a number", "a boolean", "a date", "a whole number"}[t]
}

// function is a function of EQL.
type function struct {
	name     string
	min, max int // number of arguments; max -1: any
	fold     bool
	params   []valueType // the last one also applies to all that follow
	result   valueType
	call     func(f *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value
}

// functions by lower-cased name: names ignore case.
var functions = map[string]*function{}

func init() {
	str, num, boolean, any, whole := stringType, numberType, boolType, anyType, integerType
	for _, fn := range []*function{
		{"add", 2, 2, false, []valueType{num}, num, callArithmetic('+')},
		{"between", 3, 4, true, []valueType{str, str, str, boolean}, str, callBetween},
		{"cidrMatch", 2, -1, false, []valueType{str}, boolean, callCIDRMatch},
		{"concat", 1, -1, false, []valueType{any}, str, callConcat},
		{"divide", 2, 2, false, []valueType{num}, num, callArithmetic('/')},
		{"endsWith", 2, 2, true, []valueType{str}, boolean, callEndsWith},
		{"indexOf", 2, 3, true, []valueType{str, str, whole}, num, callIndexOf},
		{"length", 1, 1, false, []valueType{str}, num, callLength},
		{"modulo", 2, 2, false, []valueType{num}, num, callArithmetic('%')},
		{"multiply", 2, 2, false, []valueType{num}, num, callArithmetic('*')},
		{"number", 1, 2, false, []valueType{str, whole}, num, callNumber},
		{"startsWith", 2, 2, true, []valueType{str}, boolean, callStartsWith},
		{"string", 1, 1, false, []valueType{any}, str, callString},
		{"stringContains", 2, 2, true, []valueType{str}, boolean, callStringContains},
		{"substring", 2, 3, false, []valueType{str, whole, whole}, str, callSubstring},
		{"subtract", 2, 2, false, []valueType{num}, num, callArithmetic('-')},
	} {
		functions[strings.ToLower(fn.name)] = fn
	}
}

// foreignFunctions exist in Endgame's EQL or in older Elasticsearch, with what to write instead.
var foreignFunctions = map[string]string{
	"arraycontains": "compare the field: a comparison is true if any value satisfies it",
	"arraycount":    "compare the field: a comparison is true if any value satisfies it",
	"arraysearch":   "compare the field: a comparison is true if any value satisfies it",
	"safe":          "remove it: a missing value is never an error",
	"wildcard":      `write field : ("a*", "b*")`,
	"match":         `write field regex~ ("a.*", "b.*")`,
	"matchlite":     `write field regex~ ("a.*", "b.*")`,
}

// param returns the type of argument i.
func (fn *function) param(i int) valueType { return fn.params[min(i, len(fn.params)-1)] }

func callArithmetic(op byte) func(*predicate.Frame, *callExpr, []predicate.Value) predicate.Value {
	return func(_ *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
		return arithmetic(op, args[0], args[1])
	}
}

// texts reports whether all arguments are strings.
func texts(args ...predicate.Value) bool {
	for i := range args {
		if args[i].Kind != predicate.String {
			return false
		}
	}
	return true
}

func callStartsWith(f *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args...) {
		return predicate.Value{}
	}
	s, sub := foldPair(f, x.fold, args)
	return predicate.BoolValue(strings.HasPrefix(s, sub))
}

func callEndsWith(f *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args...) {
		return predicate.Value{}
	}
	s, sub := foldPair(f, x.fold, args)
	return predicate.BoolValue(strings.HasSuffix(s, sub))
}

func callStringContains(f *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args...) {
		return predicate.Value{}
	}
	s, sub := foldPair(f, x.fold, args)
	return predicate.BoolValue(sub != "" && strings.Contains(s, sub))
}

// foldPair returns the first two arguments, folded if fold is set.
func foldPair(f *predicate.Frame, fold bool, args []predicate.Value) (string, string) {
	if !fold {
		return args[0].Str, args[1].Str
	}
	return f.Fold(args[0].Str), f.Fold(args[1].Str)
}

// callBetween returns the text between the first left and the next right, or the
// last right if greedy; the whole text if left or right is empty.
func callBetween(_ *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	greedy := false
	if len(args) == 4 {
		if args[3].Kind != predicate.Bool {
			return predicate.Value{}
		}
		greedy = args[3].IsTrue()
	}
	if !texts(args[:3]...) {
		return predicate.Value{}
	}
	s, left, right := args[0].Str, args[1].Str, args[2].Str
	if s == "" || left == "" || right == "" {
		return predicate.StringValue(s)
	}
	_, start := index(s, left, 0, x.fold)
	if start < 0 {
		return predicate.StringValue("")
	}
	end, _ := index(s, right, start, x.fold)
	if greedy {
		end, _ = lastIndex(s, right, start, x.fold)
	}
	if end < 0 {
		return predicate.StringValue("")
	}
	return predicate.StringValue(s[start:end])
}

// index finds sub in s at or after the byte offset from and returns where it
// begins and ends, or -1, -1. Folding may change the length of a match.
func index(s, sub string, from int, fold bool) (start, end int) {
	if !fold {
		i := strings.Index(s[from:], sub)
		if i < 0 {
			return -1, -1
		}
		return from + i, from + i + len(sub)
	}
	for i := from; ; {
		if n := predicate.PrefixFold(s[i:], sub); n >= 0 {
			return i, i + n
		}
		if i >= len(s) {
			return -1, -1
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
}

// lastIndex finds the last sub in s at or after the byte offset from.
func lastIndex(s, sub string, from int, fold bool) (start, end int) {
	if !fold {
		i := strings.LastIndex(s[from:], sub)
		if i < 0 {
			return -1, -1
		}
		return from + i, from + i + len(sub)
	}
	for i := len(s); i >= from; i-- {
		if i < len(s) && !utf8.RuneStart(s[i]) {
			continue
		}
		if n := predicate.PrefixFold(s[i:], sub); n >= 0 {
			return i, i + n
		}
	}
	return -1, -1
}

// callIndexOf returns the position of a text from a start on; null if there is none.
// Positions count UTF-16 code units, as in Elasticsearch (Java).
func callIndexOf(_ *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	start := 0
	if len(args) == 3 {
		if args[2].Kind != predicate.Int {
			return predicate.Value{}
		}
		start = int(max(0, min(args[2].Num, 1<<31)))
	}
	if !texts(args[:2]...) {
		return predicate.Value{}
	}
	s := args[0].Str
	at, _ := index(s, args[1].Str, utf16Offset(s, start), x.fold)
	if at < 0 {
		return predicate.Value{}
	}
	return predicate.IntValue(int64(utf16Len(s[:at])))
}

func callLength(_ *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args...) {
		return predicate.Value{}
	}
	return predicate.IntValue(int64(utf16Len(args[0].Str)))
}

// callSubstring slices as Python does: negative positions count from the end.
func callSubstring(_ *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args[0]) || args[1].Kind != predicate.Int || len(args) == 3 && args[2].Kind != predicate.Int {
		return predicate.Value{}
	}
	s := args[0].Str
	n := int64(utf16Len(s))
	clamp := func(i int64) int64 {
		if i < 0 {
			i = max(0, i+n)
		}
		return min(i, n)
	}
	from, to := clamp(args[1].Num), n
	if len(args) == 3 {
		to = clamp(args[2].Num)
	}
	if from >= to {
		return predicate.StringValue("")
	}
	return predicate.StringValue(s[utf16Offset(s, int(from)):utf16Offset(s, int(to))])
}

func callConcat(f *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
	mark := len(f.Bytes)
	for i := range args {
		if args[i].Kind == predicate.Null {
			return predicate.Value{}
		}
		f.Bytes = args[i].AppendText(f.Bytes)
	}
	return predicate.StringValue(f.Text(mark))
}

func callString(f *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
	switch args[0].Kind {
	case predicate.Null, predicate.String:
		return args[0]
	}
	mark := len(f.Bytes)
	f.Bytes = args[0].AppendText(f.Bytes)
	return predicate.StringValue(f.Text(mark))
}

// callNumber parses a number between blanks; without a base, 0x means hexadecimal. Text that is not a number
// gives null.
func callNumber(_ *predicate.Frame, _ *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args[0]) {
		return predicate.Value{}
	}
	text := strings.TrimSpace(args[0].Str)
	s, hex := strings.CutPrefix(text, "0x")
	base := 10
	if hex {
		base = 16
	}
	if len(args) == 2 && args[1].Kind != predicate.Null {
		if args[1].Kind != predicate.Int {
			return predicate.Value{}
		}
		base = int(max(0, min(args[1].Num, 100)))
	}
	if hex && base != 16 {
		s = text
	}
	if base == 10 {
		v, ok := predicate.ParseNumber(s)
		if !ok {
			return predicate.Value{}
		}
		return v
	}
	if base < 2 || base > 36 || strings.Contains(s, "_") {
		return predicate.Value{}
	}
	n, err := strconv.ParseInt(s, base, 64)
	if err != nil {
		return predicate.Value{}
	}
	return predicate.IntValue(n)
}

func callCIDRMatch(f *predicate.Frame, x *callExpr, args []predicate.Value) predicate.Value {
	if !texts(args[0]) {
		return predicate.Value{}
	}
	return predicate.BoolValue(f.Holds(x.in, args[0]))
}

// functionNames lists the functions, sorted, for the documentation and its test.
func functionNames() []string {
	var names []string
	for _, fn := range functions {
		names = append(names, fn.name)
	}
	slices.Sort(names)
	return names
}
