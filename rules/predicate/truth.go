package predicate

// Truth is the result of a predicate while some values may be Pending (Kleene's logic).
type Truth uint8

// The truth values.
const (
	False Truth = iota
	Maybe
	True
)

// String returns "false", "maybe" or "true".
func (t Truth) String() string { return [...]string{"false", "maybe", "true"}[t] }

func (t Truth) not() Truth { return True - t }
