package syntax

import (
	"fmt"
	"strings"

	"hunt/config"
)

// Detection is what a rule or a filter looks for: selections, and a condition over them.
type Detection struct {
	Selections []*Selection // in the order of the rule
	Condition  *Condition
}

// Selection is a named part of a detection. It is true if any of its groups is.
type Selection struct {
	Name string
	Pos
	Groups []Group

	unsupported *Error // the first construct in it that hunt does not run
}

// Group is true if all of its items are.
type Group []*Item

// Item compares a field, or the whole event, with values: it is true if any of the values fits,
// with All if each does, and with Not if it otherwise would not be.
type Item struct {
	Pos
	Field     string // "" for keywords: a text somewhere in the event
	Modifiers []Modifier
	All       bool
	Cased     bool // texts compare case-sensitively
	Not       bool
	Values    []*Value
}

// detection reads the selections and the condition of a map.
func (p *parser) detection(n *config.YAMLNode, where string) *Detection {
	d := &Detection{}
	if n.Kind != config.YAMLMap {
		p.mistake(at(n), "write selection: with fields below it, and condition: selection",
			"%s must be a map of selections and a condition", where)
		return d
	}
	var condition *config.YAMLNode
	for _, e := range n.Entries {
		switch e.Key.Text {
		case "condition":
			condition = e.Value
		case "timeframe", "rules":
		default:
			if s := p.selection(e); s != nil {
				d.Selections = append(d.Selections, s)
			}
		}
	}
	if condition != nil {
		if d.Condition = p.conditions(condition, d.Selections); d.Condition != nil {
			p.unused(d)
		}
		return d
	}
	hint := "add condition: selection"
	if len(d.Selections) > 0 {
		hint = "add condition: " + d.Selections[0].Name
	}
	for _, e := range n.Entries {
		if inner := e.Value.Get("condition"); inner != nil {
			hint = fmt.Sprintf("move condition: of line %d to the left, below %s:", inner.Line, where)
		}
	}
	p.mistake(at(n), hint, "%s has no condition", where)
	return d
}

// unused warns of selections that the condition does not name, which have no effect.
func (p *parser) unused(d *Detection) {
	used := map[*Selection]bool{}
	d.Condition.each(func(s *Selection) { used[s] = true })
	for _, s := range d.Selections {
		if !used[s] {
			p.warn(s.Pos, "name it in the condition, or remove it",
				"the condition does not name the selection %s, so it counts for nothing", s.Name)
		}
	}
}

// selection reads one selection: a map, a list of maps and keywords, a keyword.
func (p *parser) selection(e config.YAMLEntry) *Selection {
	s := &Selection{Name: e.Key.Text, Pos: at(e.Key)}
	before := p.open
	p.open = s
	defer func() { p.open = before }()
	var keywords []*config.YAMLNode
	switch n := e.Value; n.Kind {
	case config.YAMLMap:
		p.group(s, n)
	case config.YAMLScalar:
		keywords = append(keywords, n)
	case config.YAMLList:
		if len(n.Items) == 0 {
			p.mistake(at(e.Key), "give it a field or a keyword", "the selection %s is empty", s.Name)
		}
		for _, x := range n.Items {
			switch x.Kind {
			case config.YAMLMap:
				p.group(s, x)
			case config.YAMLScalar:
				keywords = append(keywords, x)
			default:
				p.mistake(at(x), "write the keywords in one list", "a list within the list of the selection %s", s.Name)
			}
		}
	}
	if len(keywords) > 0 {
		item := &Item{Pos: at(keywords[0])}
		if p.values(item, keywords) {
			s.Groups = append(s.Groups, Group{item})
		}
	}
	return s
}

// group reads a map of fields and values.
func (p *parser) group(s *Selection, n *config.YAMLNode) {
	if len(n.Entries) == 0 {
		p.mistake(at(n), "give it a field or a keyword", "the selection %s is empty", s.Name)
		return
	}
	var g Group
	for _, e := range n.Entries {
		if item := p.item(e); item != nil {
			g = append(g, item)
		}
	}
	s.Groups = append(s.Groups, g)
}

// item reads a field with its modifiers and values; nil if it has a mistake, or something that
// hunt does not run.
func (p *parser) item(e config.YAMLEntry) *Item {
	item := &Item{Pos: at(e.Key)}
	names := strings.Split(e.Key.Text, "|")
	item.Field = strings.TrimSpace(names[0])
	col := item.Col
	if !e.Key.Plain {
		col++ // the quote
	}
	for i, name := range names {
		if i > 0 {
			item.Modifiers = append(item.Modifiers, Modifier{name, Pos{item.Line, col}})
		}
		col += len([]rune(name)) + 1
	}
	if item.Field == "" && len(names) == 1 {
		p.mistake(item.Pos, "write Field: value, or a list of keywords", "the name of a field is missing")
		return nil
	}
	nodes := []*config.YAMLNode{e.Value}
	switch e.Value.Kind {
	case config.YAMLList:
		if nodes = e.Value.Items; len(nodes) == 0 {
			p.mistake(item.Pos, "give it a value, or null to ask whether the field is absent",
				"the list of %s is empty", e.Key.Text)
			return nil
		}
	case config.YAMLMap:
		p.mistake(at(e.Value), "write "+e.Key.Text+": value, or a list of values", "the value of %s is a map",
			e.Key.Text)
		return nil
	}
	if !p.values(item, nodes) {
		return nil
	}
	return item
}

// values reads the values of an item and applies its modifiers.
func (p *parser) values(item *Item, nodes []*config.YAMLNode) bool {
	values := make([]*Value, 0, len(nodes))
	for _, n := range nodes {
		if n.Kind != config.YAMLScalar {
			p.mistake(at(n), "write the values in one list", "a value must be a text, a number or null")
			return false
		}
		values = append(values, newValue(n))
	}
	if item.Field == "" && !p.keywords(item, values) {
		return false
	}
	return p.apply(item, values)
}

// keywords checks values that may be anywhere in the event, and makes them texts.
func (p *parser) keywords(item *Item, values []*Value) bool {
	contains, expression := false, false
	for _, m := range item.Modifiers {
		switch m.Name {
		case "startswith", "endswith", "cidr", "exists", "fieldref", "equalsfield", "endswithfield",
			"lt", "lte", "gt", "gte", "minute", "hour", "day", "week", "month", "year":
			p.mistake(m.Pos, "write Field|"+m.Name, "the modifier %s needs a field", m.Name)
			return false
		case "contains":
			contains = true
		case "re":
			expression = true
		}
	}
	for _, v := range values {
		if v.Kind == Null || v.Source == "" {
			p.mistake(v.Pos, "give the selection a field or a keyword", "an empty keyword is in every event")
			return false
		}
	}
	if !contains && !expression {
		item.Modifiers = append(item.Modifiers, Modifier{"contains", item.Pos})
	}
	return true
}

// newValue reads a scalar: written without quotes, it may be null or a number.
func newValue(n *config.YAMLNode) *Value {
	v := &Value{Pos: at(n), Source: n.Text, Kind: Text}
	switch {
	case n.Null:
		v.Kind = Null
	case n.Plain:
		if number, ok := ParseNumber(n.Text); ok {
			v.Kind, v.Number = Integer, number
		}
	}
	return v
}

func at(n *config.YAMLNode) Pos { return Pos{n.Line, n.Col} }
