package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hunt/config"
)

// Op is the operation of a node of a condition.
type Op uint8

// The operations.
const (
	Named   Op = iota // the selection holds
	Not               // the kid does not hold
	And               // all kids hold
	Or                // any kid holds
	AtLeast           // at least Count of the kids hold
)

// Condition is a node of a condition.
type Condition struct {
	Op
	Pos
	Selection *Selection // for Named
	Kids      []*Condition
	Count     int    // for AtLeast
	Text      string // of And, Or and AtLeast that stand for `1 of them` and its like: as the rule has it
}

// conditions reads a condition, or a list of them of which any must hold.
func (p *parser) conditions(n *config.YAMLNode, selections []*Selection) *Condition {
	nodes := []*config.YAMLNode{n}
	if n.Kind == config.YAMLList {
		nodes = n.Items
	}
	if len(nodes) == 1 && p.doc.Kind == RuleDocument {
		p.aggregable = nodes[0]
	}
	var kids []*Condition
	for _, n := range nodes {
		if n.Kind != config.YAMLScalar || strings.TrimSpace(n.Text) == "" {
			p.mistake(at(n), "write condition: selection", "a condition must be a text")
			return nil
		}
		c := p.condition(n, selections)
		if c == nil {
			return nil
		}
		kids = append(kids, c)
	}
	switch len(kids) {
	case 0:
		p.mistake(at(n), "write condition: selection", "the list of conditions is empty")
		return nil
	case 1:
		return kids[0]
	}
	return &Condition{Op: Or, Pos: at(n), Kids: kids}
}

// condition reads one condition.
func (p *parser) condition(n *config.YAMLNode, selections []*Selection) *Condition {
	if len(n.Text) > maxConditionLen {
		p.mistake(at(n), "", "the condition is longer than %d KiB", maxConditionLen>>10)
		return nil
	}
	c := &conditionParser{p: p, node: n, text: n.Text, selections: selections}
	if c.advance(); c.word == "" {
		return nil
	}
	x := c.or(0)
	switch {
	case x == nil:
		return nil
	case c.word == "|":
		if p.doc.Correlation = c.aggregation(); n != p.aggregable && p.doc.Correlation != nil {
			p.doc.Correlation = nil
			p.unsupportedRule(c.place(c.from), ReasonAggregation, "write a rule for each",
				"an aggregation in a list of conditions, or in a filter")
		}
		return x
	case c.word != "":
		hint := "join selections with and, or"
		if word := map[string]string{"&&": "and", "&": "and", "||": "or", "!": "not"}[c.word]; word != "" {
			hint = "write " + word
		} else if c.word == ")" {
			hint = "remove it, or add the ( that it closes"
		}
		c.mistake(hint, "unexpected %q in the condition", c.word)
		return nil
	}
	return x
}

func shorten(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}

// conditionParser reads a condition by recursive descent: or, and, not, a name or a choice of names.
type conditionParser struct {
	p          *parser
	node       *config.YAMLNode
	text       string
	selections []*Selection

	word     string // the current one, "" at the end
	from, to int    // where it is
	chosen   int    // how many selections AtLeast stands for so far
	bare     bool   // the last operand was joined with and, without parentheses around it
}

// advance moves to the next word: a parenthesis, a bar, or a run of other characters.
func (c *conditionParser) advance() {
	i := c.to
	for i < len(c.text) && strings.IndexByte(" \t\n\r", c.text[i]) >= 0 {
		i++
	}
	c.from = i
	for i < len(c.text) && strings.IndexByte(" \t\n\r()|", c.text[i]) < 0 {
		i++
	}
	if i == c.from && i < len(c.text) {
		i++
	}
	c.to, c.word = i, c.text[c.from:i]
}

// place returns where an offset of the text is in the file. For texts over several lines it is the beginning of the
// text.
func (c *conditionParser) place(offset int) Pos {
	pos := at(c.node)
	if c.node.Plain && !strings.Contains(c.text, "\n") {
		pos.Col += utf8.RuneCountInString(c.text[:offset])
	} else if !strings.Contains(c.text, "\n") {
		pos.Col += 1 + utf8.RuneCountInString(c.text[:offset])
	}
	return pos
}

func (c *conditionParser) mistake(hint, format string, args ...any) {
	c.p.mistake(c.place(c.from), hint, format, args...)
}

func (c *conditionParser) is(word string) bool { return strings.EqualFold(c.word, word) }

func (c *conditionParser) or(depth int) *Condition { return c.join(depth, Or, "or", c.and) }

func (c *conditionParser) and(depth int) *Condition { return c.join(depth, And, "and", c.not) }

func (c *conditionParser) join(depth int, op Op, word string, operand func(int) *Condition) *Condition {
	start := c.from
	c.bare = false
	x := operand(depth)
	if x == nil || !c.is(word) {
		return x
	}
	out := &Condition{Op: op, Pos: c.place(start), Kids: []*Condition{x}}
	mixed := c.bare
	for c.is(word) {
		c.advance()
		c.bare = false
		y := operand(depth)
		if y == nil {
			return nil
		}
		out.Kids = append(out.Kids, y)
		mixed = mixed || c.bare
	}
	if op == Or && mixed {
		c.p.warn(out.Pos, "put parentheses around what belongs together",
			"and binds before or: the condition means %s", shorten(out.words(false)))
	}
	c.bare = op == And
	return out
}

func (c *conditionParser) not(depth int) *Condition {
	if depth > maxDepth {
		c.mistake("remove parentheses that join nothing", "the condition nests more than %d levels deep", maxDepth)
		return nil
	}
	if !c.is("not") {
		return c.primary(depth)
	}
	pos := c.place(c.from)
	c.advance()
	x := c.not(depth + 1)
	if x == nil {
		return nil
	}
	return &Condition{Op: Not, Pos: pos, Kids: []*Condition{x}}
}

func (c *conditionParser) primary(depth int) *Condition {
	switch {
	case c.word == "(":
		c.advance()
		x := c.or(depth + 1)
		if x == nil {
			return nil
		}
		if c.word != ")" {
			c.mistake("add )", "a ) is missing in the condition")
			return nil
		}
		c.advance()
		c.bare = false
		return x
	case c.word == "" || c.word == ")" || c.word == "|" || c.is("and") || c.is("or"):
		c.mistake(c.nameHint(), "a selection is missing in the condition%s", before(c.word))
		return nil
	}
	if n, all, ok := quantity(c.word); ok {
		save := *c
		c.advance()
		if c.is("of") {
			return c.choice(save.from, n, all)
		}
		*c = save
	}
	return c.name()
}

func before(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(" before %q", word)
}

// quantity reads the number of `N of`.
func quantity(word string) (n int, all, ok bool) {
	switch strings.ToLower(word) {
	case "all":
		return 0, true, true
	case "any":
		return 1, false, true
	}
	n, err := strconv.Atoi(word)
	return n, false, err == nil
}

// choice reads what follows `of`: a pattern of names, or them.
func (c *conditionParser) choice(start, n int, all bool) *Condition {
	c.advance()
	pattern := c.word
	if pattern == "" || pattern == "(" || pattern == ")" || pattern == "|" {
		c.mistake("write 1 of them, or 1 of selection_*", "a pattern of names is missing after of")
		return nil
	}
	pos := c.place(start)
	var kids []*Condition
	for _, s := range c.selections {
		if c.is("them") && !strings.HasPrefix(s.Name, "_") || !c.is("them") && like(s.Name, pattern) {
			kids = append(kids, &Condition{Op: Named, Pos: pos, Selection: s})
		}
	}
	switch {
	case len(kids) == 0:
		c.mistake(c.namesHint(pattern), "no selection is named %s", pattern)
		return nil
	case !all && n < 1:
		c.p.mistake(pos, "write not 1 of "+pattern, "%d of %s always holds", n, pattern)
		return nil
	case n > len(kids):
		c.p.mistake(pos, "write all of "+pattern, "%d of %s can never be true: the number of such selections is %d", n,
			pattern, len(kids))
		return nil
	}
	text := strings.Join(strings.Fields(c.text[start:c.to]), " ")
	out := &Condition{Op: AtLeast, Pos: pos, Kids: kids, Count: n, Text: text}
	switch {
	case all || n == len(kids):
		out.Op = And
	case n == 1:
		out.Op = Or
	default:
		if c.chosen += n * len(kids); c.chosen > maxChosen {
			c.mistake("split it into several conditions", "the condition has too many combinations of selections")
			return nil
		}
	}
	c.advance()
	return out
}

// name reads the name of a selection.
func (c *conditionParser) name() *Condition {
	for _, s := range c.selections {
		if s.Name == c.word {
			x := &Condition{Op: Named, Pos: c.place(c.from), Selection: s}
			c.advance()
			return x
		}
	}
	hint := c.namesHint(c.word)
	if strings.Contains(c.word, "*") {
		hint = "write 1 of " + c.word + " or all of " + c.word
	}
	c.mistake(hint, "no selection is named %s", shorten(c.word))
	return nil
}

// nameHint proposes a selection.
func (c *conditionParser) nameHint() string {
	if len(c.selections) == 0 {
		return "the rule has no selection"
	}
	return "write " + shorten(c.selections[0].Name)
}

func (c *conditionParser) namesHint(name string) string {
	var names []string
	for _, s := range c.selections {
		if s.Name == name {
			return ""
		}
		if strings.EqualFold(s.Name, name) {
			return "names are case-sensitive: write " + s.Name
		}
		names = append(names, s.Name)
	}
	if near := nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	switch len(names) {
	case 0:
		return "the rule has no selection"
	case 1:
		if name == "them" {
			return "them leaves out names that begin with _: write 1 of " + names[0]
		}
		return "the only selection is " + shorten(names[0])
	}
	return "the selections are " + shorten(strings.Join(names, ", "))
}

// like reports whether a name matches a pattern with stars.
func like(name, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return name == pattern
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

// words writes a condition with parentheses around joined conditions inside others.
func (c *Condition) words(inner bool) string {
	switch {
	case c.Op == Named:
		return c.Selection.Name
	case c.Text != "":
		return c.Text
	case c.Op == Not:
		return "not " + c.Kids[0].words(true)
	}
	word := " and "
	if c.Op == Or {
		word = " or "
	}
	var kids []string
	for _, k := range c.Kids {
		kids = append(kids, k.words(true))
	}
	text := strings.Join(kids, word)
	if inner {
		return "(" + text + ")"
	}
	return text
}

// each calls f for every selection that a condition names.
func (c *Condition) each(f func(*Selection)) {
	if c == nil {
		return
	}
	if c.Selection != nil {
		f(c.Selection)
	}
	for _, k := range c.Kids {
		k.each(f)
	}
}

// Negates reports whether a condition contains a not.
func (c *Condition) Negates() bool {
	if c.Op == Not {
		return true
	}
	for _, k := range c.Kids {
		if k.Negates() {
			return true
		}
	}
	return false
}
