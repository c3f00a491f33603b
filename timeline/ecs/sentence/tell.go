package sentence

import "strings"

// Event is what a sentence describes.
type Event interface {
	// Texts appends the texts of a value to dst, none if it is missing.
	Texts(v *Value, dst []string) []string
	// Derived reports whether the value of a field was derived rather than taken from the record.
	Derived(field int32) bool
	// AppendText appends one of the texts in the form in which the sentence shows it.
	AppendText(dst []byte, v *Value, text string) []byte
}

// Trace is what a sentence was made of: two sentences with the same Trace and the same values are
// the same.
type Trace struct {
	Named   []Span
	Choices []int // the chosen alternatives, in order
}

// Span is where a sentence names a value.
type Span struct {
	From, To int   // in the written bytes, including those before the sentence
	Field    int32 // 0 for a Data
}

// Teller writes sentences. It reuses its memory for the next one, and belongs to one goroutine.
type Teller struct {
	Trace *Trace // receives what the sentences are made of, unless it is nil

	event        Event
	told         []byte
	own, another []string // texts of a value and of its other
}

// Append appends a sentence in words.
func (t *Teller) Append(dst []byte, s Sentence, e Event) []byte {
	t.told, t.event = dst, e
	t.parts(s)
	dst, t.told, t.event = t.told, nil, nil
	return dst
}

// parts writes parts; ok is false if a required value is missing.
func (t *Teller) parts(parts Sentence) (ok bool) {
	ok = true
	for i := range parts {
		switch p := &parts[i]; {
		case p.choices != nil:
			t.choose(p.choices)
		case p.values != nil:
			if t.any(p.values) {
				continue
			}
			ok = ok && p.words != ""
			t.told = append(t.told, p.words...)
		default:
			t.told = append(t.told, p.text...)
		}
	}
	return ok
}

// choose writes the first choice that applies and whose values are all present.
func (t *Teller) choose(choices []choice) {
	before, trace := len(t.told), Trace{}
	if t.Trace != nil {
		trace = *t.Trace
	}
	for i := range choices {
		c := &choices[i]
		if c.is != nil && !t.holds(c) {
			continue
		}
		if t.Trace != nil {
			t.Trace.Choices = append(t.Trace.Choices, i)
		}
		if t.parts(c.parts) {
			return
		}
		t.told = t.told[:before]
		if t.Trace != nil {
			*t.Trace = trace
		}
	}
}

// holds reports whether the condition of a choice is true.
func (t *Teller) holds(c *choice) bool {
	t.own = t.event.Texts(&c.when, t.own[:0])
	if len(t.own) == 0 {
		return false
	}
	for _, is := range c.is {
		if strings.EqualFold(t.own[0], is) || c.part && containsFold(t.own[0], is) {
			return true
		}
	}
	return false
}

// containsFold reports whether s contains part in any case of its letters.
func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// any writes the first value that is present.
func (t *Teller) any(values []Value) bool {
	for i := range values {
		from := len(t.told)
		if t.value(&values[i]) {
			if t.Trace != nil && len(t.told) > from {
				t.Trace.Named = append(t.Trace.Named, Span{from, len(t.told), values[i].Field})
			}
			return true
		}
	}
	return false
}

func (t *Teller) value(v *Value) bool {
	t.own = t.event.Texts(v, t.own[:0])
	if v.mute || v.guess {
		return len(t.own) > 0 && (v.mute || t.event.Derived(v.Field))
	}
	if v.with == 0 {
		for i, text := range t.own {
			if i > 0 {
				t.told = append(t.told, ", "...)
			}
			t.say(v, text)
		}
		return len(t.own) > 0
	}
	t.another = t.event.Texts(v.other, t.another[:0])
	switch {
	case v.with == '\\' && len(t.another) > 0: // a name, whose domain may be missing
		if len(t.own) > 0 {
			t.say(v, t.own[0])
			t.told = append(t.told, '\\')
		}
		t.say(v.other, t.another[0])
		return true
	case v.with == ':' && len(t.own) > 0: // an address, whose port may be missing
		t.address(v)
		return true
	}
	return false
}

func (t *Teller) address(v *Value) {
	address := t.own[0]
	if len(t.another) == 0 {
		t.say(v, address)
		return
	}
	if strings.Contains(address, ":") { // IPv6
		address = "[" + address + "]"
	}
	t.say(v, address)
	t.told = append(t.told, ':')
	t.say(v.other, t.another[0])
}

func (t *Teller) say(v *Value, text string) { t.told = t.event.AppendText(t.told, v, text) }
