// Package timeline reads evidence once and puts it in order: hosts, processes, sessions, one total order of events
// per case with duplicates and twins merged, and what the logs could not have shown.
//
// Scan reads a collection (package evidence). One goroutine hashes the files and cuts them into slots; workers
// decode the slots, map the records (package ecs) and show each event to a Visitor. What they learn goes into a
// ledger (package ledger), within a memory budget (package spill). Batch.Portions gives the same case from shards
// (package shard) instead of evidence.
//
// A Case is made from the ledger. Its Hosts are resolved over all names that the records carry. A Host puts its
// history in order when it is asked for: Processes, Sessions, Logons, ClockChanges. Coverage says what its logs
// could have shown; Coverage.Absence and Coverage.Sight say how far they could have shown events of some kinds.
//
// Events that a Visitor kept are put in the total order by Case.Order, and Case.MergeTwins joins the Sysmon and the
// Security record of one process start. If there are more events than memory holds, an Index keeps where they are,
// and Case.Replay reads them again, in order. Case.Around reads again what surrounds a finding. A Walk
// does all of this for callers that only want the events in order.
package timeline
