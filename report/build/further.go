package build

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/report"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/movement"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// maxFurther bounds the events, in addition to those that findings show, which are read again for what they join.
const maxFurther = 50_000

// furtherBatch is how many of them are in memory at a time, some 8 KiB each.
const furtherBatch = 512

var boundFurther = limit.Bound{ID: "report-further-events",
	Text: "of the events that findings count but do not show, 50,000 can join findings to incidents, those of the " +
		"most serious rules first"}

// further adds to what the findings' events can join what the events of runs can join that are not shown. These are
// read again, several at a time, and dropped.
func (b *builder) further(ctx context.Context) error {
	v := &values{c: indicator.New(b.cs.Hosts.All, b.cs.Limits), remote: map[*host.Host]movement.Sources{}}
	for e, j := range b.joins {
		v.add(e, j)
	}
	var events []*timeline.Event
	for _, i := range b.byWeight() {
		f := b.res.Findings[i]
		if b.found[i].Status == report.StatusSuppressed || len(f.Further) == 0 {
			continue
		}
		if len(events)+len(f.Further) > maxFurther {
			b.cs.Limits.Bite(boundFurther, limit.In(f.ID))
			continue
		}
		events = append(events, f.Further...)
	}
	slices.SortStableFunc(events, func(x, y *timeline.Event) int {
		return cmp.Or(strings.Compare(x.Host.ID, y.Host.ID), x.Ref.Compare(y.Ref))
	})
	programs, reader := &sessionPrograms{}, b.cs.NewReader(0)
	for batch := range slices.Chunk(events, furtherBatch) {
		if err := reader.Read(ctx, batch); err != nil {
			return err
		}
		for _, e := range batch {
			if e.Event == nil {
				continue // it can no longer be read: Case.Changes says why
			}
			j := b.joint(e, programs)
			j.ID, j.Where = "", fmt.Sprintf("record %d of %s", e.Ref.EventRecordID,
				record.Path(b.cs.Files[e.Ref.File].Path))
			v.add(e, j)
			b.joins[e] = j
			e.Event = nil
		}
	}
	return nil
}

// values finds the indicators that can join events: none that say little by themselves, and none of Windows' own
// programs.
type values struct {
	c      *indicator.Collector
	remote map[*host.Host]movement.Sources
}

func (v *values) add(e *timeline.Event, j *incident.Event) {
	kinds := []report.IndicatorType{report.IndicatorSHA256, report.IndicatorMD5, report.IndicatorSHA1,
		report.IndicatorURL, report.IndicatorDomain, report.IndicatorIP}
	for _, i := range v.c.Of(e) {
		if slices.Contains(kinds, i.Type) && (i.Note == "" || i.Stock) {
			set := &j.Values
			if i.Stock {
				set = &j.Stock
			}
			*set = append(*set, incident.Value{Kind: incident.ValueKind(i.Type), Text: i.Value})
		}
	}
	for _, a := range slices.Concat(j.Wrote, j.Used) {
		if a.Kind == incident.ArtefactFile {
			j.Values = append(j.Values, incident.Value{Kind: incident.ValueFileName, Text: a.Base()})
		}
	}
	if ip := v.reached(e); ip != "" {
		at := incident.Value{Kind: incident.ValueAddress, Text: ip}
		j.Values, j.Guessed = append(j.Values, at), append(j.Guessed, at)
	}
	slices.SortFunc(j.Values, incident.Value.Compare)
	j.Values = slices.Compact(j.Values)
}

// reached returns the address from which the Remote Desktop port was reached within seconds of a failed logon that
// names none: with network level authentication no other record has it.
func (v *values) reached(e *timeline.Event) string {
	if e.Class.Role != ecs.RoleFailedLogon {
		return ""
	}
	if ip := record.Text(e, ecs.SourceIP); ip != "" && !indicator.Local(ip) {
		return ""
	}
	r, seen := v.remote[e.Host]
	if !seen {
		r = movement.SourcesOf(e.Host)
		v.remote[e.Host] = r
	}
	return r.Port(e.At)
}
