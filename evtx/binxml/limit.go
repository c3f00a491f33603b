package binxml

import "fmt"

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
	// MaxChunkDefinitions bounds the canonical forms of one chunk together (real: below 200
	// KiB): each record could name another definition, all of them overlapping.
	MaxChunkDefinitions = 4 << 20
	// MaxWork bounds the nodes that writing a record visits (real: below 1,000). A value can hold a template that refers
	// to a value of its own thousands of times, which holds the same template, and so on: a few hundred bytes could
	// otherwise ask for more work than can ever be done.
	MaxWork = 1 << 20
	// MaxOutput bounds the JSON or XML of one record in bytes. One value can be referred to
	// by every token of a definition: 64 KiB of input can ask for 500 MiB of output.
	// Honest records stay below 6 times their size, escaped as \u0000 throughout.
	MaxOutput = 1 << 20
)

// Error says what in a record's body cannot be decoded, and where in its chunk.
type Error struct {
	Offset int // in bytes from the start of the chunk
	What   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at chunk offset 0x%x", e.What, e.Offset) }

func failf(off int, format string, args ...any) error {
	return &Error{Offset: off, What: fmt.Sprintf(format, args...)}
}
