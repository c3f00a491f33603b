// Package ledger holds what a scan gathers from the evidence before anything is interpreted: counts, facts, and
// where each record is.
//
// Each worker of a scan fills a Gathered. Its parts:
//
//   - ClassCount: how often a class of events was found under one Computer name, with DayCounts for
//     each of its days and hours;
//   - Chunk: which record ids one log has in one chunk, and where its times run against them;
//   - History: the facts that the history of a machine is made of: Start and End of processes, Logon,
//     and Notable, an event about the log, the clock or the audit. Large histories are packed and
//     put into Pasts until their machine is asked for;
//   - SIDVote: which machine SID a record gives to a Computer name;
//   - RecordKey: what a record says, as a hash, and where it is. Sorting the keys puts copies next to
//     each other: FindCopies.
//
// A Ledger takes what all workers gathered. Its content does not depend on which worker found what, so that the
// ledgers of many scans, kept in shards, join to that of one. A Case makes machines from it.
package ledger
