package table_test

import (
	"os"

	"hunt/table"
)

func Example() {
	t := table.New("Channel", "Records")
	t.Add("Security", "1204")
	t.Add("System", "88")
	_ = t.Write(os.Stdout, 80)
	// Output:
	// Channel   Records
	// ─────────────────
	// Security  1204
	// System    88
}
