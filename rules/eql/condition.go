package eql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// condition compiles a boolean expression to a tree of and, or, not over leaves.
func (c *compiler) condition(x syntax.Expr) (*predicate.Condition, error) {
	n, err := c.compileCondition(x)
	c.of.parts[x] = n
	return n, err
}

func (c *compiler) compileCondition(x syntax.Expr) (*predicate.Condition, error) {
	switch x := x.(type) {
	case *syntax.Logical:
		kids := make([]*predicate.Condition, len(x.Xs))
		for i, k := range x.Xs {
			if i > 0 {
				if err := c.bareText(x.Op, x.Xs[i-1], k); err != nil {
					return nil, err
				}
			}
			n, err := c.condition(k)
			if err != nil {
				return nil, err
			}
			kids[i] = n
		}
		if x.Op == "or" {
			return predicate.Or(kids...), nil
		}
		return predicate.And(kids...), nil
	case *syntax.Not:
		n, err := c.condition(x.X)
		if err != nil {
			return nil, err
		}
		return predicate.Not(n), nil
	case *syntax.Literal:
		switch x.Kind {
		case syntax.BoolLiteral:
			return predicate.Constant(x.Bool), nil
		case syntax.NullLiteral:
			return predicate.Never, nil
		}
		text := syntax.ExprString(x)
		return nil, c.src.Errorf(x.At, "repeat the field (field == "+text+"), or write a list: field in (…, "+text+")",
			"a constant is not a condition")
	case *syntax.Name:
		return c.booleanField(x)
	case *syntax.In:
		return c.in(x)
	case *syntax.Match:
		return c.match(x)
	case *syntax.Binary:
		if op, ok := compareOps[string(x.Op)]; ok {
			return c.comparison(x, op)
		}
	case *syntax.Call:
		return c.booleanCall(x)
	}
	if b, ok := x.(*syntax.Binary); ok && b.Op == "-" {
		if y, ok := b.Y.(*syntax.Unary); ok && y.Op == "-" && y.At == b.OpPos+1 {
			return nil, c.src.Errorf(b.OpPos, "comments begin with //", "a number is not a condition")
		}
	}
	return nil, c.src.Errorf(x.Pos(), "compare it: … == 0", "a number is not a condition")
}

// bareText refuses `name == "a" or "b"` and says what is meant.
func (c *compiler) bareText(op syntax.Op, before, x syntax.Expr) error {
	l, ok := x.(*syntax.Literal)
	if !ok || l.Kind != syntax.StringLiteral || op != "or" {
		return nil
	}
	text := ""
	switch b := before.(type) {
	case *syntax.Match:
		if len(b.List) == 1 {
			text = fmt.Sprintf("%s %s (%s, %s)", syntax.ExprString(b.X), b.Op, syntax.ExprString(b.List[0]),
				syntax.ExprString(l))
		}
	case *syntax.Binary:
		if b.Op == "==" {
			text = fmt.Sprintf("%s in (%s, %s)", syntax.ExprString(b.X), syntax.ExprString(b.Y), syntax.ExprString(l))
		}
	}
	if text == "" {
		return nil
	}
	return c.src.Errorf(l.At, "write "+text, "a constant is not a condition")
}

// booleanField compiles a field that stands as a condition: it means `== true`.
func (c *compiler) booleanField(x *syntax.Name) (*predicate.Condition, error) {
	f, err := c.resolve(x)
	switch {
	case err != nil:
		return nil, err
	case !f.known:
		return predicate.Never, nil
	case f.typ != predicate.TypeBoolean && f.typ != predicate.TypeUnknown:
		return nil, c.src.Errorf(x.At, "compare it, or write "+x.String()+" != null",
			"%s is a field of type %s, not a condition", x.String(), f.typ)
	}
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, predicate.Equal, predicate.BoolValue(true))), nil
}

// comparedWithTruth recognises CONDITION == true and its variants, for anything except a field: it means the
// condition (sense), or its negation, however many values are in it. Elasticsearch does the same.
func comparedWithTruth(b *syntax.Binary, op predicate.Operator) (condition syntax.Expr, sense bool) {
	if op != predicate.Equal && op != predicate.NotEqual {
		return nil, false
	}
	for _, side := range [][2]syntax.Expr{{b.X, b.Y}, {b.Y, b.X}} {
		l, ok := side[1].(*syntax.Literal)
		if !ok || l.Kind != syntax.BoolLiteral {
			continue
		}
		switch x := side[0].(type) {
		case *syntax.Logical, *syntax.Not, *syntax.In, *syntax.Match:
			return x, l.Bool == (op == predicate.Equal)
		case *syntax.Binary:
			if _, ok := compareOps[string(x.Op)]; ok {
				return x, l.Bool == (op == predicate.Equal)
			}
		case *syntax.Call:
			if fn := functions[strings.ToLower(x.Name)]; fn != nil && fn.result == boolType {
				return x, l.Bool == (op == predicate.Equal)
			}
		}
	}
	return nil, false
}

// comparison compiles ==, !=, <, <=, >, >=.
func (c *compiler) comparison(b *syntax.Binary, op predicate.Operator) (*predicate.Condition, error) {
	if isNull(b.X) || isNull(b.Y) {
		return c.nullComparison(b, op)
	}
	if x, sense := comparedWithTruth(b, op); x != nil {
		n, err := c.condition(x)
		if err == nil && !sense {
			n = predicate.Not(n)
		}
		return n, err
	}
	v := newValueCompiler(c)
	x, err := v.value(b.X)
	if err != nil {
		return nil, err
	}
	c.warnUnquoted(b.Y)
	y, err := v.value(b.Y)
	if err != nil {
		return nil, err
	}
	if x.isField && x.field.typ == predicate.TypeDate && y.isConst && y.constant().Kind == predicate.Int {
		if text, ok := b.Y.(*syntax.Binary); ok { // 2024-05-01
			c.warn(text.Pos(), fmt.Sprint("date", b.OpPos),
				"the date is compared with the number %d, which means milliseconds since 1970: write a date in "+
					"double quotes, such as \"2024-05-01\"", y.constant().Num)
		}
	}
	if x.typ == nullType || y.typ == nullType {
		return predicate.Never, nil
	}
	switch {
	case x.isField && y.isConst:
		return c.fieldComparison(x.field, op, y.constant(), b.OpPos), nil
	case x.isConst && y.isField:
		return c.fieldComparison(y.field, op.Flip(), x.constant(), b.OpPos), nil
	}
	x, y = c.asNumber(x, y, op, b.OpPos), c.asNumber(y, x, op, b.OpPos)
	if op == predicate.NotEqual && x.isField && y.isField {
		return predicate.Not(v.leaf(&compareExpr{op: predicate.Equal, x: x.expr, y: y.expr}, false)), nil
	}
	if op == predicate.NotEqual {
		return v.leaf(&compareExpr{op: predicate.Equal, x: x.expr, y: y.expr}, true), nil
	}
	return v.leaf(&compareExpr{op: op, x: x.expr, y: y.expr}, false), nil
}

// warnUnquoted says that an unknown name on the right-hand side may be meant as text.
func (c *compiler) warnUnquoted(x syntax.Expr) {
	n, ok := x.(*syntax.Name)
	if !ok || n.Optional || c.later[n.Parts[0]] {
		return
	}
	if _, alias := c.aliases[n.Parts[0]]; alias {
		return
	}
	name := n.String()
	if lower := strings.ToLower(name); lower == "null" || lower == "true" || lower == "false" {
		return
	}
	if _, _, known := c.schema.Field(name); !known && c.schema.Suggest(name) == "" {
		c.warn(n.At, name, "%s is not a known field, so its value is null; to compare with text, write %q", name, name)
	}
}

func isNull(x syntax.Expr) bool {
	l, ok := x.(*syntax.Literal)
	return ok && l.Kind == syntax.NullLiteral
}

// nullComparison compiles comparisons with the constant null: == and != test existence, the others are never
// true.
func (c *compiler) nullComparison(b *syntax.Binary, op predicate.Operator) (*predicate.Condition, error) {
	x := b.X
	if isNull(x) {
		x = b.Y
	}
	v := newValueCompiler(c)
	val, err := v.value(x)
	switch {
	case err != nil:
		return nil, err
	case op != predicate.Equal && op != predicate.NotEqual:
		return predicate.Never, nil
	case val.typ == nullType:
		return predicate.Constant(op == predicate.Equal), nil
	case val.isField:
		n := predicate.Exists(val.field.slot)
		if op == predicate.Equal {
			n = predicate.Not(n)
		}
		return n, nil
	}
	return v.leaf(&nullExpr{x: val.expr, not: op == predicate.NotEqual}, false), nil
}

// fieldComparison compiles a comparison of a field with a constant. `!=` is the negation of `==`, and therefore
// true for a missing field.
func (c *compiler) fieldComparison(f fieldRef, op predicate.Operator, k predicate.Value,
	at syntax.Pos) *predicate.Condition {
	if op == predicate.NotEqual {
		c.warnNever(f.typ, k, "always", at)
		return predicate.Not(c.fieldComparison(f, predicate.Equal, k, at))
	}
	if k.IsNumber() && op != predicate.Equal && (f.typ == predicate.TypeKeyword || f.typ == predicate.TypeVersion) {
		c.warn(at, fmt.Sprint("text", at),
			"`%s` compares a field of type %s with %s as text, where 10 comes before 9: write number(…) %s %s", op,
			f.typ, k.Text(), op, k.Text())
	}
	if op == predicate.Equal && k.Kind == predicate.String && isText(f.typ) {
		if k.Str != "*" && (strings.HasPrefix(k.Str, "*") || strings.HasSuffix(k.Str, "*")) {
			c.warn(at, fmt.Sprint("wildcard", at),
				"`==` and `!=` compare with the exact text %q: use `:` or like for wildcards", k.Str)
		}
		return predicate.Leaf(f.slot, predicate.In(false, []string{k.Str}))
	}
	c.warnNever(f.typ, k, "never", at)
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, op, k))
}

// warnNever warns of a constant that no value of a field of that type equals; Elasticsearch refuses such a query.
// holds says how often the comparison is true.
func (c *compiler) warnNever(typ predicate.Type, v predicate.Value, holds string, at syntax.Pos) {
	if predicate.CanEqual(typ, v) {
		return
	}
	text, never := v.Text(), "the comparison "+holds+" holds; "
	switch {
	case typ == predicate.TypeDate && strings.HasPrefix(text, "now"):
		c.warn(at, fmt.Sprint("date", at),
			"%q is not a date, because the result of a query must not depend on when you run it: %swrite "+
				"\"2024-05-01T12:00:00Z\" or \"2024-05-01||-7d\"", text, never)
	case typ == predicate.TypeDate:
		c.warn(at, fmt.Sprint("date", at), "%q is not a date: %swrite \"2024-05-01\" or \"2024-05-01T12:00:00Z\"",
			text, never)
	case typ == predicate.TypeLong || typ == predicate.TypeFloat:
		c.warn(at, fmt.Sprint("number", at),
			"the field has the type %s, and %q is not a number: %swrite a number (== 4688), or compare a field "+
				"that holds text", typ, text, never)
	case typ == predicate.TypeIP:
		c.warn(at, fmt.Sprint("ip", at), "%q is not an IP address: %swrite \"10.1.2.3\" or \"10.0.0.0/8\"", text, never)
	case typ == predicate.TypeBoolean:
		c.warn(at, fmt.Sprint("bool", at), "the field is boolean, and %q is neither true nor false: %swrite == true",
			text, never)
	}
}

// isText reports whether a field of that type is compared as text.
func isText(t predicate.Type) bool {
	return t == predicate.TypeKeyword || t == predicate.TypeUnknown || t == predicate.TypeVersion
}

// in compiles `x in (…)`: true if any of the values is equal.
func (c *compiler) in(x *syntax.In) (*predicate.Condition, error) {
	v := newValueCompiler(c)
	val, err := v.value(x.X)
	if err != nil {
		return nil, err
	}
	var n *predicate.Condition
	if val.isField {
		n, err = c.inField(val, x)
	} else {
		in := &inExpr{fold: x.Fold, x: val.expr}
		for _, k := range x.List {
			e, err := v.value(k)
			if err != nil {
				return nil, err
			}
			in.list = append(in.list, c.asNumber(e, val, listOp(x), x.OpPos).expr)
		}
		n = v.leaf(in, false)
		if val.typ == nullType {
			n = predicate.Never
		}
	}
	if err != nil {
		return nil, err
	}
	if x.Not {
		n = predicate.Not(n)
	}
	return n, nil
}

func (c *compiler) inField(val value, x *syntax.In) (*predicate.Condition, error) {
	var kids []*predicate.Condition
	var texts []string
	for _, k := range x.List {
		v := newValueCompiler(c)
		field := v.slotExpr(val.field)
		e, err := v.value(k)
		switch {
		case err != nil:
			return nil, err
		case e.typ == nullType:
		case e.isConst && e.constant().Kind == predicate.String && isText(val.field.typ):
			texts = append(texts, e.constant().Str)
		case e.isConst:
			kids = append(kids, c.fieldComparison(val.field, predicate.Equal, e.constant(), x.OpPos))
		default:
			kids = append(kids, v.leaf(&compareExpr{op: predicate.Equal, fold: x.Fold, x: field, y: e.expr}, false))
		}
	}
	if len(texts) > 0 {
		kids = append(kids, predicate.Leaf(val.field.slot, predicate.In(x.Fold, texts)))
	}
	return predicate.Or(kids...), nil
}

// match compiles :, like, like~, regex, regex~.
func (c *compiler) match(m *syntax.Match) (*predicate.Condition, error) {
	v := newValueCompiler(c)
	val, err := v.value(m.X)
	if err != nil {
		return nil, err
	}
	fold := m.Op != "like" && m.Op != "regex"
	tests, err := c.matchTests(m, val, fold)
	if err != nil || val.typ == nullType {
		return predicate.Never, err
	}
	if val.isField && !isText(val.field.typ) &&
		(m.Op != ":" || val.field.typ != predicate.TypeIP && hasPatterns(m.List)) {
		c.warn(m.OpPos, fmt.Sprint("like", m.OpPos),
			"`%s` on a field of type %s compares its text, which Elasticsearch refuses: compare it with ==, < or >",
			m.Op, val.field.typ)
	}
	if !val.isField && val.typ == numberType &&
		slices.ContainsFunc(m.List, func(l *syntax.Literal) bool { return l.Kind == syntax.StringLiteral }) {
		c.warn(m.OpPos, fmt.Sprint("like", m.OpPos),
			"`%s` with text on a number compares its text: compare it with ==, < or >", m.Op)
	}
	var kids []*predicate.Condition
	for _, t := range tests {
		if val.isField {
			kids = append(kids, predicate.Leaf(val.field.slot, t))
		} else {
			kids = append(kids, v.leaf(&testExpr{x: val.expr, t: t}, false))
		}
	}
	return predicate.Or(kids...), nil
}

// hasPatterns reports whether a text of a match has wildcards.
func hasPatterns(list []*syntax.Literal) bool {
	return slices.ContainsFunc(list, func(l *syntax.Literal) bool {
		return l.Kind == syntax.StringLiteral && predicate.HasWildcard(l.Str)
	})
}

// matchTests compiles the constants of a match: plain texts into one set, patterns and expressions into one list.
func (c *compiler) matchTests(m *syntax.Match, val value, fold bool) ([]predicate.Test, error) {
	var tests []predicate.Test
	var texts []string
	var patterns []*predicate.Pattern
	var exprs []*predicate.Expr
	for _, l := range m.List {
		switch {
		case l.Kind == syntax.NullLiteral:
			c.warn(l.At, fmt.Sprint("null", l.At), "`%s null` never holds: use == null", m.Op)
		case strings.HasPrefix(string(m.Op), "regex"):
			re, err := c.regex(l.Str, fold)
			if err != nil {
				return nil, c.regexError(l, err)
			}
			if strings.HasPrefix(l.Str, "^") || strings.HasSuffix(l.Str, "$") && !strings.HasSuffix(l.Str, `\$`) {
				c.warn(l.At, fmt.Sprint("anchor", l.At),
					"`^` and `$` are ordinary characters in a regular expression, which always matches the whole "+
						"value: remove them")
			}
			exprs = append(exprs, re)
		case l.Kind == syntax.StringLiteral && predicate.HasWildcard(l.Str):
			patterns = append(patterns, predicate.Wildcard(l.Str, fold))
		case l.Kind == syntax.StringLiteral && (!val.isField || isText(val.field.typ) || m.Op != ":"):
			if m.Op != ":" && len(l.Str) > 1 && (l.Str[0] == '%') != (l.Str[len(l.Str)-1] == '%') {
				c.warn(l.At, fmt.Sprint("percent", l.At),
					"`%%` is an ordinary character: the wildcards of `%s` are * and ?", m.Op)
			}
			texts = append(texts, l.Str)
		default:
			typ := predicate.TypeUnknown
			if val.isField {
				typ = val.field.typ
				c.warnNever(typ, literalValue(l), "never", l.At)
			}
			tests = append(tests, predicate.Compare(typ, predicate.Equal, literalValue(l)))
		}
	}
	if len(texts) > 0 {
		tests = append(tests, predicate.In(fold, texts))
	}
	if len(patterns) > 0 {
		tests = append(tests, predicate.Matches(fold, patterns...))
	}
	if len(exprs) > 0 {
		tests = append(tests, predicate.Regex(exprs...))
	}
	return tests, nil
}

// regex parses an expression; a query may have only so many elements of expressions.
func (c *compiler) regex(src string, fold bool) (*predicate.Expr, error) {
	re, size, err := parseRegex(src, fold)
	if err != nil {
		return nil, err
	}
	if c.regexSize += size; c.regexSize > maxRegexTotal {
		return nil, fmt.Errorf("more than %d elements in all regular expressions of a query are %w", maxRegexTotal,
			errRegexSize)
	}
	return re, nil
}

func (c *compiler) regexError(l *syntax.Literal, err error) error {
	text := shortened(l.Str)
	switch {
	case errors.Is(err, errRegexSize):
		return c.src.Unsupportedf(l.At, "shorten the expression, or write several, with or between them",
			"regular expression %q: %v", text, err)
	case isUnsupportedRegex(err):
		return c.src.Unsupportedf(l.At, "rewrite the expression with . ? + * | { } ( ) [ ]",
			"regular expression %q: %v", text, err)
	}
	hint := ""
	switch {
	case strings.HasPrefix(l.Str, "(?i)"):
		hint = "remove (?i) and write regex~"
	case strings.Contains(l.Str, "(?"):
		hint = "groups are plain ( ) without ?"
	case strings.HasPrefix(l.Str, "*"):
		hint = `write ".*" for any text, or like for wildcards`
	case strings.Contains(l.Str, `\u{`):
		hint = "write the character itself: escapes such as \\u{200f} work only in strings in single double quotes"
	}
	return c.src.Errorf(l.At, hint, "regular expression %q: %v", text, err)
}

// shortened shortens what a message quotes.
func shortened(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// booleanCall compiles a function that stands as a condition.
func (c *compiler) booleanCall(x *syntax.Call) (*predicate.Condition, error) {
	v := newValueCompiler(c)
	val, err := v.value(x)
	if err != nil {
		return nil, err
	}
	switch val.typ {
	case nullType:
		return predicate.Never, nil
	case boolType, anyType:
	default:
		return nil, c.src.Errorf(x.At, "compare it: "+syntax.ExprString(x)+" == …",
			"%s() returns %s and is not a condition", x.Name, val.typ)
	}
	if val.isConst {
		return predicate.Constant(val.constant().IsTrue()), nil
	}
	if call, ok := val.expr.(*callExpr); ok {
		if n := specialise(call, v); n != nil {
			return n, nil
		}
	}
	return v.leaf(val.expr, false), nil
}

// specialise turns a function of one field and constants into a test of that field's values.
func specialise(x *callExpr, v *valueCompiler) *predicate.Condition {
	i, ok := x.args[0].(slotExpr)
	if !ok || !isText(v.types[i]) && x.fn.name != "cidrMatch" {
		return nil
	}
	if x.fn.name == "cidrMatch" {
		return predicate.Leaf(v.slots[i], x.in)
	}
	k, ok := x.args[1].(constExpr)
	if !ok || k.v.Kind != predicate.String || v.types[i] == predicate.TypeUnknown {
		return nil
	}
	anyRun := predicate.Part{Kind: predicate.PartAny}
	var p *predicate.Pattern
	switch s := k.v.Str; x.fn.name {
	case "startsWith":
		p = predicate.NewPattern(x.fold, predicate.Part{Text: s}, anyRun)
	case "endsWith":
		p = predicate.NewPattern(x.fold, anyRun, predicate.Part{Text: s})
	case "stringContains":
		if s == "" {
			return nil
		}
		p = predicate.NewPattern(x.fold, anyRun, predicate.Part{Text: s}, anyRun)
	default:
		return nil
	}
	return predicate.Leaf(v.slots[i], predicate.Matches(x.fold, p))
}
