package pack

import (
	"slices"
	"testing"

	"hunt/timeline/ecs"
)

func TestCategoriesAreThoseOfTheMappings(t *testing.T) {
	t.Parallel()
	var want []string
	schema := ecs.NewSchema()
	for _, m := range ecs.AllMapped() {
		values, _ := schema.Class("", m.Provider, m.EventID).Static(ecs.EventCategory)
		for _, v := range values {
			want = append(want, v.Str)
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(categories, want) {
		t.Errorf("categories %q, of the mappings %q", categories, want)
	}
}
