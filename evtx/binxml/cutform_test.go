package binxml

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestACutRecordIsTheSameInBothForms has records whose text ends at MaxOutput: one value of control characters stands
// in many places, named or not. The compiled form leaves out what the tree leaves out.
func TestACutRecordIsTheSameInBothForms(t *testing.T) {
	value := make([]byte, 50_000) // each character is six bytes of JSON
	for i := 0; i < len(value); i += 2 {
		value[i] = 1
	}
	for name, element := range map[string]func(*chunkBuilder, int) *chunkBuilder{
		"named Data": func(c *chunkBuilder, i int) *chunkBuilder {
			return c.open("Data", true).attr("Name").text(fmt.Sprint("n", i))
		},
		"unnamed Data": func(c *chunkBuilder, _ int) *chunkBuilder { return c.open("Data", false) },
		"elements":     func(c *chunkBuilder, i int) *chunkBuilder { return c.open(fmt.Sprint("n", i), false) },
		"elements with an attribute": func(c *chunkBuilder, i int) *chunkBuilder {
			return c.open(fmt.Sprint("n", i), true).attr("a").text("b")
		},
	} {
		for _, times := range []int{6, 9} { // a little less than is cut, and more
			c := newChunk()
			c.instance(1, func(c *chunkBuilder) {
				c.fragment().open("Event", false).closeStart().open("EventData", false).closeStart()
				for i := range times {
					element(c, i).closeStart().subst(0, TypeString).end()
				}
				c.end().open("After", false).closeStart().text("after").end().end().eof()
			}, Value{TypeString, value})
			doc, err := c.parse(t, 512)
			if err != nil {
				t.Fatal(err)
			}
			out := doc.AppendJSON(nil)
			cut := doc.Cut()
			tree := doc.AppendTreeJSON(nil)
			if !json.Valid(out) || string(out) != string(tree) {
				t.Errorf("%s, %d times: %d bytes compiled, %d by the tree; they end with %q and %q", name, times,
					len(out), len(tree), out[max(0, len(out)-80):], tree[max(0, len(tree)-80):])
			}
			if cut != (times > 6) {
				t.Errorf("%s, %d times: cut is %t", name, times, cut)
			}
		}
	}
}
