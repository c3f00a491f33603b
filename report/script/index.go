package script

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hunt/evtx"
	"hunt/report/listing"
	"hunt/timeline/spill"
)

// Index says how the index is written.
type Index struct {
	File func(int32) string // names an evidence file by its index
	Zone *time.Location     // shown beside UTC; nil: UTC alone
	BOM  bool               // the CSV begins with a byte order mark

	memory  int64
	tempDir string
}

// columns are those of the index.
var columns = []listing.Column{
	{Name: "first", Kind: listing.Time}, {Name: "last", Kind: listing.Time}, {Name: "host"}, {Name: "user"},
	{Name: "kind"}, {Name: "path"},
	{Name: "file"}, {Name: "decoded"}, {Name: "sha256"}, {Name: "parts", Kind: listing.Number}, {Name: "missing_parts"},
	{Name: "count", Kind: listing.Number},
	{Name: "remarks"}, {Name: "evidence"}, {Name: "offset", Kind: listing.Number},
	{Name: "record_id", Kind: listing.Number},
}

// timeDigits writes a time so that it sorts as a text.
const timeDigits = "%020d"

// write writes index.csv and index.json: a row for each text, host, user and path, by the first time.
func (x *Index) write(ctx context.Context, dir string, rows *spill.Tally[seen]) (n int, err error) {
	byTime := spill.NewTally(seenSum, x.memory, x.tempDir)
	defer func() { err = errors.Join(err, byTime.Close()) }()
	for e, err := range rows.All() {
		if err != nil {
			return 0, err
		}
		if err := byTime.Add(row{fmt.Sprintf(timeDigits, uint64(e.Value.first)), e.Key}.text(), e.Value); err != nil {
			return 0, err
		}
	}
	table, err := os.Create(filepath.Join(dir, "index.csv"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, table.Close()) }()
	out := bufio.NewWriter(table)
	l, err := listing.New(out, columns, listing.Options{Format: listing.CSV, Zone: x.Zone, BOM: x.BOM})
	if err != nil {
		return 0, err
	}
	list, err := newList(filepath.Join(dir, "index.json"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, list.close()) }()
	for e, err := range byTime.All() {
		if err != nil {
			return n, err
		}
		r, s := rowOf(rowOf(e.Key)[1]), e.Value
		n++
		decoded := decodedName(r[0])
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(decoded))); err != nil {
			decoded = ""
		}
		var parts any
		if total, err := strconv.ParseInt(r[5], 10, 64); err == nil {
			parts = total
		}
		if err := l.Row(ctx, s.first, s.last, r[1], r[2], r[4], r[3], scriptName(r[0]), decoded, r[0], parts, r[6],
			s.count, r[7],
			x.File(s.ref.File), s.ref.Offset, s.ref.EventRecordID); err != nil {
			return n, err
		}
		if err := list.add(x.entry(r, s, decoded, parts)); err != nil {
			return n, err
		}
	}
	return n, errors.Join(l.Close(), out.Flush())
}

// entry is a row of index.json.
type entry struct {
	First      string `json:"first"`
	FirstLocal string `json:"first_local,omitempty"`
	Last       string `json:"last"`
	LastLocal  string `json:"last_local,omitempty"`
	Host       string `json:"host"`
	User       string `json:"user,omitempty"`
	Kind       string `json:"kind"`
	Path       string `json:"path,omitempty"`
	File       string `json:"file"`
	Decoded    string `json:"decoded,omitempty"`
	SHA256     string `json:"sha256"`
	Parts      any    `json:"parts,omitempty"`
	Missing    string `json:"missing_parts,omitempty"`
	Count      uint64 `json:"count"`
	Remarks    string `json:"remarks,omitempty"`
	Evidence   string `json:"evidence"`
	Chunk      int32  `json:"chunk"`
	Offset     int64  `json:"offset"`
	RecordID   uint64 `json:"record_id"`
	Carved     bool   `json:"carved,omitempty"`
}

func (x *Index) entry(r row, s seen, decoded string, parts any) entry {
	local := func(t evtx.Filetime) string {
		if x.Zone == nil || t == 0 {
			return ""
		}
		return t.Time().In(x.Zone).Format("2006-01-02T15:04:05.0000000-07:00")
	}
	return entry{First: s.first.String(), FirstLocal: local(s.first), Last: s.last.String(), LastLocal: local(s.last),
		Host: r[1], User: r[2], Path: r[3], Kind: r[4],
		File: scriptName(r[0]), Decoded: decoded, SHA256: r[0], Parts: parts, Missing: r[6], Count: s.count,
		Remarks:  r[7],
		Evidence: x.File(s.ref.File), Chunk: s.ref.Chunk, Offset: s.ref.Offset, RecordID: s.ref.EventRecordID,
		Carved: s.ref.Carved}
}

// list writes a JSON array, an object a line.
type list struct {
	f   *os.File
	out *bufio.Writer
	n   int
}

func newList(name string) (*list, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return &list{f: f, out: bufio.NewWriter(f)}, nil
}

func (l *list) add(v any) error {
	head := "[\n"
	if l.n > 0 {
		head = ",\n"
	}
	l.n++
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = l.out.WriteString(head + string(b))
	return err
}

func (l *list) close() error {
	end := "\n]\n"
	if l.n == 0 {
		end = "[]\n"
	}
	_, err := l.out.WriteString(end)
	return errors.Join(err, l.out.Flush(), l.f.Close())
}
