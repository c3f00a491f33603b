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

// FormatOptions are the limits of the formats; the zero value is what hunt uses.
type FormatOptions struct {
	HTML HTMLOptions
	XLSX XLSXOptions
}

// Supported returns nil if Write knows the ending of name.
func Supported(name string) error {
	_, err := writerOf(name)
	return err
}

func writerOf(name string) (func(context.Context, io.Writer, *Report, FormatOptions) error, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm":
		return func(ctx context.Context, w io.Writer, r *Report, o FormatOptions) error {
			return WriteHTML(ctx, w, r, o.HTML)
		}, nil
	case ".xlsx":
		return func(ctx context.Context, w io.Writer, r *Report, o FormatOptions) error {
			return WriteXLSX(ctx, w, r, o.XLSX)
		}, nil
	case ".json":
		return func(ctx context.Context, w io.Writer, r *Report, _ FormatOptions) error { return WriteJSON(ctx, w, r) }, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrFormat)
}

// Write writes r to w in the format that the ending of name asks for. It calls Normalize. A context that is done ends it with the
// context's error.
func Write(ctx context.Context, w io.Writer, name string, r *Report, o FormatOptions) error {
	write, err := writerOf(name)
	if err != nil {
		return err
	}
	return write(ctx, w, r, o)
}
