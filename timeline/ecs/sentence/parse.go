package sentence

import "strings"

// Sentence is a parsed template. A nil Sentence produces no text.
type Sentence []part

// part is text, or values of which the first that is present is used, or choices.
type part struct {
	text    string
	values  []Value
	words   string // if no value is present
	choices []choice
}

// choice is an alternative in brackets.
type choice struct {
	when  Value // with is: it applies only if this has one of these values
	is    []string
	part  bool // or contains one of them
	parts Sentence
}

// Value is a value that a sentence refers to: a field, or the Data of a name.
type Value struct {
	Field int32  // the id that the Resolver gave its name, 0 for a Data
	Data  string // name of a Data, if Field is 0
	Short bool   // in a title, only its end
	File  bool   // without the stream that marks where a file came from

	mute  bool   // required but not written
	guess bool   // and only if it is derived
	with  byte   // \ or :, between this and the other; 0 if there is no other
	other *Value // written after this
}

// Resolver returns the id of a field, 0 for a name that is not a field.
type Resolver func(name string) int32

// Parse parses a template. A mistake in one is a bug of its table and panics.
func (fields Resolver) Parse(template string) Sentence {
	parts, rest := fields.parts(template, false)
	if rest != "" {
		panic("sentence: bad template: " + template)
	}
	return parts
}

// parts parses up to the end of a choice, with which rest begins, or to the end of the text.
func (fields Resolver) parts(s string, within bool) (parts Sentence, rest string) {
	for s != "" {
		switch s[0] {
		case '{':
			names, after, ok := strings.Cut(s[1:], "}")
			if !ok {
				panic("sentence: { without }")
			}
			p := fields.names(names)
			if !within && p.words == "" {
				panic("sentence: no words for a missing {" + names + "}")
			}
			parts, s = append(parts, p), after
		case '[':
			var choices []choice
			choices, s = fields.choices(s[1:])
			parts = append(parts, part{choices: choices})
		case ']', '|':
			if !within {
				panic("sentence: ] or | without [")
			}
			return parts, s
		default:
			end := strings.IndexAny(s, "{[]|")
			if end < 0 {
				end = len(s)
			}
			parts, s = append(parts, part{text: s[:end]}), s[end:]
		}
	}
	return parts, ""
}

// choices parses the content of brackets and returns what follows them.
func (fields Resolver) choices(s string) (choices []choice, rest string) {
	for {
		var c choice
		if after, ok := strings.CutPrefix(s, "?"); ok {
			condition, then, ok := strings.Cut(after, "?")
			i := strings.LastIndexAny(condition, "=~")
			if !ok || i < 1 {
				panic("sentence: bad condition: " + s)
			}
			c.when, c.is, c.part = fields.value(condition[:i]), strings.Split(condition[i+1:], ","), condition[i] == '~'
			s = then
		}
		c.parts, s = fields.parts(s, true)
		choices = append(choices, c)
		switch {
		case strings.HasPrefix(s, "|"):
			s = s[1:]
		case strings.HasPrefix(s, "]"):
			return choices, s[1:]
		default:
			panic("sentence: [ without ]")
		}
	}
}

func (fields Resolver) names(names string) (p part) {
	for name := range strings.SplitSeq(names, "|") {
		if words, ok := strings.CutPrefix(name, "'"); ok {
			p.words = strings.TrimSuffix(words, "'")
			continue
		}
		p.values = append(p.values, fields.value(name))
	}
	return p
}

func (fields Resolver) value(name string) (v Value) {
	if i := strings.IndexAny(name, `\:`); i >= 0 {
		v, other := fields.value(name[:i]), fields.value(name[i+1:])
		v.with, v.other = name[i], &other
		return v
	}
	if name, v.guess = strings.CutPrefix(name, "^"); !v.guess {
		name, v.mute = strings.CutPrefix(name, "!")
	}
	name, v.File = strings.CutPrefix(name, "-")
	name, v.Short = strings.CutPrefix(name, "~")
	if data, ok := strings.CutPrefix(name, "@"); ok {
		v.Data = data
		return v
	}
	if v.Field = fields(name); v.Field == 0 {
		panic("sentence: unknown field " + name)
	}
	return v
}

// AppendFields appends the fields that a sentence may refer to, some more than once.
func (s Sentence) AppendFields(dst []int32) []int32 {
	add := func(v *Value) {
		for ; v != nil; v = v.other {
			if v.Field != 0 {
				dst = append(dst, v.Field)
			}
		}
	}
	for i := range s {
		for j := range s[i].values {
			add(&s[i].values[j])
		}
		for j := range s[i].choices {
			add(&s[i].choices[j].when)
			dst = s[i].choices[j].parts.AppendFields(dst)
		}
	}
	return dst
}
