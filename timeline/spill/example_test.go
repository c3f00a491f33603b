package spill_test

import (
	"cmp"
	"encoding/binary"
	"fmt"

	"hunt/timeline/spill"
)

// Three workers sort numbers within the share that a budget gives to an index.
func ExampleSorter() {
	numbers := spill.Form[uint32]{
		Size:    4,
		Put:     func(b []byte, n *uint32) { binary.LittleEndian.PutUint32(b, *n) },
		Get:     func(b []byte, n *uint32) { *n = binary.LittleEndian.Uint32(b) },
		Compare: func(a, b uint32) int { return cmp.Compare(a, b) },
	}
	s := spill.NewSorter(numbers, spill.Budget(64<<20).Of(spill.Index), "")
	defer s.Close()
	for i, w := range s.Split(3) { // each may have a goroutine of its own
		w.Add(uint32(30 - 10*i))
	}
	for n, err := range s.Sorted() {
		fmt.Println(n, err)
	}
	// Output:
	// 10 <nil>
	// 20 <nil>
	// 30 <nil>
}

// A fact describes its encoding once; the same function writes and reads it.
func ExampleCoder() {
	type logon struct {
		user string
		kind int
	}
	code := func(c *spill.Coder, l *logon) {
		c.Text(&l.user)
		spill.Number(c, &l.kind)
	}
	w := spill.NewEncoder(nil)
	code(w, &logon{`CORP\anna`, 10})

	var back logon
	r := spill.NewDecoder(w.Bytes(), nil)
	code(r, &back)
	fmt.Println(back.user, back.kind, r.Err())
	// Output: CORP\anna 10 <nil>
}
