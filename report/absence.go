package report

import "fmt"

// sentence is the absence as a page says it.
func (a *Absence) sentence() string {
	return fmt.Sprintf("Looked for from %s to %s. %s", timeText(a.From), timeText(a.To), a.Text)
}
