package report_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"hunt/evtx"
	"hunt/report"
)

// A report is made, written and read again; nothing is lost on the way.
func Example() {
	var start evtx.Filetime
	if err := start.UnmarshalText([]byte("2026-03-12T09:10:00Z")); err != nil {
		log.Fatal(err)
	}
	r := &report.Report{
		ID:      "R-1",
		Summary: report.Summary{Verdict: report.VerdictSingle},
		Findings: []report.Finding{{
			ID: "F-1", Rule: report.RuleRef{ID: "log-cleared", Severity: report.SeverityHigh}, Host: "ws-09",
			Status: report.StatusFinding, Verdict: report.VerdictSingle, Confidence: report.ConfidenceMedium,
			Title: "Security log cleared by CORP\\anna", Start: &start, End: &start,
			Evidence: []report.Evidence{{
				Host: "ws-09", Channel: "Security", EventCode: "1102", Time: &start,
				Ref: report.Ref{File: "Security.evtx", SHA256: "ab12", Chunk: 17, Offset: 0x11a2f8,
					EventRecordID: 48213, PayloadSHA256: "cd34"},
			}},
		}},
	}
	var buf bytes.Buffer
	if err := report.WriteJSON(context.Background(), &buf, r); err != nil {
		log.Fatal(err)
	}
	back, err := report.ReadJSON(&buf)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range back.Findings {
		fmt.Printf("%s: %s (%s severity, %s confidence)\n", f.Host, f.Title, f.Rule.Severity, f.Confidence)
	}
	fmt.Println(back.Findings[0].Evidence[0].Cite())
	// Output:
	// ws-09: Security log cleared by CORP\anna (high severity, medium confidence)
	// ws-09 | Security.evtx sha256:ab12 | chunk 17 | offset 0x0011A2F8 | record 48213 | Security 1102 | 2026-03-12T09:10:00.0000000Z | payload sha256:cd34
}
