package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/timeline/export/duckdbtest"
)

// counted is a row of what two programs count.
type countedLogons struct {
	kind, result, source string
}

// duckLogons counts the logons of a Parquet timeline from what the records say, without hunt's own fields.
const duckLogons = `
with e as (
  select event_code as id, provider,
    regexp_replace(coalesce(nullif(data->>'$.IpAddress', '-'), nullif(data->>'$.ClientAddress', '-'), data->>'$.IPString',
      regexp_replace(data->>'$.ClientIP', ':[0-9]+$', ''), data->>'$.Address', data->>'$.Param3', ''), '^::ffff:', '') as source,
    data->>'$.LogonType' as type, coalesce(data->>'$.Status', '0x0') as status, data->>'$.payload' as payload, time
  from read_parquet('%s/**/*.parquet', hive_partitioning = true)
), k as (
  select case
    when id in (4624, 4625) then 'type ' || type
    when id = 4648 then 'explicit credentials' when id in (4768, 4771) then 'Kerberos ticket' when id = 4769 then 'Kerberos service ticket'
    when id = 4776 then 'NTLM check' when id = 21 then 'terminal session' when id in (25, 4778) then 'terminal session, reconnected'
    when id = 1149 then 'Remote Desktop connection' when id in (131, 140) then 'Remote Desktop port'
    when id = 4 then 'SSH' end as kind,
    case when id in (4625, 4771, 140) or id in (4768, 4769, 4776) and status <> '0x0' or payload like 'Failed %%' then 'failure'
      when id in (4648, 1149, 131) then 'attempt' else 'success' end as result, source, time
  from e
  where provider in ('Microsoft-Windows-Security-Auditing', 'Microsoft-Windows-RemoteDesktopServices-RdpCoreTS',
    'Microsoft-Windows-TerminalServices-LocalSessionManager', 'Microsoft-Windows-TerminalServices-RemoteConnectionManager')
    and id in (4624, 4625, 4648, 4768, 4769, 4771, 4776, 4778, 21, 25, 1149, 131, 140)
)
select kind, result, case when source = 'LOCAL' then '127.0.0.1' else source end as source, count(*) as n,
  min(time)::varchar as first, max(time)::varchar as last
from k where kind is not null group by all`

// typeNumbers are the numbers of the types of logons that hunt has words for.
var typeNumbers = map[string]string{"System": "0", "Interactive": "2", "Network": "3", "Batch": "4", "Service": "5",
	"Unlock": "7", "NetworkCleartext": "8",
	"NewCredentials": "9", "RemoteInteractive": "10", "CachedInteractive": "11", "CachedRemoteInteractive": "12",
	"CachedUnlock": "13"}

func TestLogonsAreThoseThatDuckDBCounts(t *testing.T) {
	args := withCorpus(t, manyLogons(t), "../../samples/multi-host", "../../samples/cleared")
	sql := fmt.Sprintf(duckLogons, parquetOf(t, args))
	for _, memory := range []string{"512MiB", "1MiB"} {
		sameLogons(t, sql, args, 10, "--max-memory", memory)
	}
}

// duckExternal has a statement count only what came from the internet, with the addresses of hosts in mind.
const duckExternal = `with own as (
  select data->>'$.SourceIp' as source from read_parquet('%[1]s/**/*.parquet', hive_partitioning = true)
  where provider = 'Microsoft-Windows-Sysmon' and event_code = 3 and data->>'$.Initiated' = 'true'
) select * from (%[2]s)
where (regexp_matches(source, '^[0-9]+([.][0-9]+){3}$') or source like '%%:%%')
  and not regexp_matches(source, '^(10|127|0|22[4-9]|23[0-9]|24[0-9]|25[0-5])[.]|^192[.]168[.]|^169[.]254[.]')
  and not regexp_matches(source, '^172[.](1[6-9]|2[0-9]|3[01])[.]|^100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]')
  and not regexp_matches(lower(source), '^(fe[89ab]|f[cd]|ff|::1$|::$)') and source not in (select source from own)`

func TestExternalLogonsAreThoseThatDuckDBCounts(t *testing.T) {
	args := withCorpus(t, manyLogons(t), accessLogs(t), "../../samples/multi-host", "../../samples/intrusion")
	dir := parquetOf(t, args)
	sameLogons(t, fmt.Sprintf(duckExternal, dir, fmt.Sprintf(duckLogons, dir)), args, 10, "--external")
}

// parquetOf writes the timeline of evidence as Parquet.
func parquetOf(t *testing.T, args []string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "timeline.parquet")
	code, _, errs := hunt(t, append([]string{"timeline", "--output", dir, "--quiet"}, args...)...)
	if code != exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	return filepath.ToSlash(dir)
}

// sameLogons compares what DuckDB counts, some kinds of logons at least, with what hunt does.
func sameLogons(t *testing.T, sql string, args []string, least int, more ...string) {
	t.Helper()
	want := map[countedLogons]string{}
	for _, row := range duckdbtest.Query(t, sql) {
		k := countedLogons{row["kind"].(string), row["result"].(string), row["source"].(string)}
		want[k] = fmt.Sprint(row["n"])
	}
	if len(want) < least {
		t.Fatalf("DuckDB counts %d kinds of logons only", len(want))
	}
	code, out, errs := hunt(t, append(append([]string{"logons", "--format", "jsonl", "--quiet"}, more...), args...)...)
	if code != exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	sums := map[countedLogons]uint64{}
	for line := range strings.Lines(out) {
		var g struct {
			Type, Result, Source string
			Count                uint64
		}
		if err := json.Unmarshal([]byte(line), &g); err != nil {
			t.Fatal(err, line)
		}
		if n := typeNumbers[g.Type]; n != "" {
			g.Type = "type " + n
		}
		sums[countedLogons{g.Type, g.Result, g.Source}] += g.Count
	}
	got := map[countedLogons]string{}
	for k, n := range sums {
		if !strings.HasPrefix(k.kind, "SSH") {
			got[k] = fmt.Sprint(n)
		}
	}
	for k := range maps.Keys(got) {
		if got[k] != want[k] {
			t.Errorf("%q: %+v: hunt counts %s, DuckDB %q", more, k, got[k], want[k])
		}
	}
	for k := range want {
		if got[k] == "" {
			t.Errorf("%q: %+v: hunt counts none, DuckDB %s", more, k, want[k])
		}
	}
}

// duckSessions pairs each logon with the first logoff of its id, or with the next start of the system, which begins up
// to two minutes before 4608 is logged.
const duckSessions = `
with e as (
  select event_code as event, filetime - case when event_code = 4608 then 1200000000 else 0 end as ft,
    data->>'$.TargetLogonId' as id
  from read_parquet('%s/**/*.parquet', hive_partitioning = true)
  where provider = 'Microsoft-Windows-Security-Auditing' and event_code in (4608, 4624, 4634, 4647)
), s as (
  select id, ft, lead(ft) over (partition by id order by ft) as again,
    (select min(b.ft) from e b where b.event = 4608 and b.ft > l.ft) as boot
  from e l where event = 4624
), f as (
  select *, (select min(x.ft) from e x where x.event in (4634, 4647) and x.id = s.id and x.ft >= s.ft
    and (s.again is null or x.ft < s.again) and (s.boot is null or x.ft < s.boot)) as logoff
  from s
)
select id, case when logoff is not null then 'logoff' when boot is not null
  then 'next start of the system' else 'no end logged' end as ending,
  coalesce(((coalesce(logoff, boot) - ft) // 10000000)::varchar, '') as seconds
from f`

// manySessions are logons whose ids are given again after each start of the system; some have a logoff.
func manySessions(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var events []evtxtest.Event
	for i := range 600 {
		run := (i + 49) / 200 // of the system
		at := begin.Add(time.Duration(i)*97*time.Second + time.Duration(i%7)*123456700 +
			time.Duration(run)*10*time.Minute)
		who := []string{"TargetUserName", fmt.Sprintf("user%d", i%13), "TargetDomainName", "CORP",
			"TargetUserSid", anna, "TargetLogonId", fmt.Sprintf("0x%x", 0x100000+(i+49)%200),
			"LogonType", []string{"2", "3", "10"}[i%3]}
		events = append(events, securityEvent(at, 4624, append(who, "IpAddress", "203.0.113.7")...))
		if i%5 > 0 {
			off := at.Add(time.Duration(1+i%400) * 7777 * time.Millisecond)
			events = append(events, securityEvent(off, []uint16{4634, 4647}[i%2], who...))
		}
		if i%200 == 150 {
			events = append(events, securityEvent(at.Add(5*time.Minute), 4608))
		}
	}
	logAt(t, dir, "Security.evtx", events...)
	return dir
}

func TestSessionsAreThoseThatDuckDBPairs(t *testing.T) {
	args := []string{"--evtx", manySessions(t)}
	want, got := map[string]int{}, map[string]int{}
	kinds := map[string]bool{}
	for _, r := range duckdbtest.Query(t, fmt.Sprintf(duckSessions, parquetOf(t, args))) {
		want[told(r, "id", "ending", "seconds")]++
		kinds[r["ending"].(string)] = true
	}
	if len(kinds) != 3 || len(want) < 300 {
		t.Fatalf("DuckDB finds %d kinds of sessions, %d different ones", len(kinds), len(want))
	}
	for _, r := range rowsOf(t, append([]string{"logons", "--view", "sessions"}, args...)...) {
		if r["start"] == nil {
			continue // a logoff alone
		}
		if r["seconds"] == nil {
			r["seconds"] = ""
		}
		got[told(r, "id", "ending", "seconds")]++
	}
	for k := range maps.Keys(got) {
		if got[k] != want[k] {
			t.Errorf("%s: hunt has %d, DuckDB %d", k, got[k], want[k])
		}
	}
	for k := range want {
		if got[k] == 0 {
			t.Errorf("%s: hunt has none, DuckDB %d", k, want[k])
		}
	}
}

// securityEvent is an event of the Security log.
func securityEvent(at time.Time, id uint16, pairs ...string) evtxtest.Event {
	e := evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
		Computer: "SRV-1.corp.example", EventID: id, Time: at,
		Keywords: 0x8020000000000000}
	if id == 4625 || id == 4771 {
		e.Keywords = 0x8010000000000000
	}
	for i := 0; i < len(pairs); i += 2 {
		e.Data = append(e.Data, evtxtest.Str(pairs[i], pairs[i+1]))
	}
	return e
}

// logAt writes a log into a directory.
func logAt(t *testing.T, dir, name string, events ...evtxtest.Event) {
	t.Helper()
	slices.SortStableFunc(events, func(a, b evtxtest.Event) int { return a.Time.Compare(b.Time) })
	if err := os.WriteFile(filepath.Join(dir, name), evtxtest.File(events...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// manyLogons are logons of many accounts from many addresses, failed and not, as several logs tell them.
func manyLogons(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var security, port []evtxtest.Event
	for i := range 3000 {
		at := at.Add(time.Duration(i) * 37 * time.Second)
		user, address := fmt.Sprintf("user%d", i%211), fmt.Sprintf("198.51.100.%d", i%97)
		if i%5 == 0 {
			address = "::ffff:" + address
		}
		id, status := uint16(4624), "0x0"
		if i%3 == 0 {
			id, status = 4625, "0xc000006d"
		}
		security = append(security,
			securityEvent(at, id, "TargetUserName", user, "TargetDomainName", "CORP", "TargetUserSid", "S-1-0-0",
				"TargetLogonId", fmt.Sprintf("0x%x", 0x100000+i),
				"LogonType", []string{"3", "10", "8", "12", "2"}[i%5], "IpAddress", address, "Status", status,
				"SubStatus", "0xc000006a"),
			securityEvent(at, 4776, "TargetUserName", user, "Workstation", "kali", "Status",
				[]string{"0x0", "0xc000006a"}[i%2]),
			securityEvent(at, 4768, "TargetUserName", user, "TargetDomainName", "CORP", "IpAddress", address, "Status",
				[]string{"0x0", "0x6"}[i%2]),
			securityEvent(at, 4771, "TargetUserName", user, "IpAddress", address, "Status", "0x18"))
		port = append(port, evtxtest.Event{Provider: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", EventID: 131,
			Time:    at,
			Channel: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", Computer: "SRV-1.corp.example",
			Data: []evtxtest.Pair{evtxtest.Str("ConnType", "TCP"),
				evtxtest.Str("ClientIP", fmt.Sprintf("203.0.113.%d:%d", i%40, 40000+i))}})
	}
	logAt(t, dir, "Security.evtx", security...)
	logAt(t, dir, "RdpCoreTS.evtx", port...)
	return dir
}

// rowsOf are the rows that a command prints as JSON lines.
func rowsOf(t *testing.T, args ...string) (rows []map[string]any) {
	t.Helper()
	code, out, errs := hunt(t, append(args, "--format", "jsonl", "--quiet")...)
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	for line := range strings.Lines(out) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err, line)
		}
		rows = append(rows, row)
	}
	return rows
}

// told joins the values of some columns of a row.
func told(row map[string]any, names ...string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprint(row[n]))
	}
	return strings.Join(out, " | ")
}

const anna = "S-1-5-21-1-2-3-1104"

// accessLogs are the logs of a server that was reached from the internet, with a start of the system in between.
func accessLogs(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	at := func(minutes int) time.Time { return time.Date(2026, 3, 2, 8, minutes, 0, 0, time.UTC) }
	logon := func(minutes int, id, kind, address string, more ...string) evtxtest.Event {
		return securityEvent(at(minutes), 4624,
			append([]string{"TargetUserName", "anna", "TargetDomainName", "CORP", "TargetUserSid", anna,
				"TargetLogonId", id,
				"LogonType", kind, "IpAddress", address, "WorkstationName", "KALI"}, more...)...)
	}
	failed := func(minutes int, user, address string) evtxtest.Event {
		return securityEvent(at(minutes), 4625, "TargetUserName", user, "TargetDomainName", "CORP", "TargetUserSid",
			"S-1-0-0", "LogonType", "3",
			"IpAddress", address, "Status", "0xc000006d", "SubStatus", "0xc000006a", "WorkstationName", "KALI")
	}
	logAt(t, dir, "Security.evtx",
		failed(1, "anna", "203.0.113.7"), failed(2, "ANNA", "203.0.113.7"), failed(3, "bob", "203.0.113.7"),
		failed(4, "anna", "203.0.113.7"),
		logon(5, "0x10001", "10", "203.0.113.7", "TargetLinkedLogonId", "0x10002"),
		securityEvent(at(5), 4672, "SubjectUserName", "anna", "SubjectDomainName", "CORP", "SubjectUserSid", anna,
			"SubjectLogonId", "0x10001"),
		securityEvent(at(20), 4779, "AccountName", "anna", "AccountDomain", "CORP", "LogonID", "0x10001", "ClientName",
			"KALI", "ClientAddress", "203.0.113.7"),
		securityEvent(at(25), 4778, "AccountName", "anna", "AccountDomain", "CORP", "LogonID", "0x10001", "ClientName",
			"KALI", "ClientAddress", "203.0.113.9"),
		securityEvent(at(35), 4634, "TargetUserName", "anna", "TargetDomainName", "CORP.EXAMPLE", "TargetUserSid", anna,
			"TargetLogonId", "0x10001", "LogonType", "10"),
		logon(40, "0x20000", "3", "10.1.1.1"), logon(41, "0x30000", "3", "::ffff:192.168.7.7"),
		securityEvent(at(50), 4634, "TargetUserName", "anna", "TargetDomainName", "CORP", "TargetUserSid", anna,
			"TargetLogonId", "0x20000", "LogonType", "3"),
		securityEvent(at(51), 4634, "TargetUserName", "anna", "TargetDomainName", "CORP", "TargetUserSid", anna,
			"TargetLogonId", "0xabcde", "LogonType", "3"),
		securityEvent(at(58), 4608), logon(59, "0x10001", "2", "127.0.0.1"))
	logAt(t, dir, "OpenSSH.evtx",
		evtxtest.Event{Provider: "OpenSSH", Channel: "OpenSSH/Operational", Computer: "SRV-1.corp.example", EventID: 4,
			Time: at(45),
			Data: []evtxtest.Pair{evtxtest.Str("process", "sshd"),
				evtxtest.Str("payload", "Accepted password for anna from 198.51.100.4 port 50000 ssh2")}},
		evtxtest.Event{Provider: "OpenSSH", Channel: "OpenSSH/Operational", Computer: "SRV-1.corp.example", EventID: 4,
			Time: at(46),
			Data: []evtxtest.Pair{evtxtest.Str("process", "sshd"),
				evtxtest.Str("payload", "Server listening on 0.0.0.0 port 22.")}})
	logAt(t, dir, "Sysmon.evtx",
		evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
			Computer: "SRV-1.corp.example",
			EventID:  3, Time: at(1), UserID: "S-1-5-18",
			Data: []evtxtest.Pair{evtxtest.Str("UtcTime", "2026-03-02 08:01:00.000"), evtxtest.Str("Initiated", "true"),
				evtxtest.Str("SourceIp", "198.51.100.4"), evtxtest.Str("DestinationIp", "192.0.2.1")}})
	return dir
}

func TestSessionsLastToTheLogoffOrToTheNextStart(t *testing.T) {
	var got []string
	for _, r := range rowsOf(t, "logons", "--evtx", accessLogs(t), "--view", "sessions") {
		got = append(got, told(r, "id", "type", "account", "sources", "seconds", "ending", "privileged", "disconnects",
			"linked_id"))
	}
	want := []string{
		"0x10001 | RemoteInteractive | CORP\\anna | [203.0.113.7 203.0.113.9] | 1800 | logoff | true | 1 | 0x10002",
		"0x20000 | Network | CORP\\anna | [10.1.1.1] | 600 | logoff | false | 0 | <nil>",
		"0x30000 | Network | CORP\\anna | [192.168.7.7] | 900 | next start of the system | false | 0 | <nil>",
		"0xabcde | Network | CORP\\anna | <nil> | <nil> | logoff | false | 0 | <nil>",
		"0x10001 | Interactive | CORP\\anna | [127.0.0.1] | <nil> | no end logged | false | 0 | <nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestExternalLogonsAreThoseFromTheInternet(t *testing.T) {
	dir := accessLogs(t)
	var got []string
	for _, r := range rowsOf(t, "logons", "--evtx", dir, "--external") {
		got = append(got, told(r, "account", "sid", "source", "type", "result", "count", "clients"))
	}
	want := []string{
		"CORP\\anna | " + anna + " | 203.0.113.7 | Network | failure | 3 | [KALI]",
		"CORP\\anna | " + anna + " | 203.0.113.7 | RemoteInteractive | success | 1 | <nil>",
		"CORP\\anna | " + anna + " | 203.0.113.9 | terminal session, reconnected | success | 1 | [KALI]",
		"CORP\\bob | <nil> | 203.0.113.7 | Network | failure | 1 | [KALI]",
	} // the SSH logon came from an address that the server has itself
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	ssh := rowsOf(t, "logons", "--evtx", dir, "--view", "timeline", "--user", "anna")
	if !slices.ContainsFunc(ssh, func(r map[string]any) bool {
		return told(r, "time", "event", "account", "source") == "2026-03-02T08:45:00.0000000Z | SSH (password) | "+
			"anna | 198.51.100.4"
	}) {
		t.Errorf("no SSH logon in %v", ssh)
	}
	if len(rowsOf(t, "logons", "--evtx", dir, "--view", "sessions", "--external")) != 1 {
		t.Error("a session from the internet is missing, or another is there")
	}
}

func TestFailuresThenSuccessAreFoundByAccountAndBySource(t *testing.T) {
	var got []string
	for _, r := range rowsOf(t, "logons", "--evtx", accessLogs(t), "--view", "guessed") {
		got = append(got, told(r, "account", "source", "failures", "first_failure", "success", "type", "accounts_tried",
			"tried"))
	}
	want := []string{
		"CORP\\anna | 203.0.113.7 | 3 | 2026-03-02T08:01:00.0000000Z | 2026-03-02T08:05:00.0000000Z | " +
			"RemoteInteractive | 1 | [CORP\\anna]",
		"CORP\\anna | 203.0.113.7 | 4 | 2026-03-02T08:01:00.0000000Z | 2026-03-02T08:05:00.0000000Z | " +
			"RemoteInteractive | 2 | [CORP\\anna CORP\\bob]",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLogonsAreTheSameWhateverTheMemoryAndTheWorkers(t *testing.T) {
	dir := manyLogons(t)
	for _, view := range []string{"summary", "guessed", "sessions", "timeline"} {
		_, want, _ := hunt(t, "logons", "--evtx", dir, "--view", view, "--format", "csv", "--quiet")
		_, got, _ := hunt(t, "logons", "--evtx", dir, "--view", view, "--format", "csv", "--quiet", "--max-memory",
			"100KiB", "--jobs", "7")
		if want == "" || got != want {
			t.Errorf("%s: %d bytes with much memory, %d with little", view, len(want), len(got))
		}
	}
}
