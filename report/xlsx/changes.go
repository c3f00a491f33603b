package xlsx

import (
	"context"
	"strings"

	"hunt/report/outline"
)

// changes writes a row for each thing that differs from the previous report.
func (b *workbook) changes(ctx context.Context) error {
	t, err := b.table(outline.SheetChanges, []column{
		{"Kind", 12, textColumn}, {"State", 10, textColumn}, {"Id", 30, textColumn}, {"Id before", 30, textColumn},
		{"Name", 50, wrapColumn}, {"What differs, or why", 50, wrapColumn},
	})
	if err != nil {
		return err
	}
	for _, k := range b.report.Changes.Kinds() {
		for i := range k.Entries {
			e := &k.Entries[i]
			if err := t.add(ctx, k.One, string(e.State), e.ID, e.Was, e.Text,
				strings.Join(e.Details, "\n")); err != nil {
				return err
			}
		}
	}
	return t.close()
}
