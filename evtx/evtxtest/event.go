package evtxtest

import "time"

// An Event is the content of one record. Zero values are sensible defaults throughout: an Event
// with a provider and an id can be written.
type Event struct {
	Provider        string
	GUID            string // provider GUID; empty: the provider has none
	EventSourceName string
	Channel         string
	Computer        string
	EventID         uint16
	Qualifiers      uint16 // written if not 0, or if the event is Classic or has an EventSourceName
	Version         uint8
	Level           uint8
	Task            uint16
	Opcode          uint8
	Keywords        uint64
	Time            time.Time // TimeCreated
	Written         time.Time // of the record header; zero: Time
	RecordID        uint64    // EventRecordID; 0: one more than that of the record before
	HeaderID        uint64    // record id of the record header; 0: RecordID
	UserID          string    // SID; empty: none
	ActivityID      string
	RelatedID       string
	ProcessID       uint32
	ThreadID        uint32
	// Classic events come from sources without a manifest: unnamed Data as one
	// string array, then Binary.
	Classic  bool
	Data     []Pair
	UserData *UserData // instead of Data
}

// A Pair is one item of the payload.
type Pair struct {
	Name  string // the Name attribute of Data, or the name of the element in UserData; empty: unnamed Data
	Value Value
	// Element is the element's name if it is not Data: Binary, ComplexData.
	Element string
}

// UserData is a payload with elements of its own.
type UserData struct {
	Element string
	XMLNS   string
	Fields  []Pair
}

// Str returns a string pair, by far the most frequent kind.
func Str(name, text string) Pair { return Pair{Name: name, Value: String(text)} }

const eventXMLNS = "http://schemas.microsoft.com/win/2004/08/events/event"

// body lays the event out as the service does. There are two layouts: events
// of manifest providers take provider and channel from the value table (18
// values); UserData, classic and renamed sources have them as literals in their
// template (20 values).
func (e *Event) body(known forms) Body {
	f := known.of(e)
	related, payload := uint16(13), uint16(17)
	if e.literal() {
		related, payload = 18, 19
	}
	values := make([]Value, payload+1)
	values[0] = Uint8(e.Level)
	values[1] = Uint8(e.Opcode)
	values[2] = Uint16(e.Task)
	values[3] = Uint16(e.EventID)
	if e.Qualifiers != 0 || e.Classic || e.EventSourceName != "" {
		values[4] = Uint16(e.Qualifiers)
	}
	values[5] = Hex64(e.Keywords)
	values[6] = Filetime(e.Time)
	values[7] = optionalGUID(e.ActivityID)
	values[8] = Uint32(e.ProcessID)
	values[9] = Uint32(e.ThreadID)
	values[10] = Uint64(e.RecordID)
	values[11] = Uint8(e.Version)
	if e.UserID != "" {
		values[12] = SID(e.UserID)
	}
	values[related] = optionalGUID(e.RelatedID)
	if !e.literal() {
		values[14], values[15], values[16] = f.provider, f.guid, f.channel
	}
	values[payload] = BinXML(Body{Instance{Template: f.payload, Values: e.payloadValues()}})
	return Body{Instance{Template: f.top, Values: values}}
}

// literal reports whether provider and channel are literals in the event's template.
func (e *Event) literal() bool {
	return e.Classic || e.UserData != nil || e.EventSourceName != "" || e.GUID == ""
}

// system returns the template of the event's outer part.
func (e *Event) system() *Template {
	related, payload := uint16(13), uint16(17)
	provider, channel := []Attr{attr("Name", opt(14, TypeString)), attr("Guid", opt(15, TypeGUID))},
		Node(opt(16, TypeString))
	if e.literal() {
		related, payload = 18, 19
		provider, channel = []Attr{attr("Name", Text(e.Provider))}, Text(e.Channel)
		if e.GUID != "" {
			provider = append(provider, attr("Guid", Text(e.GUID)))
		}
		if e.EventSourceName != "" {
			provider = append(provider, attr("EventSourceName", Text(e.EventSourceName)))
		}
	}
	system := Element{Name: "System", Children: []Node{
		Element{Name: "Provider", Attrs: provider},
		Element{Name: "EventID", Attrs: []Attr{attr("Qualifiers", opt(4, TypeUint16))},
			Children: []Node{opt(3, TypeUint16)}},
		leaf("Version", opt(11, TypeUint8)),
		leaf("Level", opt(0, TypeUint8)),
		leaf("Task", opt(2, TypeUint16)),
		leaf("Opcode", opt(1, TypeUint8)),
		leaf("Keywords", opt(5, TypeHex64)),
		Element{Name: "TimeCreated", Attrs: []Attr{attr("SystemTime", opt(6, TypeFiletime))}},
		leaf("EventRecordID", opt(10, TypeUint64)),
		Element{Name: "Correlation", Attrs: []Attr{attr("ActivityID", opt(7, TypeGUID)),
			attr("RelatedActivityID", opt(related, TypeGUID))}},
		Element{Name: "Execution", Attrs: []Attr{attr("ProcessID", opt(8, TypeUint32)),
			attr("ThreadID", opt(9, TypeUint32))}},
		leaf("Channel", channel),
		leaf("Computer", Text(e.Computer)),
		Element{Name: "Security", Attrs: []Attr{attr("UserID", opt(12, TypeSID))}},
	}}
	children := []Node{system, opt(payload, TypeBinXML)}
	if e.UserData != nil {
		children[1] = leaf("UserData", opt(payload, TypeBinXML))
	}
	return &Template{Nodes: []Node{Element{Name: "Event", Attrs: []Attr{attr("xmlns", Text(eventXMLNS))},
		Children: children}}}
}

// payload returns the template of EventData or UserData.
func (e *Event) payload() *Template {
	var root Element
	switch u := e.UserData; {
	case u != nil:
		root.Name = u.Element
		if u.XMLNS != "" {
			root.Attrs = []Attr{attr("xmlns", Text(u.XMLNS))}
		}
		for i, p := range u.Fields {
			root.Children = append(root.Children, leaf(p.Name, sub(i, p.Value)))
		}
	case e.Classic:
		// A source without a manifest: value 0 is the array of strings, 1 the length of
		// the binary data, 2 the binary data.
		no := false
		root = Element{Name: "EventData", Dependent: &no,
			Children: []Node{leaf("Data", opt(0, TypeString|TypeArray)), leaf("Binary", opt(2, TypeBinary))}}
	default:
		root.Name = "EventData"
		for i, p := range e.Data {
			el := Element{Name: "Data", Children: []Node{sub(i, p.Value)}}
			if p.Element != "" {
				el.Name = p.Element
			}
			if p.Name != "" {
				el.Attrs = []Attr{attr("Name", Text(p.Name))}
			}
			root.Children = append(root.Children, el)
		}
	}
	return &Template{Nodes: []Node{root}}
}

// payloadValues returns the values for the payload's template.
func (e *Event) payloadValues() []Value {
	if e.Classic && e.UserData == nil {
		return e.classicValues()
	}
	pairs := e.pairs()
	values := make([]Value, len(pairs))
	for i := range pairs {
		values[i] = pairs[i].Value
	}
	return values
}

func (e *Event) classicValues() []Value {
	var texts []string
	values := []Value{Null(), Uint32(0), Null()}
	for _, p := range e.Data {
		if p.Value.Type == TypeBinary {
			values[1], values[2] = Uint32(uint32(len(p.Value.Data))), p.Value
			continue
		}
		texts = append(texts, p.Value.Text())
	}
	if len(texts) > 0 {
		values[0] = Strings(texts...)
	}
	return values
}

// pairs returns the items of the payload.
func (e *Event) pairs() []Pair {
	if e.UserData != nil {
		return e.UserData.Fields
	}
	return e.Data
}

func attr(name string, value Node) Attr { return Attr{Name: name, Value: []Node{value}} }

func leaf(name string, content Node) Element { return Element{Name: name, Children: []Node{content}} }

// sub returns the substitution for a value; for an absent one the declared type is string, as a
// definition has no null type.
func sub(index int, v Value) Sub {
	if v.Type == TypeNull {
		return Sub{Index: uint16(index), Type: TypeString}
	}
	return Sub{Index: uint16(index), Type: v.Type}
}

func opt(index uint16, t Type) Sub { return Sub{Index: index, Type: t, Optional: true} }

func optionalGUID(s string) Value {
	if s == "" {
		return Null()
	}
	return GUID(s)
}
