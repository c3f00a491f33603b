package goevtx

// Defects lists every known defect.
func Defects() []Defect {
	var all []Defect
	for _, e := range explanations {
		all = append(all, e.defect)
	}
	return all
}
