package batch

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"hunt/config"
	"hunt/timeline/evidence"
)

// maxInputText bounds a path or name in a list of inputs, in bytes: no system accepts longer paths.
const maxInputText = 32_767

// maxInputs bounds a list of inputs: the largest fleet has a tenth of it.
const maxInputs = 1_000_000

// maxInputList bounds the list itself, in bytes.
const maxInputList = 256 << 20

// Inputs reads a list of inputs from a CSV file. Each line has path, display name and host; the last two may be
// missing.
func Inputs(name string) ([]evidence.Input, error) {
	b, err := config.Read(name, maxInputList)
	if err != nil {
		return nil, err
	}
	return readInputs(config.Shown(name), bytes.NewReader(b))
}

// readInputs reads a list of inputs. Lines that begin with # are comments.
func readInputs(name string, r io.Reader) ([]evidence.Input, error) {
	in := csv.NewReader(r)
	in.Comment, in.FieldsPerRecord, in.TrimLeadingSpace = '#', -1, true
	var out []evidence.Input
	seen := map[string]int{}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				return nil, fmt.Errorf("%s:%d:%d: %w; write each line as: path, display name, host", name, pe.Line,
					pe.Column, pe.Err)
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := in.FieldPos(0)
		if len(out) == 0 {
			fields[0] = strings.TrimPrefix(fields[0], "\ufeff")
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		fields = append(fields, "", "")
		switch {
		case len(fields) > 5:
			return nil, fmt.Errorf("%s:%d:1: %d fields; write each line as: path, display name, host (put quotes "+
				"around a value with a comma)", name, line, len(fields)-2)
		case len(fields[0]) > maxInputText || len(fields[1]) > maxInputText || len(fields[2]) > maxInputText:
			return nil, fmt.Errorf("%s:%d:1: the path or name is longer than %d bytes; is this the right file?", name,
				line, maxInputText)
		case fields[0] == "":
			return nil, fmt.Errorf("%s:%d:1: the path is missing", name, line)
		case len(out) == maxInputs:
			return nil, fmt.Errorf("%s:%d:1: more than %d inputs", name, line, maxInputs)
		}
		if first := seen[fields[1]]; first > 0 && fields[1] != "" {
			return nil, fmt.Errorf("%s:%d:1: line %[4]d has the display name %[3]q too; give each input its own "+
				"name, so that the report can tell them apart", name, line, fields[1], first)
		}
		seen[fields[1]] = line
		out = append(out, evidence.Input{Path: fields[0], Name: fields[1], Host: fields[2]})
	}
}
