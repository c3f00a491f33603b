package waiting

import "hunt/evtx"

// Records counts the bytes of held records, each once, however many hold it. The zero value holds none. It belongs to
// one goroutine.
type Records struct {
	held map[evtx.Ref]*heldRecord
	size int64
}

// heldRecord is a record that is waiting.
type heldRecord struct {
	size  int64
	times int
}

// Size returns the size of all held records, in bytes.
func (r *Records) Size() int64 { return r.size }

// Hold counts a record of a size, in bytes.
func (r *Records) Hold(ref evtx.Ref, size int64) {
	if r.held == nil {
		r.held = map[evtx.Ref]*heldRecord{}
	}
	h := r.held[ref]
	if h == nil {
		h = &heldRecord{size: size}
		r.held[ref] = h
		r.size += size
	}
	h.times++
}

// Let removes one hold of a record.
func (r *Records) Let(ref evtx.Ref) {
	h := r.held[ref]
	if h == nil {
		return
	}
	if h.times--; h.times == 0 {
		r.size -= h.size
		delete(r.held, ref)
	}
}
