package build

import (
	"encoding/hex"
	"slices"

	"hunt/report"
	"hunt/report/record"
	"hunt/timeline/ledger"
)

func countsOf(s *ledger.FileStats) report.Counts {
	return report.Counts{Read: s.Read, Kept: s.Kept, Filtered: s.Filtered, Duplicate: s.Duplicate, Damaged: s.Damaged,
		Carved:     s.Carved,
		HeaderTime: s.HeaderTime, NoTime: s.NoTime, NoUTCTime: s.NoUTC, Continued: s.Continued}
}

// files accounts for the records of each file, and lists the files with what they hold.
func (b *builder) files() (files []report.FileAccounting, inventory []report.EvidenceFile) {
	for _, f := range b.cs.Files {
		s := f.Stats
		counts := countsOf(&s)
		files = append(files, report.FileAccounting{File: record.Path(f.Path), Status: string(f.Status),
			Detail: f.Detail, Counts: counts,
			Carving: report.Carving{Full: s.Carve.Full, Borrowed: s.Carve.Borrowed, Partial: s.Carve.Partial,
				Lost: s.Carve.Lost, Duplicate: s.Carve.Duplicate}})
		e := report.EvidenceFile{Path: record.Path(f.Path), Size: f.Size, Records: s.Read,
			First: report.TimeOf(s.First), Last: report.TimeOf(s.Last), FirstID: s.FirstID, LastID: s.LastID,
			Channels: s.Channels, Computers: s.Computers, Dirty: f.Header.Flags&1 != 0, Result: string(f.Status),
			Source: f.Source, Collected: f.Collected}
		if b.o.Run.Carved {
			e.Input = record.Path(f.Input)
		}
		if f.Hashed {
			e.SHA256 = hex.EncodeToString(f.SHA256[:])
		}
		if f.Detail != "" {
			e.Result += ": " + f.Detail
		}
		inventory = append(inventory, e)
	}
	return files, inventory
}

// accounting says where every record went, what is damaged and which bounds applied. more are limits
// that no part of the builder has reported.
func (b *builder) accounting(files []report.FileAccounting, more []string) report.Accounting {
	records := b.cs.Records
	a := report.Accounting{Files: files, Records: countsOf(&records)}
	for _, d := range b.cs.Damage {
		a.Damage = append(a.Damage, report.DamageNote{File: record.Path(b.cs.Files[d.Ref.File].Path),
			Kind: d.Kind.String(), Chunk: d.Ref.Chunk,
			Offset: d.Ref.Offset, Size: d.Size, Detail: d.Detail, Loses: d.Kind.LosesRecords()})
	}
	a.Bounds = b.bounds()
	a.Limits = slices.Clone(b.res.Limits)
	for i := range a.Bounds {
		a.Limits = append(a.Limits, a.Bounds[i].Text)
	}
	a.Limits = slices.Concat(a.Limits, b.limits, more)
	return a
}
