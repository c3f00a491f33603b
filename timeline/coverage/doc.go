// Package coverage says what the logs of a host could have shown, and what they could not.
//
// A finding rests on events that were logged, and the absence of one means little where nothing
// would have logged it. New makes an Examiner of the hosts of a case; it works out a Coverage for
// each host that it is asked about:
//
//   - Sources: which kinds of telemetry that rules need are there (Sysmon process starts, logons,
//     script blocks), each with a SourceState;
//   - Channels: from when to when each log reaches, and how regular it usually is;
//   - Gaps: spans without records, each of a GapKind: the log was cleared, record ids are missing,
//     the log service was stopped, the log was silent while others went on;
//   - Notes: what happened to the logs, the clock and the audit, in sentences.
//
// Two questions go deeper. Coverage.Sight says how far events of some kinds could have been seen at
// all. Coverage.Absence says the same of a window in which none was seen: Full if it would have been
// logged, Partial or None where spans are Unseen, each with its Cause.
//
// Another log may have what one log lacks, so a span is blind only if all logs of the wanted kinds
// lack it. Nothing here knows a rule; package rules asks for the kinds that its stages need.
package coverage
