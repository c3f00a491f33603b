package slot

import (
	"fmt"

	"hunt/evtx"
)

// maxSaid bounds the places with damage that are named for each file.
const maxSaid = 20

// Damaged counts the damage of one file that loses records, and reports it as text.
type Damaged struct {
	Path     string
	Complain func(text string)
	N        int // places
}

// Add adds damage.
func (d *Damaged) Add(ds []evtx.Damage) {
	for _, x := range ds {
		if x.Kind.LosesRecords() {
			if d.N++; d.N <= maxSaid {
				d.Complain(fmt.Sprintf("%s: %s: %s", d.Path, x.Kind, x.Detail))
			}
		}
	}
}

// End reports how many places were not named.
func (d *Damaged) End() {
	if d.N > maxSaid {
		d.Complain(fmt.Sprintf("%s: %d more places with damage", d.Path, d.N-maxSaid))
	}
}
