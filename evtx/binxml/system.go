package binxml

import (
	"strconv"

	"hunt/evtx/binxml/utf"
)

// Property is a value of an event's System element.
type Property uint8

// The System element's values. Source: MS-EVEN6 2.2.13 (event schema).
const (
	ProviderName Property = iota
	ProviderGUID
	EventSourceName
	EventID
	Qualifiers
	Version
	Level
	Task
	Opcode
	Keywords
	TimeCreated
	EventRecordID
	ActivityID
	RelatedActivityID
	ProcessID
	ThreadID
	Channel
	Computer
	UserID
	properties // number of them
)

// Properties is the number of properties; each is below it.
const Properties = properties

// systemPaths says where each value is: element, attribute ("" for its text).
var systemPaths = [properties][2]string{
	ProviderName: {"Provider", "Name"}, ProviderGUID: {"Provider", "Guid"},
	EventSourceName: {"Provider", "EventSourceName"},
	EventID:         {"EventID", ""}, Qualifiers: {"EventID", "Qualifiers"}, Version: {"Version", ""},
	Level: {"Level", ""},
	Task:  {"Task", ""}, Opcode: {"Opcode", ""}, Keywords: {"Keywords", ""},
	TimeCreated:   {"TimeCreated", "SystemTime"},
	EventRecordID: {"EventRecordID", ""}, ActivityID: {"Correlation", "ActivityID"},
	RelatedActivityID: {"Correlation", "RelatedActivityID"},
	ProcessID:         {"Execution", "ProcessID"}, ThreadID: {"Execution", "ThreadID"},
	Channel: {"Channel", ""}, Computer: {"Computer", ""}, UserID: {"Security", "UserID"},
}

// systemLayout says, per property, where a program has it.
type systemLayout [properties]source

// source is where a property comes from: a slot, or content that is literal text or has several
// pieces. The zero value means that the program does not have the property.
type source struct {
	slot  int32   // plus one; 0 for none
	nodes *[]node // of the element or attribute, never empty; nil for none
}

// text returns content that is literal text, "" for any other.
func (s *source) text() string {
	if s.nodes == nil {
		return ""
	}
	return literalText(*s.nodes)
}

// findSystem returns the System element of a program whose root is an event with a System
// element of its own, nil otherwise.
func findSystem(nodes []node) *element {
	for i := range nodes {
		if el := nodes[i].elem; el != nil && el.name == "Event" {
			for j := range el.nodes {
				if sys := el.nodes[j].elem; sys != nil && sys.name == "System" {
					return sys
				}
			}
		}
	}
	return nil
}

// locateSystem finds the System element of a document: in the root's definition, as in
// everything that Windows writes, or in a value that is the event or a part of it.
func (d *Document) locateSystem() {
	if d.system, d.systemAt = d.insts[0].prog.system, 0; d.system != nil || len(d.insts) == 1 {
		return
	}
	d.fill()
	d.systemBelow(0, d.insts[0].prog.nodes, false)
}

// systemBelow looks for the System element among nodes, the document's or those below Event.
func (d *Document) systemBelow(inst int32, nodes []node, event bool) bool {
	for i := range nodes {
		if el := nodes[i].elem; el != nil {
			switch {
			case event && el.name == "System":
				d.system, d.systemAt = newSystemLayout(el), inst
				return true
			case !event && el.name == "Event" && d.systemBelow(inst, el.nodes, true):
				return true
			}
		} else if nodes[i].kind == nodeSubst {
			if child := d.held(inst, nodes[i].slot); child > 0 &&
				d.systemBelow(child, d.insts[child].prog.nodes, event) {
				return true
			}
		}
	}
	return false
}

func newSystemLayout(sys *element) *systemLayout {
	l := new(systemLayout)
	l.fill(sys)
	return l
}

func (l *systemLayout) fill(sys *element) {
	for i := range sys.nodes {
		el := sys.nodes[i].elem
		if el == nil {
			continue
		}
		for p := range systemPaths {
			if systemPaths[p][0] != el.name || l[p].nodes != nil {
				continue
			}
			nodes := &el.nodes
			if name := systemPaths[p][1]; name != "" {
				a := el.attr(name)
				if a == nil {
					continue
				}
				nodes = &a.nodes
			}
			if len(*nodes) > 0 {
				l[p] = source{slot: onlySlot(*nodes) + 1, nodes: nodes}
			}
		}
	}
}

// System returns a property's value if the record has it as a single value. ok is false
// otherwise; SystemLiteral and AppendSystem return the other forms.
func (d *Document) System(p Property) (v Value, ok bool) {
	if d.system == nil {
		return Value{}, false
	}
	in := &d.insts[d.systemAt]
	src := &d.system[p]
	if src.slot > 0 {
		slot := int(src.slot - 1)
		if in.unread {
			if v, ok = d.peek(in, slot); ok {
				return v, !v.IsNull()
			}
			d.fill()
		}
		v = d.value(in, slot)
		return v, !v.IsNull()
	}
	return Value{}, false
}

// Numbered reports whether the event has an id that is a number.
func (d *Document) Numbered() bool {
	if d.numbered {
		return true
	}
	if v, ok := d.System(EventID); ok {
		if _, ok := v.Uint(); ok {
			return true
		}
	}
	var buf [24]byte
	text, ok := d.AppendSystem(buf[:0], EventID)
	_, err := strconv.ParseUint(string(text), 10, 32)
	return ok && err == nil
}

// AppendSystem appends a property's text and reports whether the event has it.
func (d *Document) AppendSystem(dst []byte, p Property) (_ []byte, ok bool) {
	if v, ok := d.System(p); ok {
		return v.AppendText(dst), true
	}
	if d.system == nil {
		return dst, false
	}
	src := &d.system[p]
	if src.slot > 0 || src.nodes == nil {
		return dst, false
	}
	d.fill()
	d.limit = len(dst) + MaxOutput
	return d.appendContent(dst, &d.insts[d.systemAt], *src.nodes, -1, utf.Plain), true
}

// SystemLiteral returns a property that is literal text of the definition, "" otherwise.
func (d *Document) SystemLiteral(p Property) string {
	if d.system == nil {
		return ""
	}
	return d.system[p].text()
}
