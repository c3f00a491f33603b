package report

import (
	"fmt"
)

// Sentence returns the absence as a page words it.
func (a *Absence) Sentence() string {
	return fmt.Sprintf("Looked for from %s to %s. %s", TimeText(a.From), TimeText(a.To), a.Text)
}
