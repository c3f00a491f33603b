package hint

import "hunt/timeline/ecs"

// HoldsNumbers reports whether a field of events holds numbers.
func HoldsNumbers() func(field string) bool {
	schema := ecs.NewSchema()
	return func(field string) bool {
		_, typ, known := schema.Field(field)
		return known && (typ == ecs.TypeLong || typ == ecs.TypeFloat)
	}
}
