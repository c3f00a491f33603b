package html

import (
	"fmt"
	"strings"
	"testing"
)

// A step names its first hosts, and all others in a fold.
func TestAStepNamesEveryHost(t *testing.T) {
	var names []string
	for n := range 41 {
		names = append(names, fmt.Sprintf("ws-%02d<b>", n))
	}
	page := string(everyHost(names))
	for _, name := range names {
		if n := strings.Count(page, strings.ReplaceAll(strings.ReplaceAll(name, "<", "&lt;"), ">", "&gt;")); n != 1 {
			t.Errorf("%s stands there %d times", name, n)
		}
	}
	if !strings.Contains(page, "<summary>and 33 more</summary>") ||
		strings.Contains(string(everyHost(names[:8])), "details") {
		t.Error(page)
	}
}
