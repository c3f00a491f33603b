package xlsx

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/report"
	"hunt/report/outline"
	"hunt/report/sight"
)

// sheetWriters write the sheets.
var sheetWriters = map[outline.SheetID]func(*workbook, context.Context) error{
	outline.SheetIncidents:  (*workbook).incidents,
	outline.SheetFindings:   (*workbook).findings,
	outline.SheetDetails:    (*workbook).details,
	outline.SheetSteps:      (*workbook).steps,
	outline.SheetTimeline:   (*workbook).timeline,
	outline.SheetHosts:      (*workbook).hosts,
	outline.SheetAccounts:   (*workbook).accounts,
	outline.SheetMovement:   (*workbook).movement,
	outline.SheetIndicators: (*workbook).indicators,
	outline.SheetCoverage:   (*workbook).coverage,
	outline.SheetGaps:       (*workbook).gaps,
	outline.SheetEvidence:   (*workbook).evidence,
	outline.SheetDamage:     (*workbook).damage,
	outline.SheetRecords:    (*workbook).records,
	outline.SheetRules:      (*workbook).ruleList,
	outline.SheetRuleTexts:  (*workbook).ruleTexts,
	outline.SheetHistogram:  (*workbook).histogram,
	outline.SheetAbout:      (*workbook).about,
	outline.SheetChanges:    (*workbook).changes,
	outline.SheetSummary:    (*workbook).summary,
}

func (b *workbook) hosts(ctx context.Context) error {
	t, err := b.table(outline.SheetHosts, []column{
		{"Host", 24, textColumn}, {"Names in the logs", 36, wrapColumn}, {"Highest severity", 12, sevColumn},
		{"Findings", 10, barColumn}, {"Records", 12, barColumn},
		{"First", 23, dateColumn}, {"Last", 23, dateColumn},
		{"Machine SIDs", 40, wrapColumn}, {"Addresses", 24, wrapColumn},
		{"How the names were joined", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Hosts {
		h := &b.report.Hosts[i]
		if err := t.add(ctx, h.ID, strings.Join(h.Names, "\n"), h.Severity, h.Findings, h.Records,
			h.First, h.Last, strings.Join(h.SIDs, "\n"),
			strings.Join(addressLines(h), "\n"), h.Why); err != nil {
			return err
		}
	}
	return t.close()
}

// addressLines are the addresses of a host, and how many more it showed.
func addressLines(h *report.Host) []string {
	if h.IPsOmitted == 0 {
		return h.IPs
	}
	return append(slices.Clone(h.IPs), fmt.Sprintf("and %d more", h.IPsOmitted))
}

func (b *workbook) accounts(ctx context.Context) error {
	t, err := b.table(outline.SheetAccounts, []column{
		{"Account", 30, textColumn}, {"SID", 40, textColumn}, {"Hosts", 36, wrapColumn},
		{"Logon types", 36, wrapColumn},
		{"Logons", 10, barColumn}, {"Failures", 10, barColumn}, {"Findings", 10, barColumn},
		{"First", 23, dateColumn}, {"Last", 23, dateColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Accounts {
		a := &b.report.Accounts[i]
		if err := t.add(ctx, a.Name, a.SID, strings.Join(a.Hosts, "\n"), strings.Join(a.LogonTypes, "\n"),
			a.Logons, a.Failures, a.Findings, a.First, a.Last); err != nil {
			return err
		}
	}
	return t.close()
}

func (b *workbook) movement(ctx context.Context) error {
	t, err := b.table(outline.SheetMovement, []column{
		{"From", 30, textColumn}, {"To", 30, textColumn}, {"How", 36, textColumn}, {"User", 30, textColumn},
		{"Count", 10, barColumn},
		{"First", 23, dateColumn}, {"Last", 23, dateColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.LateralEdges {
		e := &b.report.LateralEdges[i]
		if err := t.add(ctx, e.From, e.To, e.How, e.User, e.Count, e.First, e.Last); err != nil {
			return err
		}
	}
	return t.close()
}

func (b *workbook) indicators(ctx context.Context) error {
	t, err := b.table(outline.SheetIndicators, []column{
		{"Type", 10, textColumn}, {"Indicator (defanged)", 50, wrapColumn}, {"Raw value", 50, wrapColumn},
		{"Events", 9, barColumn}, {"Hosts", 30, wrapColumn}, {"Findings", 24, wrapColumn}, {"Note", 40, wrapColumn},
		{"First", 23, dateColumn}, {"Last", 23, dateColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Indicators {
		n := &b.report.Indicators[i]
		if err := t.add(ctx, n.Type, n.Defanged, n.Value, n.Count, strings.Join(n.Hosts, "\n"),
			strings.Join(n.Findings, "\n"), n.Note,
			n.First, n.Last); err != nil {
			return err
		}
	}
	return t.close()
}

func (b *workbook) coverage(ctx context.Context) error {
	t, err := b.table(outline.SheetCoverage, []column{
		{"Host", 24, textColumn}, {"Source", 40, textColumn}, {"State", 14, textColumn}, {"Events", 10, barColumn},
		{"First", 23, dateColumn}, {"Last", 23, dateColumn},
		{"Detail", 50, wrapColumn}, {"Without it, not seen", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Coverage {
		h := &b.report.Coverage[i]
		for j := range h.Sources {
			s := &h.Sources[j]
			if err := t.add(ctx, h.Host, s.Source, s.State, s.Count, s.First, s.Last, s.Detail, s.Without); err != nil {
				return err
			}
		}
		for j := range h.Channels {
			ch := &h.Channels[j]
			if err := t.add(ctx, h.Host, "channel "+ch.Channel, nil, ch.Records, ch.First,
				ch.Last, channelDetail(ch)); err != nil {
				return err
			}
		}
		for j := range h.Sights {
			s := &h.Sights[j]
			n := &b.report.Needs[s.Need]
			if err := t.add(ctx, h.Host, "need "+strings.Join(n.Kinds, "; "), s.State, nil, nil, nil,
				b.sightDetail(s), fewStages(n)); err != nil {
				return err
			}
		}
		for _, n := range h.Notes {
			if err := t.add(ctx, h.Host, "note", nil, nil, nil, nil, n); err != nil {
				return err
			}
		}
	}
	return t.close()
}

// maxSightStages bounds the stages that the coverage of a host names of a need; thousands may have it.
const maxSightStages = 5

func fewStages(n *sight.Need) string {
	few := n.Stages[:min(len(n.Stages), maxSightStages)]
	text := strings.Join(few, "\n")
	if more := len(n.Stages) - len(few); more > 0 {
		text += fmt.Sprintf("\nand %s; the JSON report lists them",
			report.Count(more, "further stage", "further stages"))
	}
	return text
}

// channelDetail says where a channel lags behind the time examined, and where its times do not agree.
func channelDetail(ch *sight.ChannelCoverage) string {
	var out []string
	if ch.LateSeconds > 0 {
		out = append(out, fmt.Sprintf("begins %s into the time examined", time.Duration(ch.LateSeconds)*time.Second))
	}
	if ch.Back > 0 {
		out = append(out, fmt.Sprintf("%s back in time, by %d ms at most",
			report.Count(ch.Back, "record goes", "records go"), ch.BackMS))
	}
	if ch.Apart > 0 {
		out = append(out, fmt.Sprintf("%s another time in the header, by %d ms at most",
			report.Count(ch.Apart, "record has", "records have"), ch.ApartMS))
	}
	return strings.Join(out, "; ")
}

// sightDetail says when something was not seen, a line each.
func (b *workbook) sightDetail(s *sight.Sight) string {
	var out []string
	for _, x := range s.Blind {
		out = append(out, fmt.Sprintf("not %s to %s: %s", b.moment(x.From), b.moment(x.To), x.Why))
	}
	if s.More > 0 {
		out = append(out, fmt.Sprintf("and %s", report.Count(s.More, "shorter span", "shorter spans")))
	}
	return strings.Join(out, "\n")
}

func (b *workbook) gaps(ctx context.Context) error {
	t, err := b.table(outline.SheetGaps, []column{
		{"Host", 24, textColumn}, {"Channel", 40, textColumn}, {"Kind", 24, textColumn},
		{"From", 23, dateColumn}, {"To", 23, dateColumn},
		{"Records missing", 14, barColumn}, {"Detail", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Coverage {
		h := &b.report.Coverage[i]
		for j := range h.Gaps {
			g := &h.Gaps[j]
			if err := t.add(ctx, h.Host, g.Channel, g.Kind, g.From, g.To, g.Records, g.Detail); err != nil {
				return err
			}
		}
	}
	return t.close()
}

func (b *workbook) evidence(ctx context.Context) error {
	t, err := b.table(outline.SheetEvidence, []column{
		{"File", 50, textColumn}, {"SHA-256", 24, textColumn}, {"Size", 14, intColumn}, {"Result", 16, wrapColumn},
		{"Detail", 50, wrapColumn}, {"Records", 12, barColumn}, {"First", 23, dateColumn}, {"Last", 23, dateColumn},
		{"First record id", 14, textColumn}, {"Last record id", 14, textColumn}, {"Channels", 36, wrapColumn},
		{"Computers", 30, wrapColumn}, {"Source", 36, wrapColumn}, {"Collected", 36, wrapColumn},
	})
	if err != nil {
		return err
	}
	counts := map[string]*report.FileAccounting{}
	for i := range b.report.Accounting.Files {
		counts[b.report.Accounting.Files[i].File] = &b.report.Accounting.Files[i]
	}
	for i := range b.report.Evidence {
		e := &b.report.Evidence[i]
		result := e.Result
		if e.Dirty {
			result += "\nmarked dirty"
		}
		a, ok := counts[e.Path]
		if !ok {
			a = new(report.FileAccounting)
		}
		delete(counts, e.Path)
		if err := t.add(ctx, e.Path, e.SHA256, e.Size, result, a.Detail, e.Records, e.First, e.Last,
			fmt.Sprint(e.FirstID), fmt.Sprint(e.LastID), strings.Join(e.Channels, "\n"),
			strings.Join(e.Computers, "\n"), e.Source, e.Collected); err != nil {
			return err
		}
	}
	for i := range b.report.Accounting.Files { // files that are not in the inventory, such as unreadable ones
		a := &b.report.Accounting.Files[i]
		if counts[a.File] != a {
			continue
		}
		if err := t.add(ctx, a.File, nil, nil, a.Status, a.Detail); err != nil {
			return err
		}
	}
	return t.close()
}

// records says where the records of each file went.
func (b *workbook) records(ctx context.Context) error {
	t, err := b.table(outline.SheetRecords, []column{
		{"File", 50, textColumn}, {"Status", 14, textColumn}, {"Read", 12, intColumn}, {"Kept", 12, intColumn},
		{"Filtered", 12, intColumn}, {"Duplicate", 12, intColumn}, {"Damaged", 12, intColumn},
		{"Carved", 12, intColumn}, {"Detail", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Accounting.Files {
		a := &b.report.Accounting.Files[i]
		if err := t.add(ctx, a.File, a.Status, a.Read, a.Kept, a.Filtered, a.Duplicate, a.Damaged, a.Carved,
			a.Detail); err != nil {
			return err
		}
	}
	return t.close()
}

func (b *workbook) damage(ctx context.Context) error {
	t, err := b.table(outline.SheetDamage, []column{
		{"File", 50, textColumn}, {"Kind", 24, textColumn}, {"Chunk", 8, intColumn}, {"Offset", 13, textColumn},
		{"Size", 12, intColumn},
		{"Records lost", 12, textColumn}, {"Detail", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Accounting.Damage {
		d := &b.report.Accounting.Damage[i]
		lost := "no"
		if d.Loses {
			lost = "yes"
		}
		if err := t.add(ctx, d.File, d.Kind, int(d.Chunk), fmt.Sprintf("0x%08X", d.Offset), d.Size, lost,
			d.Detail); err != nil {
			return err
		}
	}
	return t.close()
}

func (b *workbook) ruleList(ctx context.Context) error {
	t, err := b.table(outline.SheetRules, []column{
		{"Rule", 34, textColumn}, {"Name", 40, wrapColumn}, {"Severity", 10, sevColumn}, {"Status", 10, textColumn},
		{"Matches", 10, barColumn}, {"Suppressed", 10, barColumn}, {"Stage hits", 14, textColumn},
		{"Reason", 50, wrapColumn}, {"Blind on", 50, wrapColumn}, {"ATT&CK", 40, wrapColumn},
		{"Source", 36, textColumn}, {"Author", 32, wrapColumn}, {"Licence", 20, textColumn},
		{"Language", 10, textColumn},
	})
	if err != nil {
		return err
	}
	blind := map[int]string{} // the first rule that was blind on these hosts for these reasons
	for i := range b.report.Rules {
		r := &b.report.Rules[i]
		attack := "" // of rules that no event satisfied the JSON report has the rest
		if !r.Silent() {
			attack = techniqueText(r.Techniques)
		}
		if err := t.add(ctx, r.ID, r.Name, r.Severity, r.Status, r.Matches, r.Suppressed, r.Hits(), r.Reason,
			blindOn(r, blind), attack, r.Source, r.Author, r.Licence, r.Language); err != nil {
			return err
		}
	}
	for _, l := range b.report.RulesLeftOut {
		if err := t.add(ctx, "", "rules that did not run", "", report.RuleSkipped, l.Rules, 0, "",
			l.Reason); err != nil {
			return err
		}
	}
	return t.close()
}

// ruleTexts writes what the files of the rules say that an event satisfied.
func (b *workbook) ruleTexts(ctx context.Context) error {
	t, err := b.table(outline.SheetRuleTexts, []column{
		{"Rule", 34, textColumn}, {"Version", 10, textColumn}, {"Maturity", 13, textColumn}, {"Query", 50, wrapColumn},
		{"Filters", 40, wrapColumn}, {"Counts", 40, wrapColumn}, {"Building block", 14, textColumn},
		{"Warnings", 40, wrapColumn}, {"Look at", 40, wrapColumn}, {"To log what it needs", 40, wrapColumn},
		{"Guidance", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i := range b.report.Rules {
		r := &b.report.Rules[i]
		if r.Silent() {
			continue
		}
		if err := t.add(ctx, r.ID, r.Version, r.Maturity, r.Query, strings.Join(r.Filters, "\n"), r.Counts,
			yes(r.BuildingBlock), strings.Join(r.Warnings, "\n"), strings.Join(r.LookAt, ", "), r.Setup,
			r.Guidance); err != nil {
			return err
		}
	}
	return t.close()
}

// blindOn says on which hosts a rule was blind, and for which reasons; or which rule above was blind
// alike.
func blindOn(r *report.Rule, first map[int]string) string {
	if like, ok := first[r.BlindID]; ok && r.BlindID > 0 {
		return "as " + like
	}
	first[r.BlindID] = r.ID
	return strings.Join(r.Blind, "\n")
}

// yes is the word for what is so, and nothing for what is not.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
