package export

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/evidence"
)

// column is one fact of an event, in every format that has columns. Its kind says whether text, number or flag
// returns it.
type column struct {
	name string // in CSV, JSON lines, XLSX and Parquet; in JSON a member
	kind kind
	rare bool // JSON omits it if it is empty

	text   func(dst []byte, f *facts) []byte // appends it
	number func(*facts) int64
	flag   func(*facts) bool

	width   float64 // in a workbook, in characters; 0 = narrow
	short   bool    // a number of 32 bits in Parquet
	dict    bool    // Parquet stores each text once: few hosts, many events
	parquet string  // its name there, if another; "-" leaves it out
	sketch  string  // its name for Timesketch: the one that Plaso gives to event logs, if there is one
	behind  string  // the column that it follows in Parquet and Timesketch, if that differs from the list
}

// kind is the type of a column's values.
type kind uint8

const (
	text     kind = iota
	object        // text that is a JSON object
	digits        // text that is usually a number
	signed        // a number
	unsigned      // a number whose highest bit is not a sign
	flag
)

// columns are the facts that all formats except Elastic's say about an event, in the order of a table.
var columns = []column{
	{name: "time", width: 29, parquet: "-", text: timeOf},
	{name: "host", width: 24, dict: true, parquet: "host_name",
		text: said(func(f *facts) string { return f.event.Host.ID })},
	{name: "channel", width: 30, dict: true, text: said(func(f *facts) string { return f.event.Class.Channel })},
	{name: "provider", width: 30, dict: true, sketch: "source_name",
		text: said(func(f *facts) string { return f.event.Class.Provider })},
	{name: "event_code", kind: signed, sketch: "event_identifier", number: func(f *facts) int64 {
		return int64(f.event.Class.EventID)
	}},
	{name: "record_id", kind: unsigned, sketch: "record_number", number: func(f *facts) int64 {
		return int64(f.event.Ref.EventRecordID)
	}},
	{name: "user", rare: true, width: 24, dict: true, sketch: "username", text: field(ecs.UserName)},
	{name: "process", rare: true, width: 40, dict: true, text: field(ecs.ProcessExecutable)},
	{name: "pid", kind: digits, rare: true, text: field(ecs.ProcessPID)},
	{name: "parent", rare: true, width: 40, dict: true, text: field(ecs.ProcessParentExecutable)},
	{name: "command_line", rare: true, width: 50, text: field(ecs.ProcessCommandLine)},
	{name: "target", rare: true, width: 40, text: target}, // file, registry value, address or name that it is about
	{name: "message", width: 50, sketch: "-", text: func(dst []byte, f *facts) []byte {
		return f.event.AppendMessage(dst)
	}},
	// what the record carries, as raw text
	{name: "data", kind: object, width: 50, text: func(dst []byte, f *facts) []byte {
		return document.AppendData(dst, f.event.Event)
	}},
	{name: "computer", width: 24, dict: true, sketch: "computer_name", behind: "host",
		text: said(func(f *facts) string { return f.event.Record.Computer() })},
	{name: "file", width: 40, dict: true,
		text: said(func(f *facts) string { return f.col.Files[f.event.Ref.File].Path })},
	{name: "chunk", kind: signed, short: true, number: func(f *facts) int64 { return int64(f.event.Ref.Chunk) }},
	{name: "offset", kind: signed, number: func(f *facts) int64 { return f.event.Ref.Offset }},
	{name: "carved", kind: flag, rare: true, sketch: "recovered", flag: func(f *facts) bool {
		return f.event.Ref.Carved
	}},
	// further records of the same event
	{name: "copies", kind: signed, rare: true, number: func(f *facts) int64 { return int64(f.copies) }},
	// logged by Sysmon and by Security
	{name: "twin", kind: flag, rare: true, flag: func(f *facts) bool { return f.twin }},
	// if not what the clock of the run asks for
	{name: "time_source", rare: true, dict: true, sketch: "-",
		text: said(func(f *facts) string { return f.timeSource })},
	// a surrogate without its other half is U+FFFD
	{name: "altered", kind: flag, rare: true, sketch: "-", flag: func(f *facts) bool {
		return f.event.Record.Unpaired()
	}},
	// behind the end that the header of its chunk gives
	{name: "continued", kind: flag, rare: true, sketch: "-", flag: func(f *facts) bool {
		return f.event.Record.Continued
	}},
}

// Mark is a finding to which an event belongs.
type Mark struct {
	Rule, Name string   // of the rule: its id and its name
	Severity   Grade    // of the rule
	Status     Grade    // of the finding
	Suppressed bool     // a tuning exception covers it: its severity does not count
	Finding    string   // its id, "" if a report would not list it
	Incident   string   // the id of the incident that it belongs to, "" for none
	Techniques []string // ATT&CK ids
}

// Grade is one of several ordered levels. The zero value means none, below all others.
type Grade struct {
	Rank int // counted from 1; the highest is the most serious
	Name string
}

// gravest returns the name of the highest grade of the marks, "" without marks.
func gravest(f *facts, of func(*Mark) Grade) string {
	var best Grade
	for i := range f.marks {
		if g := of(&f.marks[i]); g.Rank > best.Rank {
			best = g
		}
	}
	return best.Name
}

// each joins the texts of all marks, without duplicates.
func each(f *facts, of func(*Mark) []string) string {
	var out []string
	for i := range f.marks {
		for _, s := range of(&f.marks[i]) {
			if s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return strings.Join(out, " | ")
}

// severityOf returns the highest severity of the marks that are not suppressed.
func severityOf(f *facts) string {
	return gravest(f, func(m *Mark) Grade {
		if m.Suppressed {
			return Grade{}
		}
		return m.Severity
	})
}

// markColumns show what rules found in an event; they follow the others if rules were run.
var markColumns = []column{
	{name: "severity", rare: true, dict: true, text: said(severityOf)},
	{name: "status", rare: true, dict: true,
		text: said(func(f *facts) string { return gravest(f, func(m *Mark) Grade { return m.Status }) })},
	{name: "rule", rare: true, width: 40, dict: true,
		text: said(func(f *facts) string { return each(f, func(m *Mark) []string { return []string{m.Name} }) })},
	{name: "rule_id", rare: true, width: 40, dict: true,
		text: said(func(f *facts) string { return each(f, func(m *Mark) []string { return []string{m.Rule} }) })},
	{name: "technique", rare: true, width: 20, dict: true,
		text: said(func(f *facts) string { return each(f, func(m *Mark) []string { return m.Techniques }) })},
	{name: "finding", rare: true, width: 20,
		text: said(func(f *facts) string { return each(f, func(m *Mark) []string { return []string{m.Finding} }) })},
	{name: "incident", rare: true, width: 20,
		text: said(func(f *facts) string { return each(f, func(m *Mark) []string { return []string{m.Incident} }) })},
}

// view says what the formats show of events.
type view struct {
	col     *evidence.Collection
	marks   func(*timeline.Event) []Mark // nil: no rules were run
	folds   *folds                       // nil: nothing is folded
	columns []column
}

func newView(t *Timeline, zone *time.Location, f *folds) view {
	v := view{t.Evidence, t.Marks, f, columns}
	if zone != nil {
		v.columns = slices.Insert(slices.Clone(v.columns), 1, localColumn(zone))
	}
	if f != nil {
		v.columns = slices.Concat(v.columns, foldColumns)
	}
	if t.Marks != nil {
		v.columns = slices.Concat(v.columns, markColumns)
	}
	return v
}

// localColumn is the time in a second zone.
func localColumn(zone *time.Location) column {
	return column{name: "time_local", rare: true, width: 33, text: func(dst []byte, f *facts) []byte {
		if f.event.At == 0 {
			return dst
		}
		return f.event.At.Time().In(zone).AppendFormat(dst, "2006-01-02T15:04:05.0000000-07:00")
	}}
}

// facts are an event and everything about it that several columns or formats use. The memory is reused for the
// next event of the same goroutine.
type facts struct {
	event      *timeline.Event
	col        *evidence.Collection
	timeSource string
	copies     int
	twin       bool
	marks      []Mark
	fold       fold // of the events that the event stands for

	cell   []byte // of the present column
	values []scalar.Value
}

// tell takes the next event.
func (f *facts) tell(v *view, e *timeline.Event) {
	f.event, f.col, f.copies, f.twin, f.marks = e, v.col, e.More, false, nil
	if v.marks != nil {
		f.marks = v.marks(e)
	}
	if f.fold = (fold{}); v.folds != nil && e.Class.Loud {
		f.fold, _ = v.folds.at(e.Ref)
	}
	f.timeSource, _, _ = e.TimeMark()
	for _, a := range e.Also {
		if a.Twin {
			f.twin = true
		} else {
			f.copies++
		}
	}
}

// timeOf appends the time, or nothing for an event without one.
func timeOf(dst []byte, f *facts) []byte {
	if f.event.At == 0 {
		return dst
	}
	return f.event.At.AppendText(dst)
}

// said appends a text that may be empty.
func said(text func(*facts) string) func([]byte, *facts) []byte {
	return func(dst []byte, f *facts) []byte { return append(dst, text(f)...) }
}

// field returns the first value of a field as text.
func field(name ecs.Field) func([]byte, *facts) []byte {
	return func(dst []byte, f *facts) []byte { return f.appendFirst(dst, name) }
}

// appendFirst appends the first value of a field.
func (f *facts) appendFirst(dst []byte, name ecs.Field) []byte {
	if f.values = f.event.Values(name, f.values[:0]); len(f.values) > 0 {
		dst = f.values[0].AppendText(dst)
	}
	return dst
}

var targetFields = []ecs.Field{ecs.FilePath, ecs.RegistryPath, ecs.DNSQuestionName, ecs.DestinationIP, ecs.ServiceName,
	ecs.WinlogScheduledTaskName, ecs.URLFull}

func target(dst []byte, f *facts) []byte {
	before := len(dst)
	for _, t := range targetFields {
		if dst = f.appendFirst(dst, t); len(dst) == before {
			continue
		}
		if t == ecs.DestinationIP {
			n := len(dst)
			if dst = f.appendFirst(append(dst, " port "...), ecs.DestinationPort); len(dst) == n+len(" port ") {
				dst = dst[:n]
			}
		}
		break
	}
	return dst
}

// appendCell appends the column as text.
func (c *column) appendCell(dst []byte, f *facts) []byte {
	switch c.kind {
	case signed:
		return strconv.AppendInt(dst, c.number(f), 10)
	case unsigned:
		return strconv.AppendUint(dst, uint64(c.number(f)), 10)
	case flag:
		return strconv.AppendBool(dst, c.flag(f))
	}
	return c.text(dst, f)
}

// read returns the column as text, valid until the next is read.
func (f *facts) read(c *column) []byte {
	f.cell = c.appendCell(f.cell[:0], f)
	return f.cell
}

// names returns the titles of a table's columns.
func (v *view) names() []string {
	out := make([]string, len(v.columns))
	for i := range v.columns {
		out[i] = v.columns[i].name
	}
	return out
}

// named is a column under the name that a format has for it.
type named struct {
	*column
	as string
}

// arranged returns the columns of a format that has other names: name returns "" for the column's own name and
// "-" to leave it out. A column that belongs after another is moved there.
func (v *view) arranged(name func(*column) string) []named {
	var out []named
	for i := range v.columns {
		c := &v.columns[i]
		as := cmp.Or(name(c), c.name)
		if as == "-" {
			continue
		}
		at := len(out)
		if j := slices.IndexFunc(out, func(n named) bool { return n.name == c.behind }); j >= 0 {
			at = j + 1
		}
		out = slices.Insert(out, at, named{c, as})
	}
	return out
}
