package spill

// Budget is the memory that a run may take, in bytes. 0 means DefaultBudget. Code whose data grow with the
// evidence takes a share of it, and puts what exceeds the share into a temporary file.
type Budget int64

// DefaultBudget is the budget of a run that states none.
const DefaultBudget Budget = 512 << 20

// Share names a part of the budget.
type Share int

// The shares. An unused share is not available to the others: each is sized for the moment at which it is full.
const (
	Templates  Share = iota // the collector: compiled templates of all workers
	Keys                    // the collector: where each record is, to find its copies
	Histories               // the collector: facts of hosts' histories that workers hold
	Candidates              // events that may satisfy a rule, kept with their records
	Dismissed               // records known to satisfy no rule
	Processes               // tables of processes and sessions
	Rules                   // predicates of rules, folded for each class of events; they are not spilled
	Index                   // the order of a timeline's records: as they are found, and as they are put in order
	Replay                  // events that are read again, a batch at a time
	Rows                    // lines that wait for the lines of other groups of hosts
	Hits                    // where the events are that findings stand for
	Report                  // what the report holds beside the findings; it is not spilled
	Beside                  // hosts, counts and listed findings, which are not spilled, and gaps between objects
	shareCount
)

// parts is the number of parts in the whole budget; shares are counted in them.
const parts = 64

// shares is the one table of who may take how much. It sums to parts, which a test checks.
var shares = [shareCount]int64{
	Templates:  4,
	Keys:       6,
	Histories:  4,
	Candidates: 10,
	Dismissed:  1,
	Processes:  7,
	Beside:     17,
	Rules:      3,
	Index:      5,
	Replay:     3,
	Rows:       2,
	Hits:       1,
	Report:     1,
}

// Of returns a share in bytes, at least 1.
func (b Budget) Of(s Share) int64 {
	if b <= 0 {
		b = DefaultBudget
	}
	return max(int64(b)/parts*shares[s]+int64(b)%parts*shares[s]/parts, 1)
}
