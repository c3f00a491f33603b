package build

import (
	"hunt/report"
	"hunt/timeline/ledger"
)

// method says how the result was reached.
func (b *builder) method() report.Method {
	clock := "TimeCreated, when the event was written"
	if b.cs.Clock == ledger.ClockUTC {
		clock = "Sysmon's UtcTime, when the event happened, and TimeCreated for all other events"
	}
	return report.Method{
		Paragraphs: []report.KeyValue{
			{Key: "Reading", Value: "hunt finds logs by content. It reads every 64 KiB chunk by position, whatever " +
				"the headers claim, and reports checksums that do not match. Where a chain of records is broken, " +
				"it resumes at the next record. What cannot be decoded is listed as damage and never shown as an " +
				"event."},
			{Key: "Order", Value: "All times are UTC, to 100 ns. Events are ordered by " + clock +
				", then by channel, record id and place in the evidence. Exact copies of an event count once, and " +
				"a Sysmon 1 and the Security 4688 of the same process start are one event; either way, all " +
				"references are kept."},
			{Key: "Rules", Value: "Rules are written in EQL, KQL or Sigma. Each stage is evaluated on every " +
				"event; sequences are " +
				"matched on the ordered hits of one join key. A finding's confidence comes from process lineage, " +
				"provenance " +
				"and rarity, not from the rule's name. Suppressed matches stay listed with the reason."},
			{Key: "Coverage", Value: "For each host and source the report says whether events are present, partly " +
				"there, absent or cleared. Where a rule had nothing to look at, it is listed as blind: that it " +
				"found nothing there means nothing."},
			{Key: "Derived values", Value: "Values that hunt worked out (a parent found by process id, a user's " +
				"SID found by the logon session, the host's identity) are listed under hunt.derived in each event; " +
				"all else is as logged."},
		},
		Glossary: []report.KeyValue{
			{Key: "EventRecordID", Value: "the number that the event log service gave the event; the header record " +
				"id can differ in exported logs"},
			{Key: "TimeCreated / UtcTime", Value: "when the record was written / when Sysmon says it happened"},
			{Key: "linked chain", Value: "all stages matched, joined by process lineage or provenance"},
			{Key: "incomplete chain", Value: "a stage is missing, or the stages are joined by host and time only"},
			{Key: "single event", Value: "one event that matches a rule by itself"},
			{Key: "inferred", Value: "of a process: its own start was not logged, and a child's record names it; " +
				"or its parent was found by process id and time, within one boot, with no record missing, and the " +
				"basis says so"},
			{Key: "twin", Value: "the Security 4688 of a start that Sysmon 1 logged too"},
			{Key: "mark of the web", Value: "the Zone.Identifier stream that a browser writes beside a downloaded " +
				"file"},
			{Key: "carved", Value: "recovered from behind the live records of a chunk, or from outside any chunk"},
		},
		Verify: "hunt verify REPORT.json --evtx EVIDENCE",
	}
}
