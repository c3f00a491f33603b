// Package host finds out which Computer names in logs are one host, and puts what the logs say about each host in
// order: processes, sessions, clocks.
//
// Resolve takes a ledger, which holds what a scan gathered, and returns a Set. Two names become one host only for
// a reason that holds in court: the analyst's Map says so, one is the short form of the other, one log's
// numbering continues through the change of name, or both have the same machine SID and nothing contradicts.
// Host.Why returns the reasons as sentences. Names that could be one host but need not be stay apart.
//
// A Host answers questions from its history:
//
//   - Processes, ProcessOf and ProcessWith: which process started or acted. Parents are found by
//     ProcessGuid, or else by process id and time, within the boundaries (starts of the system,
//     cleared logs) beyond which an id may mean another process. Process.Basis says what a link
//     rests on;
//   - Sessions, SessionOf and Logons: who was logged on, from where;
//   - ClockChanges, Stretch and TimeMark: when the clock was set, and which times occur twice;
//   - Notables, BootHours, NextOf and NextFact: what its logs say about themselves, for coverage;
//   - Enrich: the fields of an event that its record alone does not have.
//
// Histories are large. A Set keeps as many in memory as its budget allows and builds the others again on demand,
// so that pointers to processes may differ from call to call: compare Process.Key instead. A Set is safe for
// concurrent use.
package host
