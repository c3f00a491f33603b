// Package rules runs a pack of rules over evidence, and says what they found, what they could not
// have found, and why.
//
// # A run
//
// Run takes evidence (a Scanner, such as timeline.Of a collection of logs), a pack.Pack of rules and
// tuning (pack.Load reads one), and Options. It returns a Result: the Findings, and a RuleResult for
// each rule.
//
//  1. Every rule of the pack is compiled, whatever its language, to a sequence.Program. A rule that
//     does not run is a RuleResult with a reason, never an error of the run.
//  2. One scan reads the evidence. Each worker compares every event with the conditions of all
//     stages together (package predicate) and keeps the candidates. What depends on the history of
//     a host stays Maybe. Beyond the memory budget candidates are indexed and read again.
//  3. The candidates are put in the total order, copies and the two records of one process start
//     are merged, and Maybe is settled.
//  4. Events go to the matchers (packages sequence and window), host by host, or over all hosts for
//     rules that join them. Each match is a Finding.
//  5. All findings are judged together: Confidence with its reasons, tuning, labels, order. Then
//     Result says for each rule on which hosts it was blind, because nothing that was logged
//     there could satisfy it, and for each stage which kinds of events it needs.
//
// The result depends on the evidence, the pack and the options, not on the number of workers or the
// memory. Memory is O(candidates), up to the budget.
//
// Merge does the same for evidence that was scanned into shards. Match does the part of a run that
// concerns single hosts, for a group of hosts; Combine joins what Match found in all groups.
//
// # Related packages
//
// Query runs one query in the same way. Package stage applies a condition to the events of a
// timeline, package explanation says stage by stage why a rule did or did not match on a host at a
// given time, and package casetest runs the cases of rules. docs/rules.md explains how confidence
// is judged and lists the rules that ship with hunt.
package rules
