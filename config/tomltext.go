package config

import (
	"bytes"
	"fmt"
)

const (
	// maxKeyParts bounds the parts of a dotted key: each becomes a table.
	maxKeyParts = 64
	// maxValues bounds the values of one expression: the parser keeps a whole expression in memory.
	maxValues = 1 << 18
)

// boundedText looks for a key of too many parts and for an expression with too many values before a parser sees them.
func boundedText(src []byte) (offset int, problem string) {
	dots, commas, depth := 0, 0, 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"', '\'':
			i += textLength(src[i:]) - 1
		case '#':
			if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
				i += n - 1
			} else {
				return 0, ""
			}
		case '\n':
			if dots = 0; depth == 0 {
				commas = 0
			}
		case '[', '{':
			depth++
			dots = 0
		case ']', '}':
			depth = max(depth-1, 0)
			dots = 0
		case '=':
			dots = 0
		case ',':
			dots = 0
			if commas++; commas > maxValues {
				return i, fmt.Sprintf("more than %d values in one expression", maxValues)
			}
		case '.':
			if dots++; dots >= maxKeyParts {
				return i, fmt.Sprintf("a key of more than %d parts", maxKeyParts)
			}
		}
	}
	return 0, ""
}

// textLength returns how long the text is that begins with a quote. One that does not end, ends with its line, and a
// parser will say so.
func textLength(src []byte) int {
	quote := src[0]
	end := src[:1]
	if len(src) >= 3 && src[1] == quote && src[2] == quote {
		end = src[:3]
	}
	for i := len(end); i < len(src); i++ {
		switch {
		case src[i] == '\\' && quote == '"':
			i++
		case src[i] == '\n' && len(end) == 1:
			return i
		case bytes.HasPrefix(src[i:], end):
			return i + len(end)
		}
	}
	return len(src)
}
