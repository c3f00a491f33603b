package report

import (
	"crypto/sha256"
	"encoding/hex"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// text returns the first value of a field as text, "" if it is missing.
func text(e *timeline.Event, f ecs.Field) string {
	var buf [4]ecs.Value
	for _, v := range e.Values(f, buf[:0]) {
		return string(v.AppendText(nil))
	}
	return ""
}

// texts returns all values of the fields as text.
func texts(e *timeline.Event, fields ...ecs.Field) []string {
	var out []string
	var buf [4]ecs.Value
	for _, f := range fields {
		for _, v := range e.Values(f, buf[:0]) {
			out = append(out, string(v.AppendText(nil)))
		}
	}
	return out
}

// user is the account an event speaks of, as DOMAIN\name.
func user(e *timeline.Event) string {
	name, domain := text(e, ecs.UserName), text(e, ecs.UserDomain)
	if name == "" || domain == "" {
		return name
	}
	return domain + `\` + name
}

// first is the first of some values, "" if there is none.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func payloadHash(e *timeline.Event) string {
	sum := sha256.Sum256(e.Record.Raw())
	return hex.EncodeToString(sum[:])
}
