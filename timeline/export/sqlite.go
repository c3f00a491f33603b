package export

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"hunt/timeline/spill"
)

// A timeline as SQLite is a database with one table, events, whose rows are in order: id counts from
// 1. filetime is the time exactly, in 100 ns since 1601. The table events_fts is an index (FTS5) of
// the words of message and data; about says which hunt made the file. Nothing in it depends on the
// run: the same events give the same bytes.

// sqliteLine writes the time and the cells of a row, each preceded by its length.
type sqliteLine struct{ view }

func (l sqliteLine) append(dst []byte, f *facts) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.event.At))
	return sheetLine(l).append(dst, f)
}

// sqliteFile is a database that is being written, in a directory of its own.
type sqliteFile struct {
	dir     string
	db      *sql.DB
	tx      *sql.Tx
	insert  *sql.Stmt
	columns []column
	values  []any
}

// sqliteSettings make SQLite write a file that nobody else sees, within a few MiB of memory.
const sqliteSettings = `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16384; PRAGMA page_size = 8192;`

// newSQLiteFile begins a database for events of a view in a temporary directory below dir.
func newSQLiteFile(ctx context.Context, v *view, dir, version string) (f *sqliteFile, err error) {
	f = &sqliteFile{columns: v.columns, values: make([]any, 2+len(v.columns))}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	if f.dir, err = os.MkdirTemp(dir, "hunt-sqlite-*"); err != nil {
		return f, err
	}
	name := url.URL{Path: filepath.ToSlash(f.name())}
	if runtime.GOOS == "windows" {
		name.Path = "/" + name.Path
	}
	if f.db, err = sql.Open("sqlite", "file:"+name.EscapedPath()); err != nil {
		return f, err
	}
	f.db.SetMaxOpenConns(1)
	create := `CREATE TABLE events (id INTEGER PRIMARY KEY, filetime INTEGER NOT NULL`
	places := "?, ?"
	for _, c := range f.columns {
		create += ", " + quotedName(c.name) + " " + sqliteType(&c)
		places += ", ?"
	}
	for _, statement := range []string{sqliteSettings, create + ")",
		`CREATE INDEX events_by_time ON events (filetime)`, `CREATE INDEX events_by_host ON events (host, filetime)`,
		`CREATE INDEX events_by_code ON events (event_code, channel)`,
		// Datasette recognises the index of a table by content="events", written exactly like this.
		`CREATE VIRTUAL TABLE events_fts USING fts5 (message, data, content="events", content_rowid="id")`,
		`CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)`} {
		if _, err = f.db.ExecContext(ctx, statement); err != nil {
			return f, err
		}
	}
	if _, err = f.db.ExecContext(ctx, `INSERT INTO about VALUES ('made_by', 'hunt'), ('version', ?)`,
		version); err != nil {
		return f, err
	}
	if f.tx, err = f.db.BeginTx(ctx, nil); err != nil {
		return f, err
	}
	f.insert, err = f.tx.PrepareContext(ctx, "INSERT INTO events VALUES ("+places+")")
	return f, err
}

func (f *sqliteFile) name() string { return filepath.Join(f.dir, "timeline.db") }

func quotedName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func sqliteType(c *column) string {
	switch c.kind {
	case signed, unsigned, digits, flag:
		return "INTEGER"
	}
	return "TEXT"
}

// take adds a row that sqliteLine wrote.
func (f *sqliteFile) take(ctx context.Context, text []byte) error {
	f.values[0] = nil // SQLite assigns it
	f.values[1] = int64(binary.LittleEndian.Uint64(text))
	text = text[8:]
	for i := range f.columns {
		n, head := binary.Uvarint(text)
		f.values[2+i] = sqliteValue(&f.columns[i], string(text[head:head+int(n)]))
		text = text[head+int(n):]
	}
	_, err := f.insert.ExecContext(ctx, f.values...)
	return err
}

// sqliteValue returns a cell as SQLite stores it: NULL if a rare fact is missing.
func sqliteValue(c *column, cell string) any {
	switch c.kind {
	case signed, unsigned, digits:
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(cell, 10, 64); err == nil {
			return strconv.FormatUint(n, 10) // SQLite has no integer as large
		}
		return nil
	case flag:
		if set, err := strconv.ParseBool(cell); err == nil && set {
			return int64(1)
		}
		return int64(0)
	}
	if cell == "" && c.rare {
		return nil
	}
	return strings.ToValidUTF8(cell, string('\uFFFD'))
}

// finish indexes the words and copies the database to w.
func (f *sqliteFile) finish(ctx context.Context, w io.Writer) error {
	if err := errors.Join(f.insert.Close(), f.tx.Commit()); err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, `INSERT INTO events_fts (events_fts) VALUES ('rebuild')`); err != nil {
		return err
	}
	if err := f.db.Close(); err != nil {
		return err
	}
	f.db = nil
	file, err := os.Open(f.name())
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return errors.Join(err, file.Close())
}

// close removes what is left.
func (f *sqliteFile) close() error {
	var errs []error
	if f.db != nil {
		errs = append(errs, f.db.Close())
	}
	if f.dir != "" {
		errs = append(errs, os.RemoveAll(f.dir))
	}
	return errors.Join(errs...)
}

// writeSQLite sends the rows of x to a database, which is copied to w at the end.
func (t *Timeline) writeSQLite(ctx context.Context, w io.Writer, x *lineExport, version string) (*sqliteFile, error) {
	file, err := newSQLiteFile(ctx, &x.view, t.Scan.TempDir, version)
	if err != nil {
		return nil, sqliteFailed(ctx, t.Scan.TempDir, err)
	}
	x.render = sqliteLine{x.view}.append
	x.take = func(text []byte) error { return sqliteFailed(ctx, t.Scan.TempDir, file.take(ctx, text)) }
	x.end = func() error { return sqliteFailed(ctx, t.Scan.TempDir, file.finish(ctx, w)) }
	return file, nil
}

// sqliteFailed adds to an error where the database is made.
func sqliteFailed(ctx context.Context, dir string, err error) error {
	if err == nil || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), err)
	}
	return spill.Failed(dir, fmt.Errorf("SQLite: %w", err))
}
