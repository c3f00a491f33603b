// Package stats counts events: how often, first, last and on how many hosts something is in the logs.
//
// A Count says what is counted: the Keys by which events are grouped, and the Order of the groups. It
// goes through the evidence as a timeline does (timeline.Walk), so that copies of a record and the
// two records of one process start count as one event, and takes only the keys of each event. Groups
// are added up in a spill.Tally, within the memory budget, whatever their number.
//
// Overview is the count that needs no second reading of the evidence: what is in these logs. Stacks
// are counts of what intruders bring (services, tasks, programs, commands, domains), with the rare
// first; Fold makes different spellings of one thing equal.
package stats
