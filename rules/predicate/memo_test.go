package predicate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// overwritten is an event whose texts lie where those of the event before it lay.
type overwritten struct{ buf []byte }

func (e *overwritten) Values(_ FieldID, dst []Value) []Value {
	return append(dst, StringValue(unsafe.String(unsafe.SliceData(e.buf), len(e.buf))))
}

// What is remembered of a text must not change when the next event overwrites it: then another text
// in the same place would pass for the one before.
func TestRememberedTextsAreNotOverwritten(t *testing.T) {
	t.Parallel()
	p := Program{{Condition: Leaf(Field(1), In(true, []string{"even"}))}}
	set := NewSet([]Program{p})
	plan := set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	v, e := set.NewEvaluator(), &overwritten{buf: make([]byte, 4)}
	random := rand.New(rand.NewPCG(1, 2))
	for range 400_000 {
		text := "even"
		if random.IntN(2) == 0 {
			text = fmt.Sprintf("%04d", random.IntN(10_000))
		}
		copy(e.buf, text)
		if got := len(v.Eval(plan, e, nil)) == 1; got != (text == "even") {
			t.Fatalf("%q holds: %t", text, got)
		}
	}
}
