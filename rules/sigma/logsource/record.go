package logsource

import (
	"bytes"
	"strings"
	"unsafe"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// View returns the values of fields for one record after the other. It belongs to one goroutine. The texts that it
// returns are valid until the next Bind.
type View struct {
	fields *Fields
	rec    *evtx.Record
	kind   ViewKind
	shape  *shape
	last   *binxml.Template // the template of the current shape
	shapes map[*binxml.Template]*shape

	once bool // each value in one form: without trailing blanks

	buf    []byte
	values []string // of a view's field
	parts  []string
}

// maxShapes bounds the templates that a View keeps; a crafted log may have one per record.
const maxShapes = 1024

// maxKeptText bounds the memory that stays allocated after one huge event.
const maxKeptText = 1 << 20

// NewView returns a View over the fields, which must not grow any more.
func (fs *Fields) NewView() *View {
	return &View{fields: fs, shapes: map[*binxml.Template]*shape{}}
}

// shape is what is known of the records of a template.
type shape struct {
	names  []string // by position; "" of Data without a name
	folded []string
	loose  bool      // names may differ from record to record
	at     []int32   // by field: the number of its positions in lists, 0 if not computed yet
	lists  [][]int32 // the second means none
	byName map[string]int32
}

// Bind makes r the record whose values are read.
func (v *View) Bind(r *evtx.Record) { v.BindAs(r, ViewOf(r.Channel(), r.EventID())) }

// BindAs is Bind for a caller that knows the view of r's channel and event id.
func (v *View) BindAs(r *evtx.Record, kind ViewKind) {
	v.rec, v.kind = r, kind
	if cap(v.buf) > maxKeptText {
		v.buf = nil
	}
	v.buf = v.buf[:0]
	t := r.Template()
	if t == v.last && v.shape != nil && !v.shape.loose {
		return
	}
	v.last = t
	if v.shape = v.shapes[t]; v.shape != nil && !v.shape.loose {
		return
	}
	v.shape = v.newShape(r)
	if len(v.shapes) >= maxShapes {
		clear(v.shapes)
	}
	v.shapes[t] = v.shape
}

func (v *View) newShape(r *evtx.Record) *shape {
	n := r.NumData()
	s := &shape{
		names: make([]string, n), folded: make([]string, n),
		at: make([]int32, len(v.fields.defs)), lists: [][]int32{nil, nil}, byName: map[string]int32{},
	}
	t := r.Template()
	for i := range n {
		s.names[i] = r.DataAt(i).Name
		if t != nil && s.names[i] != t.FieldName(i) {
			s.loose = true
		}
		s.folded[i] = foldName(s.names[i])
	}
	return s
}

// AppendOnce is Append without the second forms that some values have for comparisons: a value with trailing blanks
// comes without them, a level as its number.
func (v *View) AppendOnce(dst []string, f Field) []string {
	v.once = true
	dst = v.Append(dst, f)
	v.once = false
	return dst
}

// Regular binds r and reports whether its values have the same names at the same positions in all
// records of its template.
func (v *View) Regular(r *evtx.Record) bool {
	v.Bind(r)
	return !v.shape.loose
}

// Reads appends the positions of the payload's values from which a field is made, in the bound record and all others of
// its template that are seen through the same view. Apart from these, its values depend only on the class of the event
// and on the System properties in common, which the events of a log often share. ok is false for fields that depend on
// anything else.
func (v *View) Reads(f Field, dst []int) (at []int, common evtx.Common, ok bool) {
	if f == Keywords || f == KeywordTexts {
		return dst, 0, false
	}
	def := &v.fields.defs[f]
	x := sysNone
	if def.first != sysNone {
		x = def.first
	} else if def.path.kind == aliasSystem {
		x = def.path.sys
	}
	if x == sysNone {
		if dst, x = v.readsPayload(f, dst); x == sysNone {
			return dst, 0, true
		}
	}
	common, ok = x.common()
	return dst, common, ok
}

// readsPayload is Reads for a field that does not come from System first: it may be System's value x if the payload
// does not have it.
func (v *View) readsPayload(f Field, dst []int) (at []int, x systemValue) {
	def := &v.fields.defs[f]
	positions := func(list []int32) []int {
		for _, i := range list {
			dst = append(dst, int(i))
		}
		return dst
	}
	switch {
	case def.path.kind == aliasAll:
		return v.everywhere(dst), sysNone
	case def.path.kind == aliasUserData && !v.rec.IsUserData(), def.dialect == System:
		return dst, sysNone
	}
	if def.dialect == Viewed && v.kind != NoView {
		if x, ok := views[v.kind].fields[def.folded]; ok {
			for _, name := range x.from {
				dst = positions(v.shape.find(name))
			}
			return dst, sysNone
		}
	}
	list := v.positions(f, def)
	switch {
	case len(list) > 0:
		return positions(list), sysNone
	case def.hash != "":
		return positions(v.shape.find("Hashes")), sysNone
	case def.last != sysNone:
		return dst, def.last
	case def.name == "Message":
		return v.everywhere(dst), sysNone
	}
	return dst, sysNone
}

// everywhere appends all positions.
func (v *View) everywhere(dst []int) []int {
	for i := range v.rec.NumData() {
		dst = append(dst, i)
	}
	return dst
}

// Append appends the values of a field: none if the record does not have it.
func (v *View) Append(dst []string, f Field) []string {
	switch f {
	case Keywords:
		return append(dst, v.all())
	case KeywordTexts:
		return append(dst, v.texts())
	}
	def := &v.fields.defs[f]
	if def.first != sysNone {
		return v.system(dst, def.first)
	}
	switch def.path.kind {
	case aliasSystem:
		return v.system(dst, def.path.sys)
	case aliasAll:
		return v.payload(dst)
	case aliasUserData:
		if !v.rec.IsUserData() {
			return dst
		}
	}
	if def.dialect == System {
		return dst
	}
	if def.dialect == Viewed && v.kind != NoView {
		if x, ok := views[v.kind].fields[def.folded]; ok {
			return v.viewed(dst, x)
		}
	}
	if at := v.positions(f, def); len(at) > 0 {
		for _, i := range at {
			dst = v.fieldAt(dst, int(i))
		}
		return dst
	}
	switch {
	case def.hash != "":
		return v.hash(dst, def.hash)
	case def.last != sysNone:
		return v.system(dst, def.last)
	case def.name == "Message":
		return v.payload(dst)
	}
	return dst
}

// positions returns where the record has a field's name.
func (v *View) positions(f Field, def *fieldDef) []int32 {
	s := v.shape
	if s.at[f] == 0 {
		name := def.name
		if def.path.name != "" {
			name = def.path.name
		}
		s.at[f] = s.number(name)
	}
	return s.lists[s.at[f]]
}

// find returns the positions of a name.
func (s *shape) find(name string) []int32 { return s.lists[s.number(name)] }

// number returns the number of the positions of a name: as it is written, or else regardless of case, blanks and
// underscores. Data without a name are called Data.
func (s *shape) number(name string) int32 {
	if n, ok := s.byName[name]; ok {
		return n
	}
	var exact, like []int32
	folded := foldName(name)
	for i := range s.names {
		at := int32(i) // #nosec G115 -- templates are bounded
		switch {
		case s.names[i] == name, name == "Data" && s.names[i] == "", attributeOf(s.names[i], name):
			exact = append(exact, at)
		case s.folded[i] == folded && folded != "":
			like = append(like, at)
		}
	}
	if exact == nil {
		exact = like
	}
	n := int32(1)
	if exact != nil {
		n = int32(len(s.lists)) // #nosec G115 -- as many as names that rules ask for
		s.lists = append(s.lists, exact)
	}
	s.byName[name] = n
	return n
}

// attributeOf reports whether the name of an attribute in UserData, "element/@attribute", is the
// one that a rule calls attribute or element_attribute.
func attributeOf(full, name string) bool {
	element, attribute, ok := strings.Cut(full, "/@")
	return ok && (name == attribute || len(name) == len(element)+1+len(attribute) &&
		strings.HasPrefix(name, element) && name[len(element)] == '_' && strings.HasSuffix(name, attribute))
}

// fieldAt appends the values at a position.
func (v *View) fieldAt(dst []string, i int) []string {
	f := v.rec.DataAt(i)
	n := f.Len()
	if n <= 1 {
		return v.text(dst, f)
	}
	for item := range n {
		dst = v.text(dst, f.Item(item))
	}
	return dst
}

// text appends a value; one with trailing blanks both as it is and without them.
func (v *View) text(dst []string, f evtx.Field) []string {
	mark := len(v.buf)
	v.buf = f.AppendText(v.buf)
	return v.value(dst, mark)
}

// value appends what was added to the buffer since mark.
func (v *View) value(dst []string, mark int) []string {
	b := v.buf[mark:]
	t := bytes.TrimRight(b, " ")
	if !v.once {
		dst = append(dst, text(b))
	}
	if v.once || len(t) < len(b) {
		dst = append(dst, text(t))
	}
	return dst
}

// text shares the bytes, which do not change until the next Bind: when the buffer grows, the texts keep the old one.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (v *View) system(dst []string, x systemValue) []string {
	mark := len(v.buf)
	var ok bool
	if v.buf, ok = appendSystem(v.buf, v.rec, x); !ok {
		v.buf = v.buf[:mark]
		return dst
	}
	dst = v.value(dst, mark)
	if n := int(v.rec.Level()); x == sysLevel && n < len(levelNames) && !v.once {
		dst = append(dst, levelNames[n])
	}
	return dst
}

// payload appends all values of EventData or UserData.
func (v *View) payload(dst []string) []string {
	for i := range v.rec.NumData() {
		dst = v.fieldAt(dst, i)
	}
	return dst
}

// all returns the text of all values, each followed by a line end.
func (v *View) all() string {
	mark := len(v.buf)
	for x := sysNone + 1; x < numSystem; x++ {
		at := len(v.buf)
		var ok bool
		if v.buf, ok = appendSystem(v.buf, v.rec, x); !ok {
			v.buf = v.buf[:at]
			continue
		}
		v.buf = append(v.buf, '\n')
	}
	for f := range v.rec.Fields() {
		v.buf = append(f.AppendText(v.buf), '\n')
	}
	return text(v.buf[mark:])
}

// texts is all without what can only be digits and the like.
func (v *View) texts() string {
	mark := len(v.buf)
	for _, s := range [...]string{v.rec.Provider(), v.rec.Channel(), v.rec.Computer()} {
		v.buf = append(append(v.buf, s...), '\n')
	}
	v.buf = v.rec.AppendSystemTexts(v.buf)
	for f := range v.rec.Fields() {
		if x, ok := f.Value(); !ok || x.IsText() {
			v.buf = append(f.AppendText(v.buf), '\n')
		}
	}
	return text(v.buf[mark:])
}

// Search searches in the parts of KeywordTexts; see predicate.Search.
type Search interface {
	Known(kind uint8, raw []byte) bool
	KnownText(text string) bool
	Loose()
	Find(text string) bool
}

// TextsLack reports whether a search finds nothing in any part of KeywordTexts.
func (v *View) TextsLack(x Search) bool {
	for _, s := range [...]string{v.rec.Provider(), v.rec.Channel(), v.rec.Computer()} {
		if !x.KnownText(s) && x.Find(s) {
			return false
		}
	}
	mark := len(v.buf)
	defer func() { v.buf = v.buf[:mark] }()
	v.buf = v.rec.AppendSystemTexts(v.buf)
	if s := text(v.buf[mark:]); s != "" && !x.KnownText(s) && x.Find(s) {
		return false
	}
	for f := range v.rec.Fields() {
		value, ok := f.Value()
		switch {
		case !ok:
			x.Loose()
		case !value.IsText() || x.Known(uint8(value.Type), value.Data):
			continue
		}
		v.buf = f.AppendText(v.buf[:mark])
		if x.Find(text(v.buf[mark:])) {
			return false
		}
	}
	return true
}

// viewed appends the value of a view's field.
func (v *View) viewed(dst []string, x viewField) []string {
	there := false
	v.parts = v.parts[:0]
	for _, name := range x.from {
		at := v.shape.find(name)
		if x.make == nil {
			for _, i := range at {
				dst = v.fieldAt(dst, int(i))
			}
			return dst
		}
		part := ""
		if len(at) > 0 {
			v.values = v.text(v.values[:0], v.rec.DataAt(int(at[0])))
			part, there = v.values[0], true
		}
		v.parts = append(v.parts, part)
	}
	if !there {
		return dst
	}
	s, ok := x.make(v, v.parts)
	if !ok {
		return dst
	}
	t := strings.TrimRight(s, " ")
	if !v.once {
		dst = append(dst, s)
	}
	if v.once || t != s {
		dst = append(dst, t)
	}
	return dst
}

// join joins texts in the buffer.
func (v *View) join(a, b, c string) string {
	mark := len(v.buf)
	v.buf = append(append(append(v.buf, a...), b...), c...)
	return text(v.buf[mark:])
}

// hash appends the hash with a name from Hashes: MD5=…,SHA256=….
func (v *View) hash(dst []string, name string) []string {
	for _, i := range v.shape.find("Hashes") {
		from := len(dst)
		dst = v.fieldAt(dst, int(i))
		list := dst[from:]
		dst = dst[:from]
		for _, s := range list[:min(1, len(list))] {
			for part := range strings.SplitSeq(s, ",") {
				if key, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(key), name) {
					dst = append(dst, value)
				}
			}
		}
	}
	return dst
}
