package identity

import (
	"strings"
	"testing"
)

func TestBuildsWithoutACleanCommitAreToldApartByTheirSources(t *testing.T) {
	if got := build("c0ffee", false); got != "c0ffee" {
		t.Errorf("the build of a clean commit is %q, want the commit alone", got)
	}
	for _, c := range []struct {
		commit string
		dirty  bool
		want   string
	}{{unknown, false, "unknown+sources:"}, {"c0ffee", true, "c0ffee+changes+sources:"}} {
		got := build(c.commit, c.dirty)
		if sum, ok := strings.CutPrefix(got, c.want); !ok || len(sum) != shownHash {
			t.Errorf("the build of %q, dirty %t, is %q, want %s and %d digits", c.commit, c.dirty, got, c.want,
				shownHash)
		}
	}
}
