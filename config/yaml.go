package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a YAML document. The parser's time and memory grow with the square of the keys of a map
// and of the nesting.
const (
	maxYAMLKeys  = 2000
	maxYAMLDepth = 50
	// maxYAMLParts bounds the tokens: keys, values, marks, comments.
	maxYAMLParts = 50_000
	maxYAMLSize  = 256 << 10
)

// YAML decodes a document into v; keys that v does not have are errors. Errors name file, line and
// column. Anchors and aliases are refused: an analyst's file has no use for them, and a few lines
// of them are gigabytes.
func YAML(name string, src []byte, v any) error {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := boundYAML(name, src); err != nil {
		return err
	}
	in := yaml.NewDecoder(bytes.NewReader(src), yaml.DisallowUnknownField())
	err := in.Decode(v)
	if errors.Is(err, io.EOF) { // comments only
		return nil
	}
	var more any
	if err == nil && !errors.Is(in.Decode(&more), io.EOF) && more != nil {
		return fmt.Errorf("%s: more than one document (---); put all keys in the first one", Shown(name))
	}
	var inYAML yaml.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inYAML) && inYAML.GetToken() != nil && inYAML.GetToken().Position != nil:
		at := inYAML.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", Shown(name), at.Line, at.Column, cut(inYAML.GetMessage(), maxMessage))
	}
	return fmt.Errorf("%s: %s", Shown(name), cut(err.Error(), maxMessage))
}

// boundYAML refuses a document that would take the parser long, by its tokens alone.
func boundYAML(name string, src []byte) error {
	if len(src) > maxYAMLSize {
		return fmt.Errorf("%s: the file is larger than %d KiB; is it the right file?", Shown(name), maxYAMLSize>>10)
	}
	if err := boundTokens(lexer.Tokenize(string(src)), yamlBounds{parts: maxYAMLParts}); err != nil {
		return fmt.Errorf("%s:%w", Shown(name), err)
	}
	return nil
}

// yamlBounds are bounds in which kinds of documents differ.
type yamlBounds struct {
	parts   int  // tokens
	aliases bool // anchors and aliases are taken
}

// boundTokens returns what is too much in a document, or nil.
func boundTokens(tokens token.Tokens, b yamlBounds) *YAMLError {
	refuse := func(t *token.Token, format string, args ...any) *YAMLError {
		return &YAMLError{Line: t.Position.Line, Col: t.Position.Column, Msg: fmt.Sprintf(format, args...)}
	}
	keys, flow, line, inLine := 0, 0, 0, 0
	var columns []int // of the blocks that are open, rising
	for i, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
			for len(columns) > 0 && columns[len(columns)-1] >= t.Position.Column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, t.Position.Column)
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			if !b.aliases {
				return refuse(t, "anchors and aliases (&, *, <<) are not supported; write the value out")
			}
		case token.MappingValueType:
			keys++
			inLine++
		case token.SequenceEntryType, token.MappingKeyType, token.TagType:
			inLine++
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		}
		switch {
		case i > b.parts:
			return refuse(t, "more than %d keys, values and comments; is it the right file?", b.parts)
		case keys > maxYAMLKeys:
			return refuse(t, "more than %d keys", maxYAMLKeys)
		case flow > maxYAMLDepth, len(columns) > maxYAMLDepth, inLine > maxYAMLDepth && flow == 0:
			return refuse(t, "nested more than %d levels deep", maxYAMLDepth)
		}
	}
	return nil
}
