package show

import (
	"fmt"
	"strings"
	"testing"
)

func TestMoreFilesThanAreNamedAreCounted(t *testing.T) {
	var paths []string
	for i := range maxNamed + 3 {
		paths = append(paths, fmt.Sprint("host", i, "/Security.evtx"))
	}
	if got := several(paths); !strings.HasSuffix(got, ", host9/Security.evtx, and 3 more") {
		t.Errorf("several names %q", got)
	}
	if got := several(paths[:2]); got != "host0/Security.evtx, host1/Security.evtx" {
		t.Errorf("several names %q", got)
	}
}
