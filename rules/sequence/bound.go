package sequence

import "hunt/limit"

// Bounds on what one event and one join key can make a program try. If one applies, a match may be missed.
var (
	BoundTuples = limit.Bound{ID: "eql-keys",
		Text: "a rule follows an event under the first 4,096 combinations of the values of its join keys", Loses: true}
	BoundWaiting = limit.Bound{ID: "eql-waiting", Loses: true,
		Text: "where the next step of a sequence refers to an earlier event, hunt follows the newest 256 unfinished " +
			"sequences of each join key"}
)

// bite reports a bound that applied to an event.
func (m *Matcher) bite(b limit.Bound, it Item) {
	if m.Bitten != nil {
		m.Bitten(b, it)
	}
}
