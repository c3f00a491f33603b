// Package sequence makes matches from events: single events, ordered sequences with join keys, missing events and
// until, and samples. It knows no rule language and no EVTX.
//
// A language compiles a query to a Program (NewProgram): its Form, and for each stage a Term with the condition
// of package predicate and the join keys. Program.Conditions are what a predicate.Set evaluates, for all rules
// together and in any order of events.
//
// A Matcher runs one program over one ordered stream. Push takes an Item: an event, its time and the stages that
// it satisfies according to the evaluator. Each Match is emitted as soon as nothing that follows can prevent it;
// Close emits the rest. Sequences are Elasticsearch's: a newer event of a stage replaces an older one that is
// still waiting, `until` drops what is waiting, and maxspan is measured from the first event. A stage whose
// condition refers to an earlier event is Dependent: the matcher evaluates its condition itself.
//
// The memory is that of the waiting sequences, O(keys x stages). What one hostile event or key could make it grow
// to is bounded; Bitten is called for each bound that applies.
//
// Program.Run does all of this for one query over one stream.
package sequence
