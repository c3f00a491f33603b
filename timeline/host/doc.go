// Package host finds out which Computer names in logs are one host, and puts what the logs say about each host in
// order: processes, sessions, clocks.
//
// Resolve takes a ledger, which holds what a scan gathered, and returns a Set. Two names become one
// host only for a reason that holds in court: the analyst's Map says so, one is the short form of
// the other, one log's numbering goes on through the change of name, or one machine SID stands
// behind both and nothing speaks against it. Host.Why returns the reasons as sentences. Names that could
// be one host but need not be stay apart.
//
// A Host is asked, and answers from its history:
//
//   - Processes, ProcessOf and ProcessWith: which process started or acted. Parents are found by
//     ProcessGuid, else by process id and time, within the boundaries (starts of the system,
//     cleared logs) beyond which an id may mean another process. Process.Basis says what a link
//     rests on;
//   - Sessions, SessionOf and Logons: who was logged on, from where;
//   - ClockChanges, Stretch and TimeMark: when the clock was set, and which times occur twice;
//   - Notables, BootHours, NextOf and NextFact: what its logs tell of themselves, for coverage;
//   - Enrich: the fields of an event that its record alone could not tell.
//
// Histories are large. A Set keeps as many in memory as its budget allows and builds the others
// again when they are asked for, so that pointers to processes may differ from call to call:
// Process.Key tells which are the same. A Set may be used by many goroutines.
package host
