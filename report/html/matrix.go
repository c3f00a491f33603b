package html

import "hunt/report/sight"

// matrix is coverage as hosts by sources.
type matrix struct {
	Sources []string
	Rows    []matrixRow
	Notes   []string // details that several cells share, told once below
}

type matrixRow struct {
	Host  string
	Cells []matrixCell
}

// matrixCell is a source on a host; nil where nothing is said.
type matrixCell struct {
	*sight.SourceCoverage
	Note int // of Notes, from 1, in place of the detail; 0 for none
}

func newMatrix(cs []sight.HostCoverage) matrix {
	var m matrix
	at, told, notes := map[sight.SourceID]int{}, map[int]int{}, map[int]int{}
	for i := range cs {
		for _, s := range cs[i].Sources {
			told[s.DetailID]++
			if _, ok := at[s.ID]; !ok {
				at[s.ID] = len(m.Sources)
				m.Sources = append(m.Sources, s.Source)
			}
		}
	}
	for i := range cs {
		row := matrixRow{cs[i].Host, make([]matrixCell, len(m.Sources))}
		for j := range cs[i].Sources {
			s := &cs[i].Sources[j]
			cell := matrixCell{SourceCoverage: s}
			if id := s.DetailID; id > 0 && told[id] > 1 {
				if notes[id] == 0 {
					m.Notes = append(m.Notes, s.Detail)
					notes[id] = len(m.Notes)
				}
				cell.Note = notes[id]
			}
			row.Cells[at[s.ID]] = cell
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}
