package reference_test

import (
	"slices"
	"testing"

	"hunt/timeline/ecs/reference"
)

func TestFieldSetsAreExpandedWithTheirTypes(t *testing.T) {
	fields := reference.Fields()
	for name, want := range map[string]string{
		"process.pid": "long", "process.parent.hash.sha512": "keyword", "dll.code_signature.trusted": "boolean",
		"user.target.group.id": "keyword", "source.nat.ip": "ip", "event.risk_score": "float", "file.mtime": "date",
	} {
		if fields[name] != want {
			t.Errorf("%s is %q, want %q", name, fields[name], want)
		}
	}
	types := []string{"keyword", "long", "float", "boolean", "date", "ip"}
	for name, typ := range fields {
		if !slices.Contains(types, typ) {
			t.Errorf("%s has the type %q", name, typ)
		}
	}
}
