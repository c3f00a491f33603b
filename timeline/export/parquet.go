package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"hunt/timeline"
	"hunt/timeline/host"
)

// parquetTable is the columns after the times, and the schema of all. The names are those of the other formats.
type parquetTable struct {
	columns []named
	schema  *parquet.Schema
}

func newParquetTable(v *view) parquetTable {
	t := parquetTable{columns: v.arranged(func(c *column) string { return c.parquet })}
	t.schema = t.newSchema()
	return t
}

// parquetTimes is the number of columns before them: the time, null if readers cannot represent the date, and the
// exact time, in 100 ns since 1601.
const parquetTimes = 2

// parquetLast is the last microsecond of the year 9999, since 1970.
const parquetLast = 253_402_300_799_999_999

// newSchema makes the schema of the columns, in order: that of a struct with a field for each.
func (p *parquetTable) newSchema() *parquet.Schema {
	fields := []reflect.StructField{
		{Name: "Time", Type: reflect.TypeFor[*int64](), Tag: `parquet:"time,optional,timestamp(microsecond:utc)"`},
		{Name: "Filetime", Type: reflect.TypeFor[uint64](), Tag: `parquet:"filetime"`},
	}
	for i, c := range p.columns {
		f := reflect.StructField{Name: "Column" + strconv.Itoa(i), Type: reflect.TypeFor[string]()}
		tag := c.as
		switch {
		case c.kind == digits:
			f.Type, tag = reflect.TypeFor[*int64](), tag+",optional"
		case c.kind == signed && c.short:
			f.Type = reflect.TypeFor[int32]()
		case c.kind == signed:
			f.Type = reflect.TypeFor[int64]()
		case c.kind == unsigned:
			f.Type = reflect.TypeFor[uint64]()
		case c.kind == flag:
			f.Type = reflect.TypeFor[bool]()
		case c.dict:
			tag += ",dict"
		}
		f.Tag = reflect.StructTag(`parquet:"` + tag + `"`)
		fields = append(fields, f)
	}
	return parquet.NewSchema("parquetRow", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
}

// row appends an event's values, and returns how many bytes of long text they have.
func (p *parquetTable) row(dst parquet.Row, f *facts) (parquet.Row, int) {
	long := 0
	when := parquet.NullValue().Level(0, 0, 0)
	if t := unixMicro(f.event.At); f.event.At != 0 && t <= parquetLast {
		when = parquet.Int64Value(t).Level(0, 1, 0)
	}
	dst = append(dst, when, parquet.Int64Value(int64(f.event.At)).Level(0, 0, 1))
	for i, c := range p.columns {
		var v parquet.Value
		defined := 0
		switch {
		case c.kind == digits:
			if n, err := strconv.ParseInt(string(f.read(c.column)), 10, 64); err == nil {
				v, defined = parquet.Int64Value(n), 1
			}
		case c.kind == signed && c.short:
			v = parquet.Int32Value(int32(c.number(f)))
		case c.kind == signed, c.kind == unsigned:
			v = parquet.Int64Value(c.number(f))
		case c.kind == flag:
			v = parquet.BooleanValue(c.flag(f))
		default:
			s := bytes.ToValidUTF8(f.read(c.column), []byte("\uFFFD")) // a copy
			if !c.dict {
				long += len(s)
			}
			v = parquet.ByteArrayValue(s)
		}
		dst = append(dst, v.Level(0, defined, parquetTimes+i))
	}
	return dst, long
}

// Bounds of Parquet files.
const (
	// parquetGroup is the most events of a row group: its pages wait in memory, compressed, until
	// it is full.
	parquetGroup = 128 << 10
	// parquetGroupBytes is the most text of a row group, in bytes.
	parquetGroupBytes = 64 << 20
)

// parquetDir writes a directory with one file for each host, host=NAME/part-0.parquet: Hive partitions, which
// DuckDB, Spark and Arrow read as one table.
type parquetDir struct {
	dir     string
	view    view
	table   parquetTable
	jobs    int
	version string // of hunt
	marked  bool   // leave out events without a mark

	host  *host.Host
	file  *os.File
	out   *parquet.GenericWriter[any]
	rows  []parquet.Row
	long  []int // bytes of long text of each row
	n     int   // rows of the row group
	bytes int
}

func (p *parquetDir) replay(ctx context.Context, cs *timeline.Case, index *timeline.Index,
	o timeline.ReplayOptions) (written, lost int, err error) {
	lost, err = cs.Replay(ctx, index, o, func(group int, events []*timeline.Event) error {
		if p.marked {
			events = slices.DeleteFunc(events, func(e *timeline.Event) bool { return len(p.view.marks(e)) == 0 })
		}
		written += len(events)
		return p.hand(group, events)
	})
	return written, lost, err
}

// hand receives events of one host, in order.
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
	for len(p.rows) < len(events) {
		p.rows, p.long = append(p.rows, nil), append(p.long, 0)
	}
	rows := p.rows[:len(events)]
	share(p.jobs, len(events), func(_, from, to int) {
		var f facts
		for i := from; i < to; i++ {
			f.tell(&p.view, events[i])
			rows[i], p.long[i] = p.table.row(rows[i][:0], &f)
		}
	})
	if _, err := p.out.WriteRows(rows); err != nil {
		return err
	}
	for i := range rows {
		p.bytes += p.long[i]
		clear(rows[i]) // the texts
	}
	if p.n += len(rows); p.n >= parquetGroup || p.bytes >= parquetGroupBytes {
		p.n, p.bytes = 0, 0
		return p.out.Flush()
	}
	return nil
}

func (p *parquetDir) begin(host *host.Host) (err error) {
	dir := filepath.Join(p.dir, hostDir(host.ID))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if p.file, err = os.Create(filepath.Join(dir, "part-0.parquet")); err != nil {
		return err
	}
	p.host, p.n, p.bytes = host, 0, 0
	p.out = parquet.NewGenericWriter[any](p.file, p.table.schema,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault, Concurrency: 1}),
		parquet.CreatedBy("hunt", p.version, ""), parquet.PageBufferSize(256<<10), parquet.DataPageStatistics(true))
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

// hostDir returns the name of a host's partition. Host names come from logs: everything except lower-case
// letters, digits, "_", "-" and inner dots becomes %XX, which readers of partitions decode. So no name leaves the
// directory, is reserved or ends in a way that Windows drops, and no two are equal where case does not count. A
// name too long for a file system ends in ~ and its hash.
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
