package binxml

import (
	"errors"
	"fmt"

	"hunt/limit"
)

// Limits on hostile input. Honest logs stay far below each of them; the numbers in
// the comments are the largest that real files showed, or the reason for the bound.
const (
	// MaxElementDepth bounds elements inside elements of one definition (real: below 10).
	MaxElementDepth = 64
	// MaxNesting bounds BinXML values inside BinXML values (real: 2). A value can hold
	// at most what is left of the record, so that depth costs little, but recursion must end.
	MaxNesting = 16
	// MaxName bounds the characters of an element or attribute name (real: below 64).
	MaxName = 1024
	// MaxSlot bounds the numbers of slots that a definition may refer to (real: below 250). The
	// compiled form has an entry for each number below the highest.
	MaxSlot = 4096
	// MaxDefinition bounds the canonical form of one definition in bytes (real: below
	// 8 KiB). Its names are references: four bytes of a definition can stand
	// for a whole MaxName, so that 64 KiB of tokens could otherwise grow to 8 MiB.
	MaxDefinition = 128 << 10
	// MaxChunkDefinitions bounds the canonical forms of one chunk together (real: below 200 KiB):
	// each record could name another definition, all of them overlapping.
	MaxChunkDefinitions = 4 << 20
	// MaxWork bounds the nodes that writing a record visits (real: below 1,000). A value can hold a
	// template that refers to a value of its own thousands of times, which holds the same template,
	// and so on: a few hundred bytes could otherwise ask for more work than can ever be done.
	MaxWork = 1 << 20
	// MaxOutput bounds the JSON or XML of one record in bytes. Every token of a definition can
	// refer to the same value: 64 KiB of input can ask for 500 MiB of output. Honest records stay
	// below 6 times their size, reached if every character is escaped as \u0000.
	MaxOutput = 1 << 20
)

// The bounds as a run accounts for them. Each loses what exceeds it.
var (
	BoundDepth = bound("binxml-element-depth", "elements are decoded up to %d levels deep",
		MaxElementDepth)
	BoundNesting = bound("binxml-nesting", "BinXML values are decoded up to %d levels deep", MaxNesting)
	BoundName    = bound("binxml-name",
		"the name of an element or attribute has at most %d characters", MaxName)
	BoundSlot       = bound("binxml-slot", "a template definition refers to at most %d values", MaxSlot)
	BoundDefinition = bound("binxml-definition",
		"a template definition, with every name written out, takes at most %d KiB", MaxDefinition>>10)
	BoundChunkDefinitions = bound("binxml-chunk-definitions",
		"the template definitions of a chunk, with every name written out, take at most %d MiB",
		MaxChunkDefinitions>>20)
	BoundWork = bound("binxml-work",
		"writing a record with values within values visits at most %d parts", MaxWork)
	BoundUnnamed = bound("binxml-unnamed",
		"hunt shows the first %d values of a payload without a definition", maxUnnamed)
	BoundFields = bound("binxml-fields", "rules and tables see the first %d fields of a record", maxFields)
	BoundOutput = bound("binxml-output",
		"the text of a record ends at %d MiB, which cuts records that repeat their values endlessly", MaxOutput>>20)
)

func bound(id limit.ID, text string, most int) limit.Bound {
	return limit.Bound{ID: id, Text: fmt.Sprintf(text, most), Loses: true}
}

// Error says what in a record's body cannot be decoded, and where in its chunk.
type Error struct {
	Offset int // in bytes from the start of the chunk
	What   string
	Bound  limit.Bound // the bound that caused it, if one did
}

func (e *Error) Error() string { return fmt.Sprintf("%s at chunk offset 0x%x", e.What, e.Offset) }

func failf(off int, format string, args ...any) error {
	return &Error{Offset: off, What: fmt.Sprintf(format, args...)}
}

// boundOf returns the bound that caused an error, the zero Bound if none did.
func boundOf(err error) limit.Bound {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Bound
	}
	return limit.Bound{}
}

// beyond is failf for input that exceeds a bound.
func beyond(b limit.Bound, off int, format string, args ...any) error {
	return &Error{Offset: off, What: fmt.Sprintf(format, args...), Bound: b}
}
