package hits

import (
	"encoding/binary"
	"encoding/json"
	"strconv"

	"hunt/rules/pipe"
	"hunt/rules/predicate"
)

// Store encodes what can be shown of an event as bytes; Stored decodes it.
func Store(e Shown) []byte {
	source, err := e.Document()
	if err != nil {
		source = json.RawMessage("{}")
	}
	var dst []byte
	for _, s := range []string{e.DocumentID(), e.When(), e.Sentence()} {
		dst = append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	}
	return append(dst, source...)
}

// Stored returns an event that Store encoded.
func Stored(b []byte) Shown {
	var texts [3]string
	for i := range texts {
		n, head := binary.Uvarint(b)
		texts[i], b = string(b[head:head+int(n)]), b[head+int(n):]
	}
	return stored{texts[0], texts[1], texts[2], b}
}

type stored struct {
	id, when, sentence string
	source             json.RawMessage
}

func (s stored) DocumentID() string                 { return s.id }
func (s stored) Document() (json.RawMessage, error) { return s.source, nil }
func (s stored) When() string                       { return s.when }
func (s stored) Sentence() string                   { return s.sentence }

// Counted returns an event with what pipes counted; the event is nil if the pipes leave nothing
// else.
func Counted(e Shown, s *pipe.Stats) Event {
	switch {
	case e == nil:
		return count{s}
	case s == nil:
		return e
	}
	return counted{e, s}
}

// counted is an event whose document says how many similar ones there are.
type counted struct {
	Shown
	stats *pipe.Stats
}

// Document implements Event.
func (c counted) Document() (json.RawMessage, error) {
	source, err := c.Shown.Document()
	if err != nil {
		return nil, err
	}
	dst := appendStats([]byte{'{'}, c.stats)
	if rest := source[1:]; len(rest) > 0 && rest[0] != '}' {
		dst = append(dst, ',')
	}
	return append(dst, source[1:]...), nil
}

// Sentence implements Shown.
func (c counted) Sentence() string {
	text := c.Shown.Sentence()
	if text == "" {
		return ""
	}
	if c.stats.Count == 1 {
		return "once: " + text
	}
	return strconv.FormatInt(c.stats.Count, 10) + " times, first: " + text
}

// count is the row of a count.
type count struct{ stats *pipe.Stats }

// DocumentID implements Event.
func (c count) DocumentID() string { return "" }

// Document implements Event: the members that the first EQL gives such a row.
func (c count) Document() (json.RawMessage, error) {
	dst := appendStats([]byte{'{'}, c.stats)
	dst = append(dst, `,"key":`...)
	switch len(c.stats.Key) {
	case 0:
		dst = append(dst, `"totals"`...)
	case 1:
		dst = appendKey(dst, c.stats.Key[0])
	default:
		dst = append(dst, '[')
		for i, vs := range c.stats.Key {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendKey(dst, vs)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}'), nil
}

// appendKey appends the values of a field: a single one as it is, several as an array.
func appendKey(dst []byte, vs []predicate.Value) []byte {
	switch len(vs) {
	case 0:
		return append(dst, "null"...)
	case 1:
		return append(dst, valueJSON(vs[0])...)
	}
	dst = append(dst, '[')
	for i, v := range vs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, valueJSON(v)...)
	}
	return append(dst, ']')
}

func appendStats(dst []byte, s *pipe.Stats) []byte {
	dst = strconv.AppendInt(append(dst, `"count":`...), s.Count, 10)
	if len(s.Key) > 0 || s.Percent != 0 {
		dst = strconv.AppendFloat(append(dst, `,"percent":`...), s.Percent, 'g', -1, 64)
	}
	if len(s.Hosts) > 0 {
		dst = strconv.AppendInt(append(dst, `,"total_hosts":`...), int64(len(s.Hosts)), 10)
		dst = append(dst, `,"hosts":[`...)
		for i, h := range s.Hosts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, valueJSON(predicate.StringValue(h))...)
		}
		dst = append(dst, ']')
	}
	return dst
}
