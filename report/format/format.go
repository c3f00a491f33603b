// Package format picks the writer of a report by the ending of the file name: .html, .xlsx or .json.
package format

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"hunt/report"
	"hunt/report/html"
	"hunt/report/xlsx"
)

// ErrFormat is returned for a report whose file name ends in none of the known endings.
var ErrFormat = errors.New("unknown report format: the name must end in .html, .xlsx or .json")

// Options are the limits of the formats; the zero value is what hunt uses.
type Options struct {
	HTML html.Options
	XLSX xlsx.Options
}

// Supported returns nil if Write knows the ending of name.
func Supported(name string) error {
	_, err := writerOf(name)
	return err
}

func writerOf(name string) (func(context.Context, io.Writer, *report.Report, Options) error, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm":
		return func(ctx context.Context, w io.Writer, r *report.Report, o Options) error {
			return html.Write(ctx, w, r, o.HTML)
		}, nil
	case ".xlsx":
		return func(ctx context.Context, w io.Writer, r *report.Report, o Options) error {
			return xlsx.Write(ctx, w, r, o.XLSX)
		}, nil
	case ".json":
		return func(ctx context.Context, w io.Writer, r *report.Report, _ Options) error {
			return report.WriteJSON(ctx, w, r)
		}, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrFormat)
}

// Write writes r to w in the format that the ending of name asks for. It calls Normalize. A context that is
// done ends it with the context's error.
func Write(ctx context.Context, w io.Writer, name string, r *report.Report, o Options) error {
	write, err := writerOf(name)
	if err != nil {
		return err
	}
	return write(ctx, w, r, o)
}
