// Package stats counts events: how often, first, last and on how many hosts something is in the logs.
//
// A Count says what is counted: the Keys by which events are grouped, and in which Order the groups
// come. It goes through the evidence as a timeline does (timeline.Walk), so that copies of a record
// and the two records of one process start are one event, and takes of each event only its keys.
// Groups are added up in a spill.Tally, within the budget of memory, whatever their number.
//
// Overview is the count that needs no second look at the evidence: what is in these logs. Stacks
// are counts of what intruders bring (services, tasks, programs, commands, domains), where the
// rare comes first; Fold makes spellings of one thing one.
package stats
