package document

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"hunt/rules/predicate"
)

// value reads a raw JSON value as the field's type. Null means a missing value. A value that does not fit the type,
// which Elasticsearch would have refused, is compared as text.
func (f *field) value(raw any) predicate.Value {
	if raw == nil {
		if f.null == nil {
			return predicate.Value{}
		}
		raw = f.null
	}
	switch f.typ {
	case predicate.TypeLong:
		if v, ok := f.number(raw); ok {
			return truncated(v)
		}
	case predicate.TypeFloat:
		if v, ok := f.number(raw); ok {
			switch v.Kind {
			case predicate.Int:
				v = predicate.FloatValue(float64(v.Num))
			case predicate.Unsigned:
				v = predicate.FloatValue(float64(uint64(v.Num))) // #nosec G115 -- its bits
			}
			if f.scaling > 0 {
				v.Float = math.Round(v.Float*f.scaling) / f.scaling
			}
			return v
		}
	case predicate.TypeBoolean:
		switch raw {
		case true, "true":
			return predicate.BoolValue(true)
		case false, "false", "":
			return predicate.BoolValue(false)
		}
	case predicate.TypeDate:
		if n, ok := dateNanos(raw, f.dates); ok {
			if f.es == "date" {
				n -= ((n % 1e6) + 1e6) % 1e6
			}
			return predicate.TimeValue(n)
		}
	case predicate.TypeIP:
		if s, ok := raw.(string); ok {
			if a, err := netip.ParseAddr(strings.TrimSpace(s)); err == nil {
				return predicate.StringValue(a.Unmap().String())
			}
		}
	}
	s := textOf(raw)
	if f.ignoreAbove > 0 && len(s) > f.ignoreAbove && utf16Len(s) > f.ignoreAbove {
		return predicate.Value{}
	}
	return predicate.StringValue(s)
}

// number reads a number from a number or from text.
func (f *field) number(raw any) (predicate.Value, bool) {
	switch raw := raw.(type) {
	case json.Number:
		return parseNumber(raw.String())
	case string:
		return parseNumber(strings.TrimSpace(raw))
	}
	return predicate.Value{}, false
}

// parseNumber reads a decimal number: an exact integer if it fits 64 bits, otherwise a double.
func parseNumber(s string) (predicate.Value, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return predicate.IntValue(n), true
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return predicate.UnsignedValue(n), true
	}
	if s == "" || strings.ContainsAny(s, "xXpP_iInN") {
		// no hexadecimal, no Inf, no NaN: JSON and Elasticsearch have neither
		return predicate.Value{}, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return predicate.FloatValue(n), err == nil
}

// truncated removes the fraction, as Elasticsearch's integer types do. An integer beyond 64 bits stays a double.
func truncated(v predicate.Value) predicate.Value {
	if v.Kind == predicate.Float && math.Abs(v.Float) < 1<<63 {
		return predicate.IntValue(int64(v.Float))
	}
	return v
}

// textOf returns a value as text, for keywords.
func textOf(raw any) string {
	switch raw := raw.(type) {
	case string:
		return raw
	case bool:
		return strconv.FormatBool(raw)
	case json.Number:
		return raw.String()
	}
	return ""
}
