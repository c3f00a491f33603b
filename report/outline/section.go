// Package outline lists the sections of a report and the sheets of its workbook, each once and in its order: the
// page draws its contents, anchors and headings from here, and the workbook its sheets.
package outline

import (
	"slices"
	"strconv"

	"hunt/report"
)

// SectionID names a section of the report.
type SectionID string

// The sections, in their order.
const (
	SectionHeader          SectionID = "header"
	SectionSummary         SectionID = "summary"
	SectionRecommendations SectionID = "recommendations"
	SectionUnseen          SectionID = "unseen"
	SectionIncidents       SectionID = "incidents"
	SectionFindings        SectionID = "findings"
	SectionTimeline        SectionID = "timeline"
	SectionHosts           SectionID = "hosts"
	SectionIndicators      SectionID = "indicators"
	SectionCoverage        SectionID = "coverage"
	SectionScope           SectionID = "scope"
	SectionEvidence        SectionID = "evidence"
	SectionMethod          SectionID = "method"
	SectionChanges         SectionID = "changes" // only where the report was compared with an earlier one
)

// SheetID is the name of a sheet of the workbook.
type SheetID string

// The sheets.
const (
	SheetSummary    SheetID = "Summary"
	SheetIncidents  SheetID = "Incidents"
	SheetFindings   SheetID = "Findings"
	SheetDetails    SheetID = "Details"
	SheetSteps      SheetID = "Steps"
	SheetTimeline   SheetID = "Timeline"
	SheetHosts      SheetID = "Hosts"
	SheetAccounts   SheetID = "Accounts"
	SheetMovement   SheetID = "Movement"
	SheetIndicators SheetID = "Indicators"
	SheetCoverage   SheetID = "Coverage"
	SheetGaps       SheetID = "Gaps"
	SheetEvidence   SheetID = "Evidence"
	SheetDamage     SheetID = "Damage"
	SheetRecords    SheetID = "Records"
	SheetRules      SheetID = "Rules"
	SheetRuleTexts  SheetID = "RuleTexts"
	SheetHistogram  SheetID = "Histogram"
	SheetAbout      SheetID = "About"
	SheetChanges    SheetID = "Changes"
)

// Section is a part of the report as people read it. Its place in Sections is its number; the page draws
// its contents and its anchors from here, and the workbook its sheets.
type Section struct {
	ID     SectionID
	Nav    string                    // in the table of contents
	Title  string                    // above the section
	Count  func(*report.Report) int  // what the table of contents counts beside the name, or nil
	Sheets []SheetID                 // of the workbook that hold it; SheetSummary holds those that have none
	Shown  func(*report.Report) bool // whether a report has it at all; nil for what every report has
}

// Sections are all sections, in the order of the page.
var Sections = []Section{
	{ID: SectionHeader, Nav: "Header"},
	{ID: SectionSummary, Nav: "Verdict", Title: "Verdict"},
	{ID: SectionRecommendations, Nav: "Do now", Title: "Do now",
		Count: func(r *report.Report) int { return len(r.Recommendations) }},
	{ID: SectionUnseen, Nav: "Could not be seen", Title: "What could not be seen"},
	{ID: SectionIncidents, Nav: "Incidents", Title: "Suspected incidents",
		Count:  func(r *report.Report) int { return len(r.Incidents) },
		Sheets: []SheetID{SheetIncidents}},
	{ID: SectionFindings, Nav: "Findings", Title: "Findings", Count: func(r *report.Report) int {
		return len(r.Findings)
	},
		Sheets: []SheetID{SheetFindings, SheetDetails, SheetSteps}},
	{ID: SectionTimeline, Nav: "Timeline", Title: "Timeline", Count: func(r *report.Report) int {
		return len(r.Timeline)
	},
		Sheets: []SheetID{SheetTimeline}},
	{ID: SectionHosts, Nav: "Hosts and accounts", Title: "Hosts and accounts",
		Count:  func(r *report.Report) int { return len(r.Hosts) },
		Sheets: []SheetID{SheetHosts, SheetAccounts, SheetMovement}},
	{ID: SectionIndicators, Nav: "Indicators", Title: "Indicators",
		Count:  func(r *report.Report) int { return len(r.Indicators) },
		Sheets: []SheetID{SheetIndicators}},
	{ID: SectionCoverage, Nav: "Coverage and limitations", Title: "Coverage and limitations",
		Sheets: []SheetID{SheetCoverage, SheetGaps}},
	{ID: SectionScope, Nav: "Scope and confidence", Title: "Scope and confidence"},
	{ID: SectionEvidence, Nav: "Evidence inventory", Title: "Evidence inventory",
		Count:  func(r *report.Report) int { return len(r.Evidence) },
		Sheets: []SheetID{SheetEvidence, SheetRecords, SheetDamage}},
	{ID: SectionMethod, Nav: "Methodology, appendix", Title: "Methodology and appendix",
		Sheets: []SheetID{SheetRules, SheetRuleTexts, SheetHistogram, SheetAbout}},
	{ID: SectionChanges, Nav: "Since the previous report", Title: "Since the previous report",
		Count:  func(r *report.Report) int { return r.Changes.Len() },
		Sheets: []SheetID{SheetChanges},
		Shown:  func(r *report.Report) bool { return r.Changes != nil }},
}

// SectionsOf are the sections of a report, in the order of the page.
func SectionsOf(r *report.Report) []Section {
	return slices.DeleteFunc(slices.Clone(Sections), func(s Section) bool { return s.Shown != nil && !s.Shown(r) })
}

// Number is the place of the section, from 0; -1 if there is none of that name.
func (id SectionID) Number() int {
	return slices.IndexFunc(Sections, func(s Section) bool { return s.ID == id })
}

// Anchor is the section's fragment in the page.
func (id SectionID) Anchor() string { return "s" + strconv.Itoa(id.Number()) }

// Title is the heading of the section.
func (id SectionID) Title() string { return Sections[id.Number()].Title }

// Sheets are the sheets of a report's workbook in their order: the summary first, then those of each section.
func Sheets(r *report.Report) []SheetID {
	out := []SheetID{SheetSummary}
	for _, s := range SectionsOf(r) {
		out = append(out, s.Sheets...)
	}
	return out
}
