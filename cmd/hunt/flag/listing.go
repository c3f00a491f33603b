package flag

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/identity"
	"hunt/cmd/hunt/screen"
	"hunt/report/listing"
)

// ListingOf reads the flags of a command that prints rows; name says what the rows are, for a workbook.
func ListingOf(c *cli.Context, name string) (listing.Options, error) {
	o := listing.Options{Format: listing.Format(c.String("format")), Name: name, Version: identity.Version,
		TempDir: c.String("temp-dir"),
		Screen:  screen.Width(c.App.Writer), BOM: BOM(c, c.String("output"))}
	if name := c.String("output"); name != "" && name != "-" {
		o.Screen = 0 // a file is no terminal
	}
	if !slices.Contains(listing.Formats, o.Format) {
		return o, exit.Usagef("--format: unknown format %q; use one of %s", o.Format, Listed(listing.Formats))
	}
	if o.Format == listing.XLSX && o.Screen > 0 {
		return o, exit.Usagef("a terminal cannot show a workbook; redirect the output to a file")
	}
	var err error
	o.Zone, err = ZoneOf(c)
	return o, err
}

// BOM reports whether CSV begins with a byte order mark in the file name, where "" and "-" are standard output:
// never on a terminal, whatever its name, because it would show it.
func BOM(c *cli.Context, name string) bool {
	if !c.Bool("csv-bom") {
		return false
	}
	if name == "" || name == "-" || name == "/dev/stdout" {
		return !screen.Terminal(c.App.Writer)
	}
	return !screen.TerminalAt(name)
}

// Listed are formats in a row, as a message names them.
func Listed[F ~string](formats []F) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}
