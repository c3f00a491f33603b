package binxml

// Form is what the JSON of all records of one shape has in common. Forms can be compared with ==.
type Form struct {
	program *jsonProgram
	items   int // unnamed Data
}

// Place is where a value is in the JSON of a record.
type Place struct {
	Value int // which of the values of its form it is
	// From and To are where it begins and ends: a string with its quotes, a number, true, false or null.
	From, To int
}

// valueRef is a value of a program.
type valueRef struct {
	slotRef
	null bool // it is written as null where it is empty
}

const (
	// maxSeldom bounds the values of a form that may be left out: each has one bit.
	maxSeldom = 64
	// longestByte is how many bytes of JSON one byte of a value can become, and longestShort how many a short value
	// can add to that: 01 becomes \u0001, and an empty GUID has 38 characters.
	longestByte, longestShort = 6, 64
	// fewItems bounds the unnamed Data of a record that has a form; each number of them is a form of its own.
	fewItems = 64
)

// describe works out what a program's records have in common.
func (p *jsonProgram) describe() {
	p.form = true
	for i := range p.steps {
		st := &p.steps[i]
		st.value = int32(len(p.values))
		add := func(slot int32) {
			p.values = append(p.values, valueRef{slotRef{st.inst, slot}, st.kind == stepLeaf})
		}
		seldom := func(slot int32) {
			p.seldom = append(p.seldom, int32(len(p.values)))
			add(slot)
		}
		switch st.kind {
		case stepWalk, stepWalkData:
			p.form = false
		case stepLeaf, stepData:
			add(st.slot)
		case stepOptional:
			seldom(st.slot)
		case stepAttrs:
			for j := range st.el.attrs {
				if a := &st.el.attrs[j]; a.ready == "" {
					seldom(a.only)
				}
			}
			if st.el.only >= 0 {
				seldom(st.el.only)
			}
		}
	}
	size := p.size + (len(p.values)+fewItems)*longestShort + longestByte<<16
	for i := range p.steps {
		st := &p.steps[i]
		size += len(st.before)
		if st.kind == stepAttrs {
			for j := range st.el.attrs {
				size += len(st.el.attrs[j].key) + len(st.el.attrs[j].ready)
			}
		}
	}
	p.form = p.form && size < MaxOutput && len(p.seldom) <= maxSeldom && !p.shares()
}

// shares reports whether several values of a program come from the same value of the record.
func (p *jsonProgram) shares() bool {
	seen := map[slotRef]bool{}
	for _, v := range p.values {
		if seen[v.slotRef] {
			return true
		}
		seen[v.slotRef] = true
	}
	return false
}

// Form returns the form of the document, and one bit for each value that records of the form may lack, in order: 1 if
// this record has it. Two documents of one form with the same bits have the same JSON except for their values. ok is
// false if the document has no form.
func (d *Document) Form() (f Form, present uint64, ok bool) {
	if len(d.insts) == 0 || len(d.raw) > 1<<16 {
		return f, 0, false
	}
	d.fill()
	p := d.Template().program(d)
	if p == nil || !p.form || !p.fits(d) {
		return f, 0, false
	}
	f.program = p
	if p.list >= 0 {
		d.readItems(p)
		if f.items = len(d.items); f.items > fewItems {
			return f, 0, false
		}
	}
	for i, n := range p.seldom {
		if !d.emptySlot(d.formSlot(p, int(n))) {
			present |= 1 << i
		}
	}
	return f, present, true
}

func (d *Document) formSlot(p *jsonProgram, i int) *slot {
	if i >= len(p.values) {
		return &d.items[i-len(p.values)]
	}
	v := &p.values[i]
	return &d.slots[d.insts[v.inst].first+v.slot]
}

// FormValue returns value i of the document, whose form is f.
func (d *Document) FormValue(f Form, i int) Value { return d.slotValue(d.formSlot(f.program, i)) }

// AppendFormValue appends value i of the document, whose form is f, as AppendJSON writes it.
func (d *Document) AppendFormValue(dst []byte, f Form, i int) []byte {
	empty := `""`
	if p := f.program; i < len(p.values) && p.values[i].null {
		empty = "null"
	}
	d.limit = len(dst) + MaxOutput
	return d.jsonSlot(dst, d.formSlot(f.program, i), empty)
}

// AppendJSONPlaces appends the same as AppendJSON for a document that has a form, and returns where its values stand
// in dst. The places are valid until the next call.
func (d *Document) AppendJSONPlaces(dst []byte) (_ []byte, places []Place) {
	d.places, d.traced = d.places[:0], true
	dst = d.AppendJSON(dst)
	d.traced = false
	return dst, d.places
}

// trace notes where a value of a program stands.
func (d *Document) trace(value int32, from, to int) {
	d.places = append(d.places, Place{int(value), from, to})
}
