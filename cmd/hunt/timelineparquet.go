package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"hunt/timeline"
	"hunt/timeline/evidence"
)

// parquetRow is an event in a Parquet file. The names are those of the other formats.
type parquetRow struct {
	Time        *int64 `parquet:"time,optional,timestamp(microsecond:utc)"` // null where readers have no such date: after the year 9999
	Filetime    uint64 `parquet:"filetime"`                                 // the same in 100 ns since 1601
	HostName    string `parquet:"host_name,dict"`                           // the partition, exactly
	Computer    string `parquet:"computer,dict"`
	Channel     string `parquet:"channel,dict"`
	Provider    string `parquet:"provider,dict"`
	EventCode   int64  `parquet:"event_code"`
	RecordID    uint64 `parquet:"record_id"`
	User        string `parquet:"user,dict"`
	Process     string `parquet:"process,dict"`
	PID         *int64 `parquet:"pid,optional"`
	Parent      string `parquet:"parent,dict"`
	CommandLine string `parquet:"command_line"`
	Target      string `parquet:"target"`
	Message     string `parquet:"message"`
	Data        string `parquet:"data"`
	File        string `parquet:"file,dict"`
	Chunk       int32  `parquet:"chunk"`
	Offset      int64  `parquet:"offset"`
	Carved      bool   `parquet:"carved"`
	Copies      int64  `parquet:"copies"`
	Twin        bool   `parquet:"twin"`
	TimeSource  string `parquet:"time_source,dict"`
	Altered     bool   `parquet:"altered"`
	Continued   bool   `parquet:"continued"`
}

// parquetLast is the last microsecond of the year 9999, since 1970.
const parquetLast = 253_402_300_799_999_999

func parquetRowOf(col *evidence.Collection, e *timeline.Event) parquetRow {
	f := factsOf(col, e)
	valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	r := parquetRow{Filetime: uint64(e.At), HostName: valid(f.Host), Computer: valid(f.Computer), Channel: valid(f.Channel), Provider: valid(f.Provider),
		EventCode: int64(f.EventCode), RecordID: f.RecordID, User: valid(f.User), Process: valid(f.Process), Parent: valid(f.Parent),
		CommandLine: valid(f.CommandLine), Target: valid(f.Target), Message: valid(f.Message), Data: valid(string(f.Data)), File: valid(f.File),
		Chunk: f.Chunk, Offset: f.Offset, Carved: f.Carved, Copies: int64(f.Copies), Twin: f.Twin, TimeSource: f.TimeSource, Altered: f.Altered, Continued: f.Continued}
	if t := unixMicro(e.At); e.At != 0 && t <= parquetLast {
		r.Time = &t
	}
	if n, err := strconv.ParseInt(f.PID, 10, 64); err == nil {
		r.PID = &n
	}
	return r
}

// Bounds of Parquet files.
const (
	// parquetGroup is the most events of a row group: its pages wait in memory, compressed, until it is full.
	parquetGroup = 128 << 10
	// parquetGroupBytes is the same in bytes of text.
	parquetGroupBytes = 64 << 20
)

// parquetDir writes a directory with one file for each host, host=NAME/part-0.parquet: Hive partitions, which DuckDB, Spark and
// Arrow read as one table.
type parquetDir struct {
	dir  string
	col  *evidence.Collection
	jobs int

	host  *timeline.Host
	file  *os.File
	out   *parquet.GenericWriter[parquetRow]
	rows  []parquetRow
	n     int // rows of the row group
	bytes int
}

// hand takes events of one host, in order.
func (p *parquetDir) hand(_ int, events []*timeline.Event) error {
	if len(events) == 0 {
		return nil
	}
	if host := events[0].Host; host != p.host {
		if err := p.finish(); err != nil {
			return err
		}
		if err := p.begin(host); err != nil {
			return err
		}
	}
	p.rows = append(p.rows[:0], make([]parquetRow, len(events))...)
	share(p.jobs, len(events), func(_, from, to int) {
		for i := from; i < to; i++ {
			p.rows[i] = parquetRowOf(p.col, events[i])
		}
	})
	if _, err := p.out.Write(p.rows); err != nil {
		return err
	}
	for i := range p.rows {
		r := &p.rows[i]
		p.bytes += len(r.CommandLine) + len(r.Target) + len(r.Message) + len(r.Data)
	}
	if p.n += len(p.rows); p.n >= parquetGroup || p.bytes >= parquetGroupBytes {
		p.n, p.bytes = 0, 0
		return p.out.Flush()
	}
	return nil
}

func (p *parquetDir) begin(host *timeline.Host) (err error) {
	dir := filepath.Join(p.dir, hostDir(host.ID))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if p.file, err = os.Create(filepath.Join(dir, "part-0.parquet")); err != nil {
		return err
	}
	p.host, p.n, p.bytes = host, 0, 0
	p.out = parquet.NewGenericWriter[parquetRow](p.file, parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault, Concurrency: 1}),
		parquet.CreatedBy("hunt", version(), ""), parquet.PageBufferSize(256<<10), parquet.DataPageStatistics(true))
	return nil
}

// finish completes the file of the last host.
func (p *parquetDir) finish() error {
	if p.file == nil {
		return nil
	}
	return errors.Join(p.out.Close(), p.close())
}

func (p *parquetDir) close() error {
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file, p.host = nil, nil
	return err
}

// hostDir is the name of a host's partition. Host names come from logs: all but lower-case letters, digits, "_", "-" and inner dots
// becomes %XX, as readers of partitions take it, so that no name leaves the directory, is reserved or ends in a way that Windows
// drops, and no two are one where case does not count. A name too long for a file system ends in ~ and its hash.
func hostDir(id string) string {
	const most = 200
	var b strings.Builder
	b.WriteString("host=")
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '.' && i > 0 && i < len(id)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= most {
		return b.String()
	}
	sum := sha256.Sum256([]byte(id))
	head := b.String()[:most-1-2*16]
	if i := strings.LastIndexByte(head, '%'); i > len(head)-3 {
		head = head[:i]
	}
	return head + "~" + hex.EncodeToString(sum[:16])
}
