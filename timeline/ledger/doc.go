// Package ledger holds what a scan gathers of the evidence before anybody interprets it: counts, facts, and where
// each record is.
//
// Each worker of a scan fills a Gathered. Its parts:
//
//   - ClassCount: how often a class of events was met under one Computer name, with DayCounts for each
//     of its days and hours;
//   - Chunk: which record ids one log has in one chunk, and where its times run against them;
//   - History: the facts that the history of a machine is made of: Start and End of
//     processes, Logon, and Notable, an event about the log, the clock or the audit. Histories that are many are put
//     away in Pasts, packed, until their machine is asked for;
//   - SIDVote: which machine SID a record gives to a Computer name;
//   - RecordKey: what a record says, as a hash, and where it stands. Sorted, the keys bring copies
//     together: FindCopies.
//
// A Ledger takes what all workers gathered. Nothing in it depends on which worker met what, so that the ledgers of
// many scans, kept in shards, join to that of one. A Case makes machines of it.
package ledger
