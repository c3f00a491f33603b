package goevtx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/0xrawsec/golang-evtx/evtx"
)

// errNumber refuses a record whose id golang-evtx does not return as a number.
var errNumber = errors.New("not a number")

// fill converts golang-evtx's nested maps to the flat view.
func (r *Record) fill(m evtx.GoEvtxMap) error {
	event, ok := m["Event"].(evtx.GoEvtxMap)
	if !ok {
		return errors.New("no Event element")
	}
	system, ok := event["System"].(evtx.GoEvtxMap)
	if !ok {
		return errors.New("no System element")
	}
	if provider, ok := system["Provider"].(evtx.GoEvtxMap); ok {
		r.Provider = text(provider["Name"])
	}
	id := system["EventID"]
	if withQualifiers, ok := id.(evtx.GoEvtxMap); ok {
		id = withQualifiers["Value"]
	}
	n, err := strconv.ParseUint(text(id), 0, 32)
	if err != nil {
		return fmt.Errorf("%w: EventID %q", errNumber, text(id))
	}
	r.EventID = uint32(n)
	if r.EventRecordID, err = strconv.ParseUint(text(system["EventRecordID"]), 0, 64); err != nil {
		return fmt.Errorf("%w: EventRecordID %q", errNumber, text(system["EventRecordID"]))
	}
	if created, ok := system["TimeCreated"].(evtx.GoEvtxMap); ok {
		r.TimeCreated = systemTime(created["SystemTime"])
	}
	r.Channel, r.Computer = text(system["Channel"]), text(system["Computer"])
	for name, v := range event {
		if name != "System" && name != "xmlns" && name != "RenderingInfo" {
			r.add("Value", v) // the name is for text that is in the payload element itself
		}
	}
	// The maps have no order. Sort by name, with Data, Data2, Data10 in sequence.
	slices.SortFunc(r.Data, func(a, b Field) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Text, b.Text))
	})
	return nil
}

// add appends the leaves below v.
func (r *Record) add(name string, v any) {
	switch v := v.(type) {
	case evtx.GoEvtxMap:
		for k, child := range v {
			switch k {
			case "xmlns":
			case "Value":
				r.add(name, child)
			default:
				r.add(k, child)
			}
		}
	case []string:
		r.Data = append(r.Data, Field{Name: name, Text: strings.Join(v, ", "), Items: append([]string{}, v...)})
	case []uint16, []uint64:
		items := strings.Fields(strings.Trim(fmt.Sprint(v), "[]"))
		r.Data = append(r.Data, Field{Name: name, Text: strings.Join(items, ", "), Items: items})
	default:
		r.Data = append(r.Data, Field{Name: name, Text: text(v)})
	}
}

// text returns a leaf as text.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte: // an ANSI string
		return strings.TrimRight(string(v), "\x00")
	case evtx.UTCTime:
		return time.Time(v).UTC().Format("2006-01-02T15:04:05.0000000Z")
	}
	return fmt.Sprint(v)
}

// systemTime reads TimeCreated: a FILETIME or, in records without a template, its text.
func systemTime(v any) uint64 {
	switch v := v.(type) {
	case evtx.UTCTime:
		return ticks(time.Time(v))
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return ticks(t)
		}
	}
	return 0
}

// ticks returns t as a FILETIME. Source: MS-DTYP 2.3.3.
func ticks(t time.Time) uint64 {
	const unixEpoch = 116_444_736_000_000_000
	return uint64(t.Unix()*10_000_000 + int64(t.Nanosecond())/100 + unixEpoch)
}
