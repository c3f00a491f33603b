package build

import (
	"hunt/limit"
	"hunt/report"
	"hunt/rules"
)

// maxReportHits bounds the places of events that a report lists; each takes some 20 bytes of JSON.
const maxReportHits = 1_000_000

var boundReportHits = limit.Bound{ID: "report-hits",
	Text: "a report lists the places of 1,000,000 events of findings, and of as many copies and twins, those " +
		"of the most serious findings first"}

// hits fills in where the events of each finding are. order lists the findings by weight.
func (b *builder) hits(order []int) error {
	place := make(map[*rules.Finding]int, len(b.res.Findings))
	for i, f := range b.res.Findings {
		place[f] = i
		b.found[i].HitsMore, b.found[i].HitsAlsoMore = f.HitsMore, f.HitsAlsoMore
	}
	own, also := maxReportHits, maxReportHits
	room := make([]struct{ own, also int }, len(b.found))
	for _, i := range order {
		n, m := b.res.Findings[i].Listed()
		room[i].own, room[i].also = min(n, own), min(m, also)
		own, also = own-room[i].own, also-room[i].also
		if room[i].own < n || room[i].also < m {
			b.cs.Limits.Bite(boundReportHits, limit.In(b.found[i].ID))
		}
		b.found[i].Hits, b.found[i].HitsAlso = make(report.Hits, 0, room[i].own), make(report.Hits, 0, room[i].also)
	}
	for h, err := range b.res.Hits() {
		if err != nil {
			return err
		}
		i := place[h.Finding]
		list, more, most := &b.found[i].Hits, &b.found[i].HitsMore, room[i].own
		if h.Also {
			list, more, most = &b.found[i].HitsAlso, &b.found[i].HitsAlsoMore, room[i].also
		}
		if len(*list) == most {
			*more++
			continue
		}
		*list = append(*list, report.Hit{File: h.File, Offset: h.Offset, ID: h.Record})
	}
	return nil
}
