package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// ErrFormat is returned for a report whose file name ends in none of the known endings.
var ErrFormat = errors.New("unknown report format: the name must end in .html, .xlsx or .json")

// Options are the writers' limits; the zero value is what hunt uses.
type Options struct {
	// HTMLRows is the most timeline rows that an HTML report carries; 0 means 50,000,
	// which browsers filter within a tenth of a second.
	HTMLRows int
	// XLSXRows is the most rows of a sheet, header included; 0 means Excel's 1,048,576.
	// Longer tables roll over to a further sheet.
	XLSXRows int
	// XLSXMaxRows cuts each table of the workbook to that many rows, with a notice on
	// the Summary sheet; 0 means no cut.
	XLSXMaxRows int
	// TempDir is where workbooks are put together; "" is the system's directory for temporary files.
	TempDir string
}

// Supported returns nil if Write knows the ending of name.
func Supported(name string) error {
	_, err := format(name)
	return err
}

func format(name string) (func(context.Context, io.Writer, *Report, Options) error, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm":
		return writeHTML, nil
	case ".xlsx":
		return writeXLSX, nil
	case ".json":
		return writeJSON, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrFormat)
}

// Write writes r to w in the format that the ending of name asks for. It calls Normalize. A context that is done ends it with the
// context's error.
func Write(ctx context.Context, w io.Writer, name string, r *Report, o Options) error {
	write, err := format(name)
	if err != nil {
		return err
	}
	return write(ctx, w, r, o)
}
