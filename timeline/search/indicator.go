package search

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"hunt/config"
)

const (
	// maxIndicatorFile bounds a list of indicators, in bytes.
	maxIndicatorFile = 256 << 20
	// maxRefused bounds the listed indicators that cannot be searched for.
	maxRefused = 20
)

// Indicators holds the patterns of a list of indicators.
type Indicators struct {
	Patterns []Pattern
	Refused  []string // why some were left out, each with its place; at most maxRefused of them
	Left     int      // how many were left out
}

func (n *Indicators) refuse(format string, args ...any) {
	if n.Left++; n.Left <= maxRefused {
		n.Refused = append(n.Refused, fmt.Sprintf(format, args...))
	}
}

func (n *Indicators) add(text, label string) {
	if text = Refang(strings.TrimSpace(text)); text != "" {
		n.Patterns = append(n.Patterns, Pattern{Text: text, Label: label})
	}
}

// ReadIndicators reads a list of indicators: a STIX 2.1 bundle or object; CSV with a header that
// names the column of the indicators; or plain text, with an indicator on each line and # before
// comments. The content decides which of them it is.
func ReadIndicators(name string) (*Indicators, error) {
	b, err := config.Read(name, maxIndicatorFile)
	if err != nil {
		return nil, err
	}
	return parseIndicators(config.Shown(name), b)
}

func parseIndicators(name string, b []byte) (*Indicators, error) {
	if len(b) >= 2 && (string(b[:2]) == "\xff\xfe" || string(b[:2]) == "\xfe\xff") {
		b = fromUTF16(b)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var n *Indicators
	var err error
	text := bytes.TrimLeft(b, " \t\r\n")
	switch {
	case len(text) > 0 && (text[0] == '{' && bytes.Contains(text, []byte(`"type"`)) || text[0] == '[' &&
		bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t\r\n"), []byte("{"))):
		n, err = stixIndicators(name, text)
	case indicatorColumn(firstRow(b)) >= 0:
		n, err = csvIndicators(name, b)
	default:
		n = plainIndicators(b)
	}
	if err != nil {
		return nil, err
	}
	if len(n.Patterns) == 0 {
		reason := "the file contains no indicator"
		if len(n.Refused) > 0 {
			reason += " that hunt can search for: " + n.Refused[0]
		}
		return nil, fmt.Errorf("%s: %s", name, reason)
	}
	if len(n.Patterns) > maxPatterns {
		return nil, fmt.Errorf("%s: %d indicators; a search takes %d at most", name, len(n.Patterns), maxPatterns)
	}
	return n, nil
}

// fromUTF16 returns text with a byte order mark as UTF-8: PowerShell writes lists in UTF-16.
func fromUTF16(b []byte) []byte {
	big := b[0] == 0xfe
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		u := uint16(b[0]) | uint16(b[1])<<8
		if big {
			u = u<<8 | u>>8
		}
		units = append(units, u)
	}
	return []byte(string(utf16.Decode(units)))
}

func plainIndicators(b []byte) *Indicators {
	n := &Indicators{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			n.add(line, "")
		}
	}
	return n
}

// indicatorColumns are the headings under which lists have their indicators, the most certain first.
var indicatorColumns = []string{"indicator", "indicator_value", "ioc", "ioc_value", "value", "observable", "pattern",
	"artifact"}

// labelColumns are the headings of descriptions.
var labelColumns = []string{"id", "name", "description", "comment", "type", "indicator_type", "ioc_type", "source"}

// indicatorColumn returns which column of a row of headings holds the indicators, or -1 if none does.
func indicatorColumn(head []string) int { return columnOf(head, indicatorColumns) }

func columnOf(head, names []string) int {
	for _, name := range names {
		for i, h := range head {
			if strings.ReplaceAll(strings.ToLower(strings.TrimSpace(h)), " ", "_") == name {
				return i
			}
		}
	}
	return -1
}

// separator returns the character that separates cells in the first row of a list.
func separator(b []byte) rune {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	best, n := ',', 0
	for _, c := range ",;\t" {
		if k := bytes.Count(line, []byte(string(c))); k > n {
			best, n = c, k
		}
	}
	return best
}

func firstRow(b []byte) []string {
	r := csvReader(b)
	row, err := r.Read()
	if err != nil {
		return nil
	}
	return row
}

func csvReader(b []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma, r.Comment, r.FieldsPerRecord, r.LazyQuotes = separator(b), '#', -1, true
	return r
}

func csvIndicators(name string, b []byte) (*Indicators, error) {
	n, r := &Indicators{}, csvReader(b)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	value, label := indicatorColumn(head), columnOf(head, labelColumns)
	for {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			var e *csv.ParseError
			if errors.As(err, &e) {
				return nil, fmt.Errorf("%s:%d:%d: %w", name, e.Line, e.Column, e.Err)
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		case value >= len(row):
			line, _ := r.FieldPos(0)
			n.refuse("%s:%d: no cell under %q", name, line, head[value])
		case label >= 0 && label < len(row):
			n.add(row[value], row[label])
		default:
			n.add(row[value], "")
		}
	}
}

// fanged lists the ways in which reports make indicators harmless, and what they stand for.
var fanged = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[:]", ":", "[://]",
	"://", "[@]", "@", "[at]", "@", "(at)", "@")

// Refang restores an indicator that was made harmless: hxxps://evil[.]example becomes
// https://evil.example.
func Refang(s string) string {
	if strings.ContainsAny(s, "[({") {
		s = fanged.Replace(s)
	}
	for _, p := range [][2]string{{"hxxps:", "https:"}, {"hxxp:", "http:"}, {"fxp:", "ftp:"}, {"meow:", "http:"}} {
		if len(s) >= len(p[0]) && strings.EqualFold(s[:len(p[0])], p[0]) {
			return p[1] + s[len(p[0]):]
		}
	}
	return s
}
