package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"reflect"
	"slices"
	"strings"

	"hunt/mark"
	"hunt/report"
)

// BodyAlgorithm names how the body of a report is hashed: the SHA-256 of its canonical JSON. Canonical is
// JSON in ASCII without blanks, the members of each object sorted by their names' code points, the last of
// one name standing for all of that name; numbers as they are written; in strings every character beyond
// ASCII, DEL and those control characters that have no short escape as \uhhhh in lower case (a surrogate
// pair beyond U+FFFF), and no other escapes but \" \\ \b \f \n \r \t. docs/json-report.md has it in one
// line of Python.
const BodyAlgorithm = "sha256/canonical-json"

// Seal sets the report's integrity from all else that it says. It calls Normalize.
func Seal(r *report.Report) error {
	r.Normalize()
	v := reflect.ValueOf(r).Elem()
	body := bodyHash{h: sha256.New()}
	members := map[string]reflect.Value{}
	var names []string
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		left := option == "omitempty" && v.Field(i).IsZero() // the report is written without it
		if name != Member && !left {
			names, members[name] = append(names, name), v.Field(i)
		}
	}
	slices.Sort(names)
	var buf bytes.Buffer
	for _, name := range names {
		body.member(name)
		f := members[name]
		list := f.Kind() == reflect.Slice
		n := 1
		if list {
			n = f.Len()
			body.write("[")
		}
		for i := range n { // an element at a time: a report is too large to be there twice
			item := f
			if list {
				item = f.Index(i)
				body.comma(i)
			}
			buf.Reset()
			if err := json.NewEncoder(&buf).Encode(item.Interface()); err != nil {
				return fmt.Errorf("report: %s: %w", name, err)
			}
			if err := body.value(buf.Bytes()); err != nil {
				return fmt.Errorf("report: %s: %w", name, err)
			}
		}
		if list {
			body.write("]")
		}
	}
	r.Integrity = &report.Integrity{Algorithm: BodyAlgorithm, Body: body.sum()}
	return nil
}

const Member = "integrity"

// BodyCheck compares the body of a report with its hash.
type BodyCheck struct {
	Result    BodyResult `json:"result"`
	Algorithm string     `json:"algorithm"` // as the report names it
	Said      string     `json:"said"`      // the hash in the report
	Have      string     `json:"have"`      // that of the body as it is
}

// Holds reports whether nothing speaks against the body; one that has no hash holds.
func (b *BodyCheck) Holds() bool { return b.Result == BodyMatch || b.Result == BodyAbsent }

// BodyResult is what a BodyCheck found.
type BodyResult string

// The results.
const (
	BodyMatch    BodyResult = "match"
	BodyMismatch BodyResult = "mismatch"
	BodyAbsent   BodyResult = "absent"  // the report has no hash, as those of old versions
	BodyRemoved  BodyResult = "removed" // it has none, though whoever wrote it gives its reports one
	BodyUnknown  BodyResult = "unknown" // the hash is of another algorithm
)

// CheckBody hashes the body of a report in JSON as it stands, members that no report of this version has included.
// The error is for what is not a JSON object.
func CheckBody(data []byte) (*BodyCheck, error) {
	members, err := Members(data)
	if err != nil {
		return nil, err
	}
	var said report.Integrity
	raw, sealed := members[Member]
	if sealed {
		sealed = string(bytes.TrimSpace(raw)) != "null"
		if err := json.Unmarshal(raw, &said); err != nil {
			return nil, fmt.Errorf("report: integrity: %w", err)
		}
	}
	delete(members, Member)
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	body := bodyHash{h: sha256.New()}
	for _, name := range names {
		body.member(name)
		if err := body.value(members[name]); err != nil {
			return nil, fmt.Errorf("report: %s: %w", mark.Printable(name), err)
		}
	}
	out := &BodyCheck{Result: BodyMatch, Algorithm: said.Algorithm, Said: said.Body, Have: body.sum()}
	switch {
	case !sealed && recordsRun(members["tool"]):
		out.Result = BodyRemoved
	case !sealed:
		out.Result = BodyAbsent
	case said.Algorithm != BodyAlgorithm:
		out.Result = BodyUnknown
	case said.Body != out.Have:
		out.Result = BodyMismatch
	}
	return out, nil
}

// recordsRun reports whether a report takes down how it was made; no hunt did that before reports had a hash.
func recordsRun(tool json.RawMessage) bool {
	var t struct{ Run json.RawMessage }
	return json.Unmarshal(tool, &t) == nil && t.Run != nil
}

// Members returns the members of the one object that data must be, as they are written. A name that occurs twice
// would mean one thing to one reader and another to the next: it is an error.
func Members(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	} else if t != json.Delim('{') {
		return nil, errors.New("report: not a JSON object")
	}
	out := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		name, _ := t.(string) // a member's name
		if _, ok := out[name]; ok {
			return nil, fmt.Errorf("report: the member %q occurs twice", name)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		out[name] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if rest := bytes.TrimSpace(data[d.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("report: %d bytes follow its end", len(rest))
	}
	return out, nil
}

// bodyHash hashes the canonical form of an object, member by member in the order of their names.
type bodyHash struct {
	h     hash.Hash
	form  canonizer
	begun bool
}

func (b *bodyHash) write(s string) { _, _ = b.h.Write([]byte(s)) } // a hash takes everything

func (b *bodyHash) comma(i int) {
	if i > 0 {
		b.write(",")
	}
}

// member begins a member.
func (b *bodyHash) member(name string) {
	if b.begun {
		b.write(",")
	} else {
		b.write("{")
	}
	b.begun = true
	quoted, _ := json.Marshal(name) // a string is JSON
	_ = b.value(quoted)
	b.write(":")
}

// value writes a value, which an encoder or a decoder of JSON has seen: it is valid.
func (b *bodyHash) value(src []byte) error {
	out, err := b.form.canonical(src)
	if err == nil {
		_, _ = b.h.Write(out)
	}
	return err
}

func (b *bodyHash) sum() string {
	if !b.begun {
		b.write("{")
	}
	b.write("}")
	return hex.EncodeToString(b.h.Sum(nil))
}
