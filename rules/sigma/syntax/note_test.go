package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"hunt/rules/sigma/syntax"
)

// TestMistakesBeyondThoseThatAreListedAreTold holds for warnings, too: a document with more says so.
func TestMistakesBeyondThoseThatAreListedAreTold(t *testing.T) {
	t.Parallel()
	for _, n := range []int{20, 21, 60} {
		var b strings.Builder
		b.WriteString("title: x\nlogsource:\n  product: windows\ndetection:\n")
		for i := range n {
			fmt.Fprintf(&b, "  s%d:\n    Image|re: '('\n", i)
		}
		b.WriteString("  condition: 1 of s*\n")
		docs := syntax.Parse([]byte(b.String()), syntax.Options{})
		m := docs[0].Mistakes
		if len(m) != min(n, 21) {
			t.Fatalf("%d mistakes: %d told: %v", n, len(m), m)
		}
		last := m[len(m)-1].Msg
		if said := last == "there are more mistakes in this document, which are left out"; said != (n > 20) {
			t.Errorf("%d mistakes: the last that is told: %s", n, last)
		}
	}
}
