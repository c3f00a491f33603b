package ecs

// Mapped is an event id that has a mapping of its own.
type Mapped struct {
	Provider string
	Source   Source
	EventID  uint32
}

// AllMapped returns every event id that has a mapping, in the order of the tables.
func AllMapped() []Mapped {
	var out []Mapped
	for i := range sources {
		for j := range sources[i].mappings {
			out = append(out, Mapped{sources[i].provider, sources[i].is, sources[i].mappings[j].id})
		}
	}
	return out
}
