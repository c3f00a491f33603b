package show

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report/listing"
	"hunt/table"
	"hunt/timeline/search"
)

// Section is a part of what is shown.
type Section string

// The sections, in their order.
const (
	FieldSection   Section = "fields"
	ECSSection     Section = "ecs"
	XMLSection     Section = "xml"
	JSONSection    Section = "json"
	DecoderSection Section = "decoders"
	HexSection     Section = "hex"
)

// Sections are all sections.
var Sections = []Section{FieldSection, ECSSection, XMLSection, JSONSection, DecoderSection, HexSection}

// Text writes records for people.
type Text struct {
	W        io.Writer
	Width    int            // of the terminal; 0: nothing is wrapped
	Sections []Section      // none means all
	Zone     *time.Location // shown beside UTC; nil: UTC alone
}

// Write writes a record.
func (t *Text) Write(r *Record) error {
	w := bufio.NewWriter(t.W)
	t.head(w, r)
	for _, s := range []struct {
		section Section
		title   string
		write   func(*bufio.Writer, *Record) error
	}{
		{FieldSection, "Fields of the record", t.fields},
		{ECSSection, "Fields of ECS (without those from other records)", t.ecs},
		{XMLSection, "XML", func(w *bufio.Writer, r *Record) error { return lines(w, xmlLines(r.XML)) }},
		{JSONSection, "JSON", func(w *bufio.Writer, r *Record) error {
			return lines(w, strings.Split(indented(r.Event), "\n"))
		}},
		{DecoderSection, "Second decoder (golang-evtx)", t.second},
		{HexSection, "Bytes", t.hex},
	} {
		if len(t.Sections) > 0 && !slices.Contains(t.Sections, s.section) || !r.Decoded && s.section != HexSection {
			continue
		}
		fmt.Fprintf(w, "\n── %s\n", s.title)
		if err := s.write(w, r); err != nil {
			return err
		}
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// head says which record it is, where it is and what is wrong there.
func (t *Text) head(w *bufio.Writer, r *Record) {
	t.folded(w, "", mark.Printable(r.Target))
	say := func(name, format string, args ...any) {
		if text := mark.Printable(fmt.Sprintf(format, args...)); text != "" {
			t.folded(w, fmt.Sprintf("  %-9s ", name), text)
		}
	}
	if r.Decoded {
		say("Event", "%s %d, %s", r.Channel, r.EventCode, r.Provider)
		say("Message", "%s", r.Message)
		say("Host", "%s", r.Host)
		from := ""
		if r.TimeFrom != "" {
			from = " (from the " + r.TimeFrom + ")"
		}
		say("Time", "%s%s%s", r.Time, t.local(r.Time), from)
		say("Written", "%s%s", r.Written, t.local(r.Written))
		say("Number", "%d in the event, %d in the record's header", r.EventRecordID, r.HeaderRecordID)
	} else {
		say("Record", "no record can be decoded here")
	}
	say("File", "%s", r.File)
	say("Place", "offset %d (0x%x), %d bytes, in chunk %d at 0x%x", r.Offset, r.Offset, r.Size, r.Chunk, r.ChunkOffset)
	say("SHA-256", "%s", r.SHA256)
	for _, s := range r.State {
		say("State", "%s", s)
	}
	for _, d := range r.Damage {
		say("Damage", "%s", d)
	}
}

func (t *Text) fields(w *bufio.Writer, r *Record) error { return t.values(w, r.Fields) }

func (t *Text) ecs(w *bufio.Writer, r *Record) error {
	var all []Value
	search.Fields(r.ECS, func(field, value string) { all = append(all, Value{field, value}) })
	return t.values(w, all)
}

func (t *Text) values(w *bufio.Writer, all []Value) error {
	x := table.New("Field", "Value")
	for _, v := range all {
		x.Add(mark.Printable(v.Field), mark.Printable(v.Value))
	}
	return x.Write(w, t.Width)
}

// local is a time in the second zone.
func (t *Text) local(utc string) string {
	if t.Zone == nil || utc == "" {
		return ""
	}
	return fmt.Sprintf(" (%s %s)", listing.LocalTime(utc, t.Zone), t.Zone)
}

// folded writes text behind a name, broken where the terminal ends.
func (t *Text) folded(w *bufio.Writer, name, text string) {
	width := 0
	if t.Width > 0 {
		width = max(t.Width-len(name), table.Narrowest)
	}
	for _, line := range table.Fold(text, width) {
		fmt.Fprintf(w, "%s%s\n", name, line)
		name = strings.Repeat(" ", len(name))
	}
}

func (t *Text) second(w *bufio.Writer, r *Record) error {
	text := string(r.Second.Result)
	if r.Second.Detail != "" {
		text += ": " + mark.Printable(r.Second.Detail)
	}
	t.folded(w, "", text)
	if len(r.Second.Differences) == 0 {
		return nil
	}
	x := table.New("Field", "hunt", "golang-evtx", "Why")
	for _, d := range r.Second.Differences {
		x.Add(mark.Printable(d.Field), mark.Printable(d.Ours), mark.Printable(d.Theirs), d.Why)
	}
	return x.Write(w, t.Width)
}

// lines writes lines in which nothing acts on a terminal. They are not broken where it ends: what is copied from it
// stays XML or JSON.
func lines(w *bufio.Writer, all []string) error {
	for _, line := range all {
		if _, err := fmt.Fprintln(w, mark.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}

// xmlLines breaks XML between tags and indents it. Text is escaped in it, so that each < begins a tag.
func xmlLines(xml string) (out []string) {
	depth := 0
	for part := range strings.SplitSeq(strings.ReplaceAll(xml, "><", ">\x00<"), "\x00") {
		closing := strings.HasPrefix(part, "</")
		if closing {
			depth--
		}
		out = append(out, strings.Repeat("  ", max(depth, 0))+part)
		opens := strings.HasPrefix(part, "<") && !closing && !strings.HasPrefix(part, "<?") &&
			!strings.HasSuffix(part, "/>")
		if opens && !strings.Contains(part, "</") {
			depth++
		}
	}
	return out
}

// hexWidth is the width of a line of sixteen bytes whose offset has eight digits.
const hexWidth = 78

// hex explains the headers and shows the bytes of the record, sixteen in a line, eight on narrow terminals.
func (t *Text) hex(w *bufio.Writer, r *Record) error {
	for _, h := range []struct {
		title  string
		fields []evtx.HeaderField
	}{{fmt.Sprintf("Header of the chunk at 0x%x", r.ChunkOffset), r.ChunkHeader},
		{"Header of the record, and what its body begins with", r.RecordHeader}} {
		fmt.Fprintln(w, h.title)
		x := table.New("Offset", "Bytes", "Field", "Value", "Remark")
		for _, f := range h.fields {
			note := f.Note
			if f.Wrong {
				note = "WRONG: " + note
			}
			x.Add(fmt.Sprintf("0x%x", r.ChunkOffset+int64(f.Offset)), fmt.Sprint(f.Size), f.Name,
				mark.Printable(f.Value), mark.Printable(note))
		}
		if err := x.Write(w, t.Width); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if t.Width > 0 && t.Width < hexWidth {
		for at := 0; at < len(r.raw); at += 8 {
			b := r.raw[at:min(at+8, len(r.raw))]
			fmt.Fprintf(w, "%08x  %-23s  |%s|\n", r.Offset+int64(at), hexOf(b, 0), ascii(b))
		}
		return nil
	}
	for at := 0; at < len(r.raw); at += 16 {
		b := r.raw[at:min(at+16, len(r.raw))]
		fmt.Fprintf(w, "%08x  %-23s  %-23s  |%s|\n", r.Offset+int64(at), hexOf(b, 0), hexOf(b, 8), ascii(b))
	}
	return nil
}

func hexOf(b []byte, from int) string {
	if from >= len(b) {
		return ""
	}
	return fmt.Sprintf("% x", b[from:min(from+8, len(b))])
}

func ascii(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if out[i] = '.'; c >= 0x20 && c < 0x7f {
			out[i] = c
		}
	}
	return string(out)
}
