package logsource

import (
	"slices"
	"strconv"
	"strings"
)

// Document returns the values of fields of JSON documents, one after the other, as View does for
// records: documents of winlogbeat and Elastic Agent (winlog.event_data.X), records as XML converted
// to JSON (Event.EventData.X), and flat ones, in which the names of System and of the payload stand
// side by side. It belongs to one goroutine.
type Document struct {
	view     View // computes values of a view's fields
	fields   *Fields
	system   [numSystem][]string
	payload  []leaf
	flat     []leaf
	userData bool
	every    []string
}

// leaf is a value of the payload.
type leaf struct {
	name, folded string
	value        string
}

// NewDocument returns a Document over the fields, which must not grow any more.
func (fs *Fields) NewDocument() *Document { return &Document{fields: fs} }

// Begin drops the previous document.
func (d *Document) Begin() {
	for i := range d.system {
		d.system[i] = d.system[i][:0]
	}
	d.payload, d.flat, d.every, d.userData = d.payload[:0], d.flat[:0], d.every[:0], false
	d.view.buf = nil
}

// documentSystem are the names of System's values in documents of winlogbeat and Elastic Agent.
var documentSystem = map[string]systemValue{
	"winlog.channel": sysChannel, "winlog.event_id": sysEventID, "event.code": sysEventID,
	"winlog.provider_name": sysProvider,
	"winlog.provider_guid": sysProviderGUID, "winlog.computer_name": sysComputer, "winlog.record_id": sysRecordID,
	"winlog.version": sysVersion, "winlog.activity_id": sysActivity, "winlog.related_activity_id": sysRelatedActivity,
	"winlog.process.pid": sysProcess, "winlog.process.thread.id": sysThread, "winlog.user.identifier": sysUser,
	"winlog.level": sysLevel, "winlog.task": sysTask, "winlog.opcode": sysOpcode, "winlog.time_created": sysTime,
}

// eventSystem begins the names of System's values if a document is a record's XML.
const eventSystem = "Event.System."

// Leaf adds a value of the document under its dotted name. Each element of an array is a value.
func (d *Document) Leaf(name, value string) {
	d.every = append(d.every, value)
	if x := documentSystem[name]; x != sysNone {
		d.setSystem(x, value)
		return
	}
	if rest, ok := strings.CutPrefix(name, eventSystem); ok {
		rest = strings.NewReplacer(".#attributes.", "_", "#text", "", "@", "", ".", "_").Replace(rest)
		d.setSystem(systemNames[foldName(rest)], value)
		return
	}
	for _, prefix := range []string{"winlog.event_data.", "Event.EventData."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			d.payload = append(d.payload, leaf{rest, foldName(rest), value})
			return
		}
	}
	if rest, ok := strings.CutPrefix(name, "winlog.user_data."); ok {
		d.userLeaf(rest, value)
		return
	}
	if rest, ok := strings.CutPrefix(name, "Event.UserData."); ok {
		if _, inner, ok := strings.Cut(rest, "."); ok { // below the element that names the event
			rest = inner
		}
		d.userLeaf(rest, value)
		return
	}
	d.flat = append(d.flat, leaf{name, foldName(name), value})
}

func (d *Document) userLeaf(name, value string) {
	d.userData = true
	d.payload = append(d.payload, leaf{name, foldName(name), value})
}

func (d *Document) setSystem(x systemValue, value string) {
	if x != sysNone && !slices.Contains(d.system[x], value) {
		d.system[x] = append(d.system[x], value)
	}
}

// End reads the parts of a document that is neither winlogbeat's nor a record's XML: the names of
// System and of the payload side by side.
func (d *Document) End() {
	if len(d.payload) == 0 {
		for _, l := range d.flat {
			if x := systemNames[l.folded]; x != sysNone && len(d.system[x]) == 0 {
				d.setSystem(x, l.value)
				continue
			}
			d.payload = append(d.payload, l)
		}
	}
	d.view.kind = NoView
	if len(d.system[sysChannel]) > 0 && len(d.system[sysEventID]) > 0 {
		id, _ := strconv.ParseUint(d.system[sysEventID][0], 10, 32)
		d.view.kind = ViewOf(d.system[sysChannel][0], uint32(id))
	}
}

// Append appends the values of a field: none if the document does not have it.
func (d *Document) Append(dst []string, f Field) []string {
	if f == Keywords || f == KeywordTexts {
		return append(dst, strings.Join(d.every, "\n")+"\n")
	}
	def := &d.fields.defs[f]
	if def.first != sysNone {
		return d.appendSystem(dst, def.first)
	}
	switch def.path.kind {
	case aliasSystem:
		return d.appendSystem(dst, def.path.sys)
	case aliasAll:
		return d.all(dst)
	case aliasUserData:
		if !d.userData {
			return dst
		}
	}
	if def.dialect == System {
		return dst
	}
	if def.dialect == Viewed && d.view.kind != NoView {
		if x, ok := views[d.view.kind].fields[def.folded]; ok {
			return d.viewed(dst, x)
		}
	}
	name := def.name
	if def.path.name != "" {
		name = def.path.name
	}
	if from := len(dst); def.hash == "" || len(d.find(nil, name)) > 0 {
		if dst = d.find(dst, name); len(dst) > from {
			return dst
		}
	}
	switch {
	case def.hash != "":
		return d.hash(dst, def.hash)
	case def.last != sysNone:
		return d.appendSystem(dst, def.last)
	case def.name == "Message":
		return d.all(dst)
	}
	return dst
}

// find appends the values of a name of the payload: as it is written, or else regardless of case,
// blanks and underscores.
func (d *Document) find(dst []string, name string) []string {
	from := len(dst)
	for _, l := range d.payload {
		if l.name == name || attributeOf(l.name, name) {
			dst = appendText(dst, l.value)
		}
	}
	if len(dst) > from {
		return dst
	}
	folded := foldName(name)
	for _, l := range d.payload {
		if l.folded == folded {
			dst = appendText(dst, l.value)
		}
	}
	return dst
}

// appendText appends a value as it is and, if it has trailing blanks, without them.
func appendText(dst []string, s string) []string {
	dst = append(dst, s)
	if t := strings.TrimRight(s, " "); t != s {
		dst = append(dst, t)
	}
	return dst
}

func (d *Document) appendSystem(dst []string, x systemValue) []string {
	for _, s := range d.system[x] {
		dst = appendText(dst, s)
		if n, err := strconv.Atoi(s); x == sysLevel && err == nil && 0 <= n && n < len(levelNames) {
			dst = append(dst, levelNames[n])
		}
	}
	return dst
}

// all appends the values of the payload.
func (d *Document) all(dst []string) []string {
	for _, l := range d.payload {
		dst = appendText(dst, l.value)
	}
	return dst
}

// viewed appends the value of a view's field.
func (d *Document) viewed(dst []string, x viewField) []string {
	there := false
	var parts []string
	for _, name := range x.from {
		values := d.find(nil, name)
		if x.make == nil {
			return append(dst, values...)
		}
		part := ""
		if len(values) > 0 {
			part, there = values[0], true
		}
		parts = append(parts, part)
	}
	if !there {
		return dst
	}
	s, ok := x.make(&d.view, parts)
	if !ok {
		return dst
	}
	return appendText(dst, s)
}

// hash appends the hash with a name from Hashes: MD5=…,SHA256=….
func (d *Document) hash(dst []string, name string) []string {
	for _, s := range d.find(nil, "Hashes") {
		for part := range strings.SplitSeq(s, ",") {
			if key, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(key), name) {
				dst = append(dst, value)
			}
		}
	}
	return dst
}
