package record

import (
	"crypto/sha256"
	"encoding/hex"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

// Text returns the first value of a field as text, "" if it is missing.
func Text(e *timeline.Event, f ecs.Field) string { return e.Text(f) }

// Texts returns all values of the fields as text.
func Texts(e *timeline.Event, fields ...ecs.Field) []string {
	var out []string
	var buf [4]scalar.Value
	for _, f := range fields {
		for _, v := range e.Values(f, buf[:0]) {
			out = append(out, string(v.AppendText(nil)))
		}
	}
	return out
}

// User is the account an event speaks of, as DOMAIN\name.
func User(e *timeline.Event) string {
	name, domain := Text(e, ecs.UserName), Text(e, ecs.UserDomain)
	if name == "" || domain == "" {
		return name
	}
	return domain + `\` + name
}

// First is the first of some values, "" if there is none.
func First(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func Hash(e *timeline.Event) string {
	sum := sha256.Sum256(e.Record.Raw())
	return hex.EncodeToString(sum[:])
}
