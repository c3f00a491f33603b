// Package predicate decides which events satisfy which conditions. Every rule language of hunt
// compiles to it. It knows none of these languages, and nothing of EVTX: it asks an Event for the
// values of numbered fields.
//
// # From a rule to hits
//
// A Condition is a tree of And, Or and Not over leaves. Leaf is a Test of the values of one field:
// In, Integers, Matches, Regex, Compare, Text, CIDR. Exists asks for a value, FieldsMatch compares
// two fields, Computed uses whatever a language computes from several. A field may have many
// values; a leaf is true if any of them passes, and false if there is none.
//
// A Program is what one rule asks: a Stage for each event that it wants. The Source of a stage is
// what the class of an event decides (a log source, a category), its Condition the rest.
//
// A Set joins the programs of all rules, so that equal parts are one node. Narrow folds into it
// what is known of a class of events (channel, provider, event id), once per class; what can still
// be true is the Plan. An Evaluator, one for each goroutine, determines for each event of the class
// which stages it satisfies: its Hits.
//
// # Truth
//
// Values may be Pending: not known yet. A condition that depends on one is Maybe (Kleene's logic),
// and is evaluated again when the value is known. Without pending values everything is True or
// False. A condition depends only on the event's values, never on its file or its place, so that
// copies of an event need not be evaluated again.
//
// # The index
//
// A plan evaluates a stage only for events that have a text which the stage requires. Whole values,
// numbers and base names (a pattern that is any run, a backslash and a name) are looked up. All
// other literals, including those of regular expressions, are found in one pass over the folded
// value: a bitmap shows which positions may begin a literal, by grams of four bytes, and only those
// are compared. The leaves reuse what was found, and a regular expression runs only on values that
// have the literals which it requires.
//
// Case-insensitive comparison uses Unicode simple case folding, here and nowhere else.
package predicate
