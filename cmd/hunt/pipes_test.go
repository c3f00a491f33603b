package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/racetest"
)

// timelineFor writes a Parquet timeline of evidence for DuckDB.
func timelineFor(t *testing.T, evidence []string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "timeline.parquet")
	code, _, errs := hunt(t, slices.Concat([]string{"timeline", "--output", dir, "--quiet"}, evidence)...)
	if code != exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	return dir
}

// sameRows compares rows in their order.
func sameRows(t *testing.T, got, want []string) {
	t.Helper()
	if len(want) < 1 {
		t.Fatalf("DuckDB has %d rows only", len(want))
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d rows, DuckDB has %d; the first that differs is number %d\n%s\nDuckDB:\n%s", len(got),
				len(want), i, got[min(i, len(got)-1)], want[min(i, len(want)-1)])
		}
	}
}

// TestPipesCountAsDuckDB: counts of queries, with missing values, conditions on counts, orders and ends.
func TestPipesCountAsDuckDB(t *testing.T) {
	racetest.Skip(t)
	evidence := withCorpus(t, "../../samples/multi-host", manyLogons(t))
	dir := timelineFor(t, evidence)
	const count = `count(*)::varchar as count, count(distinct host_name) as total_hosts from $TIMELINE`
	for _, c := range []struct{ query, columns, sql string }{
		{`any where true | count winlog.channel, event.code`, "count total_hosts key",
			`select '[' || coalesce(nullif(lower(channel), ''), '<nil>') || ' ' || event_code || ']' as key,
				` + count + ` group by all`},
		{`any where true | count process.executable`, "count total_hosts key", // most events have none
			`select lower(process) as key, ` + count + ` group by all`},
		{`any where true | unique process.executable | count`, "count",
			`select count(distinct lower(process))::varchar as count from $TIMELINE`},
		{`any where true | unique_count process.executable, event.code | filter count > 3 | count`, "count",
			`select sum(n)::bigint::varchar as count from (select count(*) as n from $TIMELINE group by lower(process), event_code
				having count(*) > 3)`}, // which adds up what it counted
		{`any where true | count event.code | filter count > 20 and total_hosts > 1`, "count total_hosts key",
			`select event_code::varchar as key, ` + count + ` group by all having count(*) > 20 and total_hosts > 1`},
	} {
		for _, memory := range []string{"512MiB", "1MiB"} {
			t.Run(c.query+" in "+memory, func(t *testing.T) {
				columns := strings.Fields(c.columns)
				got := countedRows(t, columns, append(
					[]string{"query", c.query, "--max-memory", memory}, evidence...)...)
				for i := range got { // texts that differ in case are one key, shown as in the first event
					got[i] = strings.ToLower(got[i])
				}
				slices.Sort(got)
				sameRows(t, got, duckRows(t, c.sql, dir, columns))
			})
		}
	}
}

// TestSortedResultsAreThoseOfDuckDB: missing values first, case ignored, and equal results in order of
// time.
func TestSortedResultsAreThoseOfDuckDB(t *testing.T) {
	evidence := []string{"--evtx", "../../samples/intrusion"}
	columns := []string{"first", "program", "code"}
	var got []string
	for _, row := range jsonRows(t, append([]string{"query", "any where true | sort process.executable, event.code"},
		evidence...)) {
		source, ok := row["_source"].(map[string]any)
		if !ok {
			t.Fatal(row)
		}
		value := func(parent, name string) any {
			v, _ := source[parent].(map[string]any)
			return v[name]
		}
		program, _ := value("process", "executable").(string)
		got = append(got, rowText(map[string]any{"first": source["@timestamp"], "program": strings.ToLower(program),
			"code": value("event", "code")}, columns))
	}
	if len(got) < 700 {
		t.Errorf("%d results only", len(got))
	}
	sameRows(t, got, duckOrdered(t, `select `+duckFirst+`, coalesce(lower(process), '') as program,
		event_code::varchar as code, filetime, file, "offset" from $TIMELINE group by all
		order by program, code, filetime`, timelineFor(t, evidence), columns))
}

// TestOrdersFiltersAndZonesAreThoseOfDuckDB: rows in their order, of some hosts and times, with a second time zone.
func TestOrdersFiltersAndZonesAreThoseOfDuckDB(t *testing.T) {
	evidence := withCorpus(t, "../../samples/multi-host", manyLogons(t))
	dir := timelineFor(t, evidence)
	local := func(zone string) string {
		return `coalesce(replace(strftime(timezone('` + zone + `', timezone('UTC',
			make_timestamp((min(filetime) filter (filetime > 0) // 10000000 - 11644473600)::bigint * 1000000))),
			'%Y-%m-%dT%H:%M:%S'), '+', ''), '') as first_local`
	}
	for _, c := range []struct {
		args         []string
		columns, sql string
	}{
		{[]string{"stats", "--by", "event.code", "--top", "7"}, "event.code count",
			`select event_code::varchar as "event.code", count(*) as count from $TIMELINE group by all
				order by count desc, "event.code" limit 7`},
		{[]string{"stats", "--by", "day,host"}, "day host count",
			`select coalesce(strftime(time, '%Y-%m-%d'), '') as day, host_name as host, count(*) as count from $TIMELINE
				group by all order by day, host`},
		{[]string{"stats", "--by", "host,event.code", "--host", "WS-PUR-09", "--host", "srv-file-01.corp.example",
			"--from", "2026-03-12T08:30", "--to", "2026-03-12T08:45:00Z"}, "host event.code count",
			`select host_name as host, event_code::varchar as "event.code", count(*) as count from $TIMELINE
				where split_part(host_name, '.', 1) in ('ws-pur-09', 'srv-file-01')
				and time between '2026-03-12 08:30:00' and '2026-03-12 08:45:00'
				group by all order by count desc, host, "event.code"`},
		{[]string{"stats", "--by", "channel", "--tz", "Asia/Kathmandu"}, "channel first_local",
			`select channel, ` + local("Asia/Kathmandu") + ` from $TIMELINE group by channel
				order by count(*) desc, channel`},
		{[]string{"stats", "--by", "channel", "--tz", "Australia/Lord_Howe"}, "channel first_local",
			`select channel, ` + local("Australia/Lord_Howe") + ` from $TIMELINE group by channel
				order by count(*) desc, channel`},
		{[]string{"stack", "programs", "--exact"}, "hosts count program",
			`select count(distinct host_name) as hosts, count(*) as count, process as program from $TIMELINE
				where process <> '' and (provider = 'Microsoft-Windows-Security-Auditing' and event_code = 4688
				or provider = 'Microsoft-Windows-Sysmon' and event_code = 1) group by all order by hosts, count, program`},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			columns := strings.Fields(c.columns)
			got := countedRows(t, columns, slices.Concat(c.args, evidence)...)
			for i, row := range got { // DuckDB counts whole seconds here
				if fields := strings.Split(row, "\t"); strings.HasSuffix(c.columns, "_local") && len(fields[1]) > 19 {
					got[i] = fields[0] + "\t" + fields[1][:19] + "\t"
				}
			}
			sameRows(t, got, duckOrdered(t, c.sql, dir, columns))
		})
	}
}
