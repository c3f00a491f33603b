package stats

import (
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
)

// Key is one part of what events are grouped by.
type Key struct {
	Name  string // for machines
	Title string // for people

	values func(r *reader, e *timeline.Event, dst []string) []string // empty: the event has none
	asks   bool                                                      // the history of a host may be needed
}

// AskHistory reports whether one of some keys may need the history of a host.
func AskHistory(keys []Key) bool {
	return slices.ContainsFunc(keys, func(k Key) bool { return k.asks })
}

// reader is what a goroutine uses to read keys.
type reader struct {
	values []scalar.Value
}

// texts appends the texts of a field, without duplicates.
func (r *reader) texts(e *timeline.Event, f ecs.Field, dst []string) []string {
	r.values = e.Values(f, r.values[:0])
	from := len(dst)
next:
	for _, v := range r.values {
		text := v.Str
		if v.Kind != scalar.KindString {
			text = string(v.AppendText(nil))
		}
		for _, known := range dst[from:] {
			if known == text {
				continue next
			}
		}
		if text != "" {
			dst = append(dst, text)
		}
	}
	return dst
}

// usual lists the keys that have a short name.
var usual = []Key{
	usualKey("host", "Host", func(_ *reader, e *timeline.Event, dst []string) []string {
		return append(dst, e.Host.ID)
	}),
	usualKey("channel", "Channel", func(_ *reader, e *timeline.Event, dst []string) []string {
		return append(dst, e.Class.Channel)
	}),
	usualKey("provider", "Provider", func(_ *reader, e *timeline.Event, dst []string) []string {
		return append(dst, e.Class.Provider)
	}),
	usualKey("day", "Day (UTC)", func(_ *reader, e *timeline.Event, dst []string) []string {
		return appendStart(dst, e.At, len("2026-03-11"))
	}),
	usualKey("hour", "Hour (UTC)", func(_ *reader, e *timeline.Event, dst []string) []string {
		return appendStart(dst, e.At, len("2026-03-11T12"))
	}),
}

// usualKey returns a key that needs no history.
func usualKey(name, title string, values func(*reader, *timeline.Event, []string) []string) Key {
	return Key{Name: name, Title: title, values: values}
}

// shorthands are short names of fields as keys.
var shorthands = map[string]string{"user": "user.name", "code": "event.code", "process": "process.executable"}

// appendStart appends the first n characters of a time.
func appendStart(dst []string, at evtx.Filetime, n int) []string {
	if at == 0 {
		return dst
	}
	return append(dst, at.String()[:n])
}

// ParseKeys reads keys as the command line has them: names separated by commas. The error says what
// is wrong with a name.
func ParseKeys(text string, schema *ecs.Schema) ([]Key, error) {
	var keys []Key
	for name := range strings.SplitSeq(text, ",") {
		key, err := parseKey(strings.TrimSpace(name), schema)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			if k.Name == key.Name {
				return nil, fmt.Errorf("%q is named twice", key.Name)
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func parseKey(name string, schema *ecs.Schema) (Key, error) {
	for _, k := range usual {
		if k.Name == name {
			return k, nil
		}
	}
	field := name
	if f, ok := shorthands[name]; ok {
		field = f
	}
	id, _, known := schema.Field(field)
	switch {
	case name == "":
		return Key{}, fmt.Errorf("a name is missing; use names such as channel,event.code")
	case !known:
		hint := "host, day, hour, channel, provider, user or a field such as process.name"
		if near := schema.Suggest(name); near != "" {
			hint = near
		}
		return Key{}, fmt.Errorf("unknown field %q; try %s", name, hint)
	}
	return Key{Name: name, Title: field, asks: host.FromHistory(id),
		values: func(r *reader, e *timeline.Event, dst []string) []string { return r.texts(e, id, dst) }}, nil
}
