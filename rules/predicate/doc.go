// Package predicate decides which events satisfy which conditions. Every rule language of hunt
// compiles to it. It knows none of them, and nothing of EVTX: it asks an Event for the values of
// numbered fields.
//
// # From a rule to hits
//
// A Condition is a tree of And, Or and Not over leaves. Leaf is a Test of the values of one field:
// In, Integers, Matches, Regex, Compare, Text, CIDR. Exists asks for a value, FieldsMatch compares
// two fields, Computed takes whatever a language computes of several. A field may have many values;
// a leaf is true if any of them passes, and false if there is none.
//
// A Program is what one rule asks: a Stage for each event that it wants. The Source of a stage is
// what the class of an event decides (a log source, a category), its Condition the rest.
//
// A Set joins the programs of all rules, so that equal parts are one node. Narrow folds what is
// known of a class of events (channel, provider, event id) into it, once per class; what can still
// be true is the Plan. An Evaluator, one for each goroutine, tells for each event of the class
// which stages it satisfies: its Hits.
//
// # Truth
//
// Values may be Pending: not known yet. A condition that depends on one is Maybe (Kleene's logic),
// and is evaluated again when the value is known. Without pending values everything is True or
// False. A condition depends on the event's values only, never on its file or its place, so that
// copies of an event need not be evaluated again.
//
// # The index
//
// A plan evaluates a stage only for events that have a text which the stage requires. Whole values,
// numbers and base names (a pattern that is any run, a backslash and a name) are looked up. All
// other literals, those of regular expressions too, are found in one pass over the folded value:
// a bitmap tells which positions may begin a literal, by grams of four bytes, and only those are
// compared. What was found answers the leaves, and a regular expression runs only where the
// literals are that it requires.
//
// Case-insensitive comparison is by Unicode simple case folding, here and nowhere else.
package predicate
