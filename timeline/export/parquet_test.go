package export

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report/reporttest"
)

// Names come from logs: no partition leaves its directory, is a reserved name, or meets another where case does not
// count.
func TestPartitionsOfHostileNamesAreHarmless(t *testing.T) {
	ids := append(reporttest.AttackList(), "", ".", "..", "...", "con", "CON", "nul.txt", "aux", "a", "A", "ab.", "ab",
		".ab", "a/b", `a\b`, "a:b", "../../x",
		"ws-1.corp.example", "ws-1.corp.example.", "%2E", "%2e", "__HIVE_DEFAULT_PARTITION__",
		"__hive_default_partition__", "straße", "STRASSE", "İ", "i̇",
		strings.Repeat("a", 300), strings.Repeat("a", 299)+"b", strings.Repeat("é", 100), strings.Repeat("é", 99)+"e",
		"(no computer name)")
	seen := map[string]string{}
	for _, id := range ids {
		name := hostDir(id)
		if other, ok := seen[strings.ToLower(name)]; ok && other != id {
			t.Errorf("%q and %q are both %s", id, other, name)
		}
		seen[strings.ToLower(name)] = id
		if !filepath.IsLocal(name) || filepath.Base(name) != name || len(name) > 255 ||
			strings.Trim(name, "=%~._-abcdefghijklmnopqrstuvwxyzABCDEF0123456789") != "" {
			t.Errorf("%q becomes %q", id, name)
		}
		if last := name[len(name)-1]; last == '.' || last == ' ' {
			t.Errorf("%q ends as Windows drops it", name)
		}
		if value, err := url.PathUnescape(strings.TrimPrefix(name, "host=")); len(id) < 60 &&
			(err != nil || value != id) {
			t.Errorf("%q is read from its partition as %q, %v", id, value, err)
		}
	}
}
