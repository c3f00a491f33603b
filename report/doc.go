// Package report holds the model of an incident report: what it says, the states it says it in, and the
// text that all of its forms share. It knows neither evidence nor rules; package build makes a Report from a
// result, and the writers lay one out.
//
// # The model
//
// A [Report] is plain data: every list is sorted, every time is in UTC, and every string that came from a
// log is raw text, which the writers mark and escape where they show it. The parts that a reader meets
// first are [Summary], the [Incident] values, which join [Finding] values by edges that can be checked, and
// [sight.HostCoverage], which says what the logs of a host could not have shown. A finding cites its [Evidence];
// each piece has a [Ref], which leads back to the bytes of one record, and [Ref.Cite] prints it.
//
// What code compares is typed: [Severity], [Status], [Verdict], [Confidence], [Action], [IndicatorType] and
// the like. Sentences are for people; nothing compares them.
//
// # Sections
//
// Package outline lists the parts of a report in their order. The page takes its contents, anchors and
// headings from it, the workbook its sheets. To add a section: the data in the model, an entry in
// outline.Sections, a part of the builder that makes the data, a template with the section's name, and a
// writer for each new sheet.
// docs/report.schema.json follows the model: go test ./report -run Schema -update.
//
// # JSON
//
// JSON is the report itself; HTML, XLSX and the terminal are views of it. [WriteJSON] writes one member per
// line, [ReadJSON] reads what it wrote. [Report.Normalize] fills what is missing, so that a reader never
// meets null where a list belongs; the writers call it.
package report
