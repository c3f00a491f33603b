package host

import "strings"

// GoesBy reports whether one of the names, short or full, is a name of the host.
func (h *Host) GoesBy(names ...string) bool {
	short, _, _ := strings.Cut(h.ID, ".")
	for _, n := range names {
		if strings.EqualFold(n, h.ID) || strings.EqualFold(n, short) {
			return true
		}
		for _, own := range h.Aliases {
			if strings.EqualFold(n, own.Name) {
				return true
			}
		}
	}
	return false
}
