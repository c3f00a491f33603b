package logsource

import (
	"strings"
	"unicode"
)

// Dialect says whose names a rule's fields are.
type Dialect uint8

// The dialects.
const (
	// Raw: the event as logged. The rules of services.
	Raw Dialect = iota
	// Viewed is Raw, except that records of other providers are seen through their view. It is for the
	// rules of categories.
	Viewed
	// Hayabusa: Channel is System's, and some names are paths. The rules of hayabusa-rules.
	Hayabusa
	// System has nothing but the record's System element. It is for the conditions of log sources.
	System
)

// Field is the number of a name in a Fields.
type Field int32

// Keywords is the field that holds the texts of all values of an event.
const Keywords Field = 0

// KeywordTexts is the field Keywords without what can only be digits, GUIDs, SIDs, times and the like: see
// Wordy.
const KeywordTexts Field = 1

// Fields numbers the names of fields. It may grow until the first View is made from it, and is read-only
// from then on. Names with the same meaning share a number.
type Fields struct {
	defs []fieldDef
	ids  map[string]Field
}

// fieldDef is how a name is looked up. Of several ways, the first that finds something is used.
type fieldDef struct {
	dialect Dialect
	name    string      // as the rule has it
	folded  string      // without case, blanks and _
	first   systemValue // System's value takes precedence over the payload's
	last    systemValue // System's value, if the payload has none
	path    alias       // of Hayabusa
	hash    string      // from Hashes, if the payload has no such name
}

// NewFields returns a Fields with the fields Keywords and KeywordTexts.
func NewFields() *Fields {
	return &Fields{defs: make([]fieldDef, 2), ids: map[string]Field{}}
}

// Len returns the number of fields, including those two.
func (fs *Fields) Len() int { return len(fs.defs) }

// Field returns the number of a name in a dialect; Keywords for the empty name.
func (fs *Fields) Field(d Dialect, name string) Field {
	if name == "" {
		return Keywords
	}
	key := string(rune('0'+d)) + name
	if f, ok := fs.ids[key]; ok {
		return f
	}
	f := Field(len(fs.defs)) // #nosec G115 -- rule files are bounded
	fs.ids[key] = f
	fs.defs = append(fs.defs, newFieldDef(d, name))
	return f
}

// Name returns a field's name as rules have it.
func (fs *Fields) Name(f Field) string { return fs.defs[f].name }

func newFieldDef(d Dialect, name string) fieldDef {
	def := fieldDef{dialect: d, name: name, folded: foldName(name), hash: hashNames[strings.ToLower(name)]}
	switch d {
	case System:
		def.first = systemNames[def.folded]
		return def
	case Hayabusa:
		if a, ok := aliases[name]; ok {
			def.path = a
			return def
		}
		if name == "Channel" {
			def.first = sysChannel
			return def
		}
	}
	if v, ok := systemFirst[name]; ok {
		def.first = v
		return def
	}
	def.last = systemNames[def.folded]
	return def
}

// notWordy are the characters of numbers, GUIDs, SIDs, times, truth values and bytes, as they are
// written and folded.
const notWordy = "0123456789abcdefilnrstuxz-+.:{}, \n"

// Wordy reports whether a folded text that is in Keywords is in KeywordTexts as well.
func Wordy(folded string) bool {
	return strings.Trim(folded, notWordy) != "" && !strings.Contains(folded, "\n")
}

// plain are the characters of notWordy before they are folded.
var plain = func() (set [128]bool) {
	for _, c := range []byte(notWordy + strings.ToUpper(notWordy)) {
		set[c] = true
	}
	return set
}()

// WordyUTF16 reports whether a text in UTF-16LE can contain a text that is Wordy.
func WordyUTF16(raw []byte) bool {
	for len(raw) >= 2 {
		if raw[1] != 0 || raw[0] >= 128 || !plain[raw[0]] {
			return true
		}
		raw = raw[2:]
	}
	return false
}

// hashNames are the names of hashes that are in a Hashes field as NAME=value.
var hashNames = map[string]string{"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "imphash": "IMPHASH"}

// foldName returns a name without case, blanks and underscores.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Static returns the values of a field that all events of a channel, provider and event id share; ok is
// false if they depend on the event.
func (fs *Fields) Static(f Field, channel, provider string, id uint32) (values []string, ok bool) {
	def := &fs.defs[f]
	switch def.first {
	case sysEventID:
		return []string{decimal(uint64(id))}, true
	case sysChannel:
		return textValues(channel), true
	case sysProvider:
		return textValues(provider), true
	}
	if def.dialect == Viewed && views[ViewOf(channel, id)].lacks(def.folded) {
		return nil, true
	}
	return nil, false
}

// textValues returns the values for a text: none if System lacks it, otherwise with and without its
// trailing blanks.
func textValues(s string) []string {
	if s == "" {
		return nil
	}
	if t := strings.TrimRight(s, " "); t != s {
		return []string{s, t}
	}
	return []string{s}
}

// OfClass reports whether a field has nothing but what the class of an event decides: its channel, provider or id.
func (fs *Fields) OfClass(f Field) bool {
	switch fs.defs[f].first {
	case sysEventID, sysChannel, sysProvider:
		return true
	}
	return false
}
