package document

import (
	"encoding/json"
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"hunt/rules/predicate"
)

// shapes is the set of the shapes that a field's values have in the documents.
type shapes uint16

const (
	shapeBool     shapes = 1 << iota
	shapeInt             // a number without fraction or exponent
	shapeFloat           // any other number
	shapeDate            // text: a date with year, month and day
	shapeIP              // text: an IP address
	shapeDigits          // text: a number
	shapeBoolText        // text: true or false
	shapeText            // any other text
)

// census notes the shapes of every field's values. Censuses can be joined in any order.
type census struct {
	fields map[string]shapes
	full   bool // maxFields was reached
}

func newCensus() *census { return &census{fields: map[string]shapes{}} }

// note adds a value's shape.
func (c *census) note(name []byte, v any) {
	s := shapeOf(v)
	if s == 0 {
		return
	}
	old, ok := c.fields[string(name)]
	if !ok && len(c.fields) >= maxFields {
		c.full = true
		return
	}
	if old|s != old {
		c.fields[string(name)] = old | s
	}
}

func (c *census) join(o *census) {
	c.full = c.full || o.full
	if len(c.fields) == 0 {
		c.fields = maps.Clone(o.fields)
		return
	}
	for n, s := range o.fields {
		c.fields[n] |= s
	}
}

func shapeOf(v any) shapes {
	switch v := v.(type) {
	case bool:
		return shapeBool
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return shapeFloat
		}
		return shapeInt
	case string:
		return shapeOfText(v)
	}
	return 0
}

// maxNumberText and maxDateText bound the text that can be a number, an address or a date.
const (
	maxNumberText = 24
	maxDateText   = 40
)

func shapeOfText(s string) shapes {
	if len(s) == 0 || len(s) > maxDateText {
		return shapeText
	}
	switch c := s[0]; {
	case s == "true" || s == "false":
		return shapeBoolText
	case len(s) >= 10 && (s[4] == '-' && s[7] == '-' || s[4] == '/' && s[7] == '/'):
		if _, ok := isoNanos(s); ok {
			return shapeDate
		}
	case c == ':' || c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '-':
		if len(s) <= maxNumberText {
			if _, err := strconv.ParseInt(s, 10, 64); err == nil {
				return shapeDigits
			}
		}
		if strings.Count(s, ".") == 3 || strings.Count(s, ":") >= 2 {
			if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
				return shapeIP
			}
		}
	}
	return shapeText
}

// typeOf chooses a type for a field with values of these shapes. A known field's usual type is used
// if the values fit it: exports write numbers as text and the reverse.
func (s shapes) typeOf(usual predicate.Type) predicate.Type {
	fits := func(allowed shapes) bool { return s != 0 && s&^allowed == 0 }
	switch usual {
	case predicate.TypeKeyword:
		return predicate.TypeKeyword
	case predicate.TypeLong:
		if fits(shapeInt | shapeDigits) {
			return predicate.TypeLong
		}
	case predicate.TypeFloat:
		if fits(shapeInt | shapeFloat | shapeDigits) {
			return predicate.TypeFloat
		}
	case predicate.TypeBoolean:
		if fits(shapeBool | shapeBoolText) {
			return predicate.TypeBoolean
		}
	case predicate.TypeDate:
		if fits(shapeDate | shapeInt | shapeFloat | shapeDigits) {
			return predicate.TypeDate
		}
	case predicate.TypeIP:
		if fits(shapeIP) {
			return predicate.TypeIP
		}
	}
	switch {
	case s == shapeBool:
		return predicate.TypeBoolean
	case s == shapeInt:
		return predicate.TypeLong
	case fits(shapeInt | shapeFloat):
		return predicate.TypeFloat
	case s&shapeDate != 0 && fits(shapeDate|shapeInt|shapeFloat|shapeDigits):
		return predicate.TypeDate
	case s == shapeIP:
		return predicate.TypeIP
	}
	return predicate.TypeKeyword
}
