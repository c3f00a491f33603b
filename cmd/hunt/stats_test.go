package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/racetest"
	"hunt/timeline/export/duckdbtest"
)

// withCorpus names evidence on the command line, and the real logs of the corpus where there is one.
func withCorpus(t *testing.T, evidence ...string) (args []string) {
	t.Helper()
	corpus := os.Getenv("HUNT_CORPUS")
	if corpus == "" {
		corpus = "../../../shared/corpus"
	}
	if _, err := os.Stat(corpus); err == nil {
		evidence = append(evidence, filepath.Join(corpus, "real"))
	} else {
		t.Logf("SKIPPED in part: no corpus at %s (set HUNT_CORPUS)", corpus)
	}
	for _, e := range evidence {
		args = append(args, "--evtx", e)
	}
	return args
}

// countedRows runs a command that prints JSON lines, and returns each row as the texts of some columns.
func countedRows(t *testing.T, columns []string, args ...string) []string {
	t.Helper()
	code, out, errs := hunt(t, append(args, "--format", "jsonl", "--quiet")...)
	if code != exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	var rows []string
	for line := range strings.Lines(out) {
		var row map[string]any
		dec := json.NewDecoder(bytes.NewReader([]byte(line)))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		rows = append(rows, rowText(row, columns))
	}
	return rows
}

func rowText(row map[string]any, columns []string) string {
	var b strings.Builder
	for _, c := range columns {
		v := row[c]
		if v == nil {
			v = ""
		}
		fmt.Fprintf(&b, "%v\t", v)
	}
	return b.String()
}

// duckRows are the rows of a statement over a Parquet timeline, sorted.
func duckRows(t *testing.T, sql, dir string, columns []string) []string {
	t.Helper()
	rows := duckOrdered(t, sql, dir, columns)
	slices.Sort(rows)
	return rows
}

// duckOrdered are the rows of a statement over a Parquet timeline in its order.
func duckOrdered(t *testing.T, sql, dir string, columns []string) []string {
	t.Helper()
	var rows []string
	for _, row := range duckdbtest.Query(t,
		strings.ReplaceAll(sql, "$TIMELINE",
			fmt.Sprintf("read_parquet('%s/**/*.parquet', hive_partitioning = true)", filepath.ToSlash(dir)))) {
		for k, v := range row {
			if f, ok := v.(float64); ok {
				row[k] = int64(f)
			}
		}
		rows = append(rows, rowText(row, columns))
	}
	return rows
}

// duckFirst and duckLast are the first and the last time of a group as hunt prints them.
var duckFirst, duckLast = duckTime("min") + " as first", duckTime("max") + " as last"

func duckTime(which string) string {
	ticks := which + "(filetime) filter (filetime > 0)"
	return fmt.Sprintf(`coalesce(strftime(make_timestamp((%[1]s // 10000000 - 11644473600)::bigint * 1000000), '%%Y-%%m-%%dT%%H:%%M:%%S')
		|| '.' || lpad((%[1]s %% 10000000)::varchar, 7, '0') || 'Z', '')`, ticks)
}

func TestCountsAreThoseOfDuckDB(t *testing.T) {
	racetest.Skip(t)
	evidence := withCorpus(t, "../../samples/multi-host", "../../samples/cleared", manyLogons(t))
	dir := filepath.Join(t.TempDir(), "timeline.parquet")
	if code, _, errs := hunt(t, append([]string{"timeline", "--output", dir, "--quiet"}, evidence...)...); code !=
		exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	const starts = `(provider = 'Microsoft-Windows-Security-Auditing' and event_code = 4688 or provider = 'Microsoft-Windows-Sysmon' and event_code = 1)`
	for _, c := range []struct{ args, columns, sql string }{
		{"stats --by channel,event.code", "channel event.code count first last",
			`select channel, event_code::varchar as "event.code", count(*) as count, ` + duckFirst + `, ` + duckLast +
				` from $TIMELINE group by all`},
		{"stats --by host", "host count first last",
			`select host_name as host, count(*) as count, ` + duckFirst + `, ` + duckLast +
				` from $TIMELINE group by all`},
		{"stats --by user,day", "user day count",
			`select "user", coalesce(strftime(time, '%Y-%m-%d'), '') as day, count(*) as count from $TIMELINE group by all`},
		{`stats --by hour --where event.code=="4625"`, "hour count",
			`select strftime(time, '%Y-%m-%dT%H') as hour, count(*) as count from $TIMELINE where event_code = 4625 group by all`},
		{"stats", "host channel provider event_code count days",
			`select host, channel, provider, event_code, count(*) as count, count(distinct time::date) as days from (
				select host_name as host, channel, provider, event_code, time from $TIMELINE
				union all select host_name, 'Security', 'Microsoft-Windows-Security-Auditing', 4688, time from $TIMELINE where twin and event_code = 1
			) group by all`},
		{"stack programs --exact", "program hosts count",
			`select process as program, count(distinct host_name) as hosts, count(*) as count from $TIMELINE where process <> '' and ` + starts + ` group by all`},
	} {
		for _, memory := range []string{"512MiB", "1MiB"} {
			t.Run(c.args+" in "+memory, func(t *testing.T) {
				columns := strings.Fields(c.columns)
				got := countedRows(t, columns,
					append(append(strings.Fields(c.args), "--max-memory", memory), evidence...)...)
				slices.Sort(got)
				want := duckRows(t, c.sql, dir, columns)
				if len(want) < 3 {
					t.Fatalf("DuckDB has %d rows only", len(want))
				}
				for i := range max(len(got), len(want)) {
					if i >= len(got) || i >= len(want) || got[i] != want[i] {
						t.Fatalf("%d rows, DuckDB has %d; the first that differs is\n%s\nDuckDB:\n%s", len(got),
							len(want), got[min(i, len(got)-1)], want[min(i, len(want)-1)])
					}
				}
			})
		}
	}
}
