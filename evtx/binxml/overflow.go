package binxml

// charExpansion is the largest number of bytes of text that one byte of a record or of a definition
// gives, unless it is used more than once: a control character in code page text takes one byte, and six
// in JSON.
const charExpansion = 6

// Cut reports whether anything written of the document since it was parsed was cut at MaxOutput.
func (d *Document) Cut() bool { return d.cut }

// Weight returns the most bytes of text that the document gives if no value is used more than once and
// none is an array that repeats its element.
func (d *Document) Weight() int {
	w := charExpansion * len(d.raw)
	for i := range d.insts {
		w += d.insts[i].prog.weight
	}
	return w
}

// Repeats reports whether a definition refers to a value more than once.
func (d *Document) Repeats() bool {
	for i := range d.insts {
		if d.insts[i].prog.repeats {
			return true
		}
	}
	return false
}

// Overflows reports whether the text of the document exceeds MaxOutput, as JSON or as XML. For records
// as Windows writes them, a look at their templates decides. Others have to be written, which costs up
// to a few times MaxOutput: effort is the number of bytes that the caller grants, and is reduced by the
// bytes written; once it is used up, whatever might exceed the bound counts as exceeding it.
func (d *Document) Overflows(effort *int) bool {
	if !d.mayOverflow() {
		return false
	}
	if *effort <= 0 {
		return true
	}
	was := d.cut
	d.cut = false
	text := d.AppendJSON(nil)
	if *effort -= len(text); !d.cut {
		text = d.AppendXML(text[:0])
		*effort -= len(text)
	}
	beyond := d.cut
	d.cut = was
	return beyond
}

// mayOverflow returns false if a document certainly does not exceed MaxOutput.
func (d *Document) mayOverflow() bool {
	w, repeats := charExpansion*len(d.raw), false
	for i := range d.insts {
		in := &d.insts[i]
		w += in.prog.weight
		repeats = repeats || in.prog.repeats || in.arrays
	}
	if w > MaxOutput || d.repeated {
		return true
	}
	if !repeats && !d.unread {
		return false
	}
	d.fill()
	for i := range d.insts {
		if w += d.repeatedWeight(&d.insts[i]); w > MaxOutput {
			return true
		}
	}
	return false
}

// repeatedWeight returns the most bytes that an instance gives in addition to what Document.Weight
// counts: for values that are used more than once, and for elements that an array repeats.
func (d *Document) repeatedWeight(in *instance) int {
	w, items := 0, 0
	for i := range int(in.n) {
		s := &d.slots[int(in.first)+i]
		if i < len(in.prog.holes) && in.prog.holes[i].again() {
			w += int(in.prog.holes[i].times-1) * charExpansion * int(s.size)
		}
		if s.typ.IsArray() {
			items = max(items, d.countItems(s))
		}
	}
	if items > 1 {
		w += items * (w + in.prog.weight + charExpansion*len(d.raw))
	}
	return w
}
