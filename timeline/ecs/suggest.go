package ecs

import (
	"hunt/spelling"
	"hunt/timeline/ecs/reference"
)

// Suggest returns the known name nearest to an unknown one, or "". Near means a different case, a missing or foreign
// prefix (process_name, parent.name), or at most a quarter of the characters wrong.
func (s *Schema) Suggest(name string) string {
	return spelling.NearestField(name, func(yield func(string) bool) {
		for f := noField + 1; int(f) < len(s.fields); f++ {
			if s.kinds[f] != kindUnknown && !yield(s.fields[f].name) {
				return
			}
		}
		for known := range reference.Fields() {
			if !yield(known) {
				return
			}
		}
	})
}
