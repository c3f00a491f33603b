package goevtx

import (
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Value types with a defect of their own. Source: MS-EVEN6 2.2.14.
const (
	typeAnsi    = 0x02
	typeReal32  = 0x0b
	typeReal64  = 0x0c
	typeBool    = 0x0d
	typeSystime = 0x12
	typeArray   = 0x80
)

// unknownValue is what golang-evtx's text for a value of a type it does not know starts with.
const unknownValue = "Unknown value: "

// A Difference is one place in which the decoders do not agree.
type Difference struct {
	Field  string // "System/Provider", or the name of a payload field
	Ours   string
	Theirs string
	Defect Defect // what golang-evtx is known to get wrong here; "" is a real mismatch
}

// Mismatches returns the differences that no known defect explains.
func Mismatches(all []Difference) []Difference {
	var out []Difference
	for _, d := range all {
		if d.Defect == "" {
			out = append(out, d)
		}
	}
	return out
}

// Compare returns where our reading of one record and golang-evtx's differ, in the order of our
// fields. Everything else agrees. Types in our fields make it stricter: a defect that belongs
// to one type excuses only that.
func Compare(ours View, theirs *Record) []Difference {
	var out []Difference
	system := func(field, a, b string, d Defect) {
		if a != b {
			out = append(out, Difference{"System/" + field, a, b, d})
		}
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	var lost Defect
	if theirs.Provider == "" {
		lost = ProviderLost
	}
	system("Provider", ours.Provider, theirs.Provider, lost)
	system("EventID", number(uint64(ours.EventID)), number(uint64(theirs.EventID)), "")
	system("EventRecordID", number(ours.EventRecordID), number(theirs.EventRecordID), "")
	system("TimeCreated", number(ours.TimeCreated), number(theirs.TimeCreated), "")
	system("Channel", ours.Channel, theirs.Channel, "")
	system("Computer", ours.Computer, theirs.Computer, "")
	payload := compareData(ours.Data, theirs.Data)
	if slices.ContainsFunc(ours.Data, func(f Field) bool { return f.Irregular }) {
		for i := range payload {
			if payload[i].Defect == "" {
				payload[i].Defect = IrregularSize
			}
		}
	}
	return append(out, payload...)
}

func compareData(ours, theirs []Field) []Difference {
	ours = gatherArrays(ours, theirs)
	var out []Difference
	used := make([]bool, len(theirs))
	find := func(name string) int {
		return slices.IndexFunc(theirs, func(f Field) bool { return f.Name == name })
	}
	var unnamed []Field
	for i, f := range ours {
		if f.Name == "" {
			unnamed = append(unnamed, f)
			continue
		}
		at := find(f.Name)
		if at < 0 {
			// A second element of a name gets the position as a suffix.
			at = slices.IndexFunc(theirs, func(t Field) bool { return suffixed(t.Name, f.Name) && t.Text == f.Text })
		}
		switch {
		case at >= 0:
			used[at] = true
			if same(f, theirs[at]) {
				continue
			}
			d := explain(f, theirs[at])
			if d == "" && countName(ours, f.Name) > 1 {
				d = DuplicateNames
			}
			out = append(out, Difference{f.Name, f.Text, theirs[at].Text, d})
		case f.Text == "":
			// An absent value: golang-evtx drops what has neither value nor attribute.
		default:
			d := Defect("")
			if countName(ours[:i], f.Name) > 0 {
				d = DuplicateNames
			} else if slices.ContainsFunc(theirs, func(t Field) bool { return strings.Contains(t.Name, ":") }) {
				d = AttributesMixed
			}
			out = append(out, Difference{f.Name, f.Text, "", d})
		}
	}
	if d, differ := compareUnnamed(unnamed, theirs, used); differ {
		out = append(out, d)
	}
	for i, t := range theirs {
		// Attributes of payload elements appear as separate fields; they are not data of the
		// record.
		if !used[i] && t.Text != "" && !strings.Contains(t.Name, ":") {
			out = append(out, Difference{t.Name, "", t.Text, ""})
		}
	}
	return out
}

// gatherArrays makes one field from neighbours of one name if golang-evtx has an array: Windows
// shows an array as one element per item, and so may our side.
func gatherArrays(ours, theirs []Field) []Field {
	isArray := func(name string) bool {
		return slices.ContainsFunc(theirs, func(t Field) bool {
			return t.Name == name && (t.Items != nil || strings.HasPrefix(t.Text, unknownValue))
		})
	}
	var out []Field
	for i := 0; i < len(ours); {
		f, n := ours[i], 1
		for i+n < len(ours) && f.Name != "" && ours[i+n].Name == f.Name {
			n++
		}
		if n == 1 || !isArray(f.Name) {
			out = append(out, ours[i:i+n]...)
			i += n
			continue
		}
		all := Field{Name: f.Name}
		for _, item := range ours[i : i+n] {
			all.Items = append(all.Items, item.Text)
			if item.Type != 0 {
				all.Type = item.Type | typeArray
			}
		}
		all.Text = strings.Join(all.Items, ", ")
		out = append(out, all)
		i += n
	}
	return out
}

// compareUnnamed compares the Data elements without a name as one list, because
// Windows shows an array of strings as one element per string.
func compareUnnamed(ours, theirs []Field, used []bool) (Difference, bool) {
	var a, b []string
	var arrays bool
	for _, f := range ours {
		a, arrays = appendItems(a, f), arrays || f.Type&typeArray != 0 || f.Items != nil
	}
	for i, t := range theirs {
		if !used[i] && (t.Name == "Data" || t.Name == "Binary" || suffixed(t.Name, "Data")) {
			used[i] = true
			b, arrays = appendItems(b, t), arrays || t.Items != nil
		}
	}
	if slices.EqualFunc(a, b, sameText) {
		return Difference{}, false
	}
	d := Difference{Field: "Data", Ours: strings.Join(a, ", "), Theirs: strings.Join(b, ", ")}
	empty := func(s string) bool { return s == "" }
	a, b = slices.DeleteFunc(a, empty), slices.DeleteFunc(b, empty)
	switch {
	case !slices.EqualFunc(a, b, sameText):
	case arrays:
		d.Defect = EmptyItemsLost
	default:
		return Difference{}, false // an absent value on one side, an empty one on the other
	}
	return d, true
}

func appendItems(list []string, f Field) []string {
	if f.Items != nil {
		return append(list, f.Items...)
	}
	return append(list, f.Text)
}

// suffixed reports whether name is base followed by a number.
func suffixed(name, base string) bool {
	rest, ok := strings.CutPrefix(name, base)
	_, err := strconv.Atoi(rest)
	return ok && err == nil
}

func countName(fields []Field, name string) (n int) {
	for _, f := range fields {
		if f.Name == name {
			n++
		}
	}
	return n
}

func same(a, b Field) bool { return sameText(a.Text, b.Text) || sameTime(a.Text, b.Text) }

func sameText(a, b string) bool { return a == b }

// sameTime reports whether two texts are the same instant with different numbers of digits.
func sameTime(a, b string) bool {
	trim := func(s string) (string, bool) {
		s, ok := strings.CutSuffix(s, "Z")
		if !ok || len(s) < len("2006-01-02T15:04:05") || s[10] != 'T' {
			return "", false
		}
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s, true
	}
	x, ok := trim(a)
	y, ok2 := trim(b)
	return ok && ok2 && x == y
}

// explain names the defect that turns our text into theirs.
func explain(ours, theirs Field) Defect {
	a, b := ours.Text, theirs.Text
	is := func(types ...uint8) bool { return ours.Type == 0 || slices.Contains(types, ours.Type) }
	switch {
	case strings.HasPrefix(b, unknownValue):
		return TypeUnknown
	case is(0x0f) && strings.EqualFold(a, "{"+b+"}"):
		return GUIDWithoutBraces
	case is(0x10, 0x14, 0x15, 0x20) && sameHex(a, b):
		return HexPadded
	case ours.Type == typeBool && a == "true" && b == "false":
		return BoolNotOne
	case is(typeReal32, typeReal64) && sameReal(a, b):
		return RealRounded
	case ours.Type == typeSystime && len(a) > 19 && len(b) > 19 && a[:19] == b[:19]:
		return SystimeFraction
	case is(0x01, 0x02) && strings.TrimRight(a, "\x00") == b:
		return TrailingZeros
	case theirs.Items != nil && (ours.Type == 0x81 || ours.Type == 0) && sameItems(ours, theirs):
		return EmptyItemsLost
	case ours.Type == typeAnsi && !isASCII(a):
		return AnsiBytes
	case ours.Type&typeArray != 0 && ours.Type != 0x81:
		return ArrayMistaken
	}
	return ""
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

func sameHex(a, b string) bool {
	x, ok := strings.CutPrefix(a, "0x")
	y, ok2 := strings.CutPrefix(b, "0x")
	if !ok || !ok2 {
		return false
	}
	pad := func(s string) string { return strings.Repeat("0", max(0, 16-len(s))) + s }
	p, err := hex.DecodeString(pad(x))
	q, err2 := hex.DecodeString(pad(y))
	return err == nil && err2 == nil && string(p) == string(q)
}

func sameReal(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && math.Abs(x-y) <= 5e-7
}

func sameItems(ours, theirs Field) bool {
	items := ours.Items
	if items == nil {
		items = strings.Split(ours.Text, ", ")
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(items), func(s string) bool { return s == "" }),
		", ") == theirs.Text
}
