package export

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs/document"
)

// DocumentID returns an id that the same record has in every run and in every copy of its log,
// whatever else is in the evidence. It is made from the Computer name in the record, channel,
// record id, and a hash of the content, because record ids begin again when a log is cleared.
func DocumentID(e *timeline.Event) string { return RecordID(e.Record, e.Class.Channel) }

// RecordID returns the DocumentID of a record of a channel.
func RecordID(r *evtx.Record, channel string) string {
	hash := r.ContentHash()
	return strings.ToLower(r.Computer()) + "/" + channel + "/" + strconv.FormatUint(r.Ref.EventRecordID, 10) +
		fmt.Sprintf("/%08x", uint32(hash)^uint32(hash>>32))
}

// ecsLine writes Elastic documents.
type ecsLine struct {
	view
	bulk bool // precede each with the action line that Elasticsearch's _bulk expects
}

func (l ecsLine) append(dst []byte, f *facts) []byte {
	e := f.event
	if l.bulk {
		dst = append(dst, `{"create":{"_id":`...)
		dst = append(appendString(dst, DocumentID(e)), "}}\n"...)
	}
	places := l.places(e)
	if l.marks != nil {
		places = markMembers(places, f)
	}
	start := len(dst)
	dst = document.Append(dst, e.Event)
	// hunt.evidence goes into the object that lists the derived fields. These quotes cannot be
	// inside a text, where they would be escaped, and no other object of a document is named hunt.
	const object = `"hunt":{`
	if i := bytes.Index(dst[start:], []byte(object)); i >= 0 {
		at := start + i + len(object)
		tail := append([]byte(nil), dst[at:]...)
		dst = append(append(append(append(dst[:at], `"evidence":`...), places...), ','), tail...)
	} else {
		dst = append(append(append(dst[:len(dst)-1], `,"hunt":{"evidence":`...), places...), "}}"...)
	}
	return append(dst, '\n')
}

// markMembers appends what rules found in an event, as members of the object hunt after evidence.
func markMembers(dst []byte, f *facts) []byte {
	if len(f.marks) == 0 {
		return dst
	}
	dst = append(dst, `,"severity":`...)
	dst = appendString(dst, severityOf(f))
	dst = append(dst, `,"findings":[`...)
	for i := range f.marks {
		m := &f.marks[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		for _, p := range [][2]string{{"id", m.Finding}, {"incident", m.Incident}, {"status", m.Status.Name},
			{"severity", m.Severity.Name}, {"rule", m.Rule}, {"name", m.Name}} {
			dst = appendString(appendName(dst, p[0]), p[1])
		}
		dst = append(appendName(dst, "technique"), '[')
		for j, t := range m.Techniques {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, t)
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, ']')
}

// places returns where the records of an event are in the evidence.
func (l ecsLine) places(e *timeline.Event) []byte {
	dst := l.place(nil, e.Ref, false)
	for i, a := range e.Also {
		dst = dst[:len(dst)-1] // the brace
		if i == 0 {
			dst = append(dst, `,"also":[`...)
		} else {
			dst[len(dst)-1] = ',' // the bracket
		}
		dst = append(l.place(dst, a.Ref, a.Twin), "]}"...)
	}
	if e.More > 0 { // copies that Also does not list
		dst = append(strconv.AppendInt(append(dst[:len(dst)-1], `,"more":`...), int64(e.More), 10), '}')
	}
	return dst
}

// place appends where one record is; twin marks the other log's record of the same process start.
func (l ecsLine) place(dst []byte, r evtx.Ref, twin bool) []byte {
	dst = appendString(append(dst, `{"file":`...), l.col.Files[r.File].Path)
	dst = strconv.AppendInt(append(dst, `,"chunk":`...), int64(r.Chunk), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), r.Offset, 10)
	dst = strconv.AppendUint(append(dst, `,"header_record_id":`...), r.HeaderRecordID, 10)
	dst = strconv.AppendUint(append(dst, `,"event_record_id":`...), r.EventRecordID, 10)
	if r.Carved {
		dst = append(dst, `,"carved":true`...)
	}
	if twin {
		dst = append(dst, `,"twin":true`...)
	}
	return append(dst, '}')
}
