package config

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of one document of a rule file. Published rules stay below 54 KiB, 150 keys and 10 levels.
const (
	maxTreeSize  = 1 << 20
	maxTreeParts = 100_000
	// maxTreeNodes bounds the values of a document once its aliases are written out.
	maxTreeNodes = 50_000
)

// YAMLKind is the kind of a YAMLNode.
type YAMLKind uint8

// The kinds of values in a YAML document.
const (
	YAMLScalar YAMLKind = iota
	YAMLMap
	YAMLList
)

// YAMLNode is a value of a YAML document with its place. A tree has no cycles; aliases are written
// out.
type YAMLNode struct {
	Kind      YAMLKind
	Line, Col int // from 1, within the stream; Col counts code points

	// Text is a scalar as it is in the source (0x10, no, 1.50), or what its quotes or its block hold.
	Text  string
	Plain bool // a scalar without quotes: its text may mean a number or null
	Null  bool // a plain null or ~, or nothing at all

	Entries []YAMLEntry // of a map, in the order of the source; no key occurs twice
	Items   []*YAMLNode // of a list
}

// YAMLEntry is a key of a map with its value.
type YAMLEntry struct{ Key, Value *YAMLNode }

// Get returns the value of a key, or nil.
func (n *YAMLNode) Get(key string) *YAMLNode {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// YAMLError is a mistake in a YAML document, with its place.
type YAMLError struct {
	Line, Col int
	Msg       string
}

// Error returns line:col: message.
func (e *YAMLError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg) }

// YAMLDocument is one document of a YAML stream that is not parsed yet.
type YAMLDocument struct {
	Line int // the line of the stream at which Text begins, from 1
	Text []byte
}

// YAMLDocuments cuts a stream at its marks (--- and ...). Documents without content are left out.
// So a mistake in one document costs no other.
func YAMLDocuments(src []byte) []YAMLDocument {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	src = bytes.ReplaceAll(src, []byte("\r"), []byte("\n"))
	var out []YAMLDocument
	start, startLine, line, content := 0, 1, 1, false
	flush := func(end, next, nextLine int) {
		if content {
			out = append(out, YAMLDocument{Line: startLine, Text: src[start:end]})
		}
		start, startLine, content = next, nextLine, false
	}
	for at := 0; at < len(src); line++ {
		end, next := len(src), len(src)
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			end, next = at+i, at+i+1
		}
		text := src[at:end]
		switch {
		case isMark(text, "---"):
			flush(at, at, line)
			content = hasContent(text[3:])
		case isMark(text, "..."):
			flush(at, next, line+1)
		case hasContent(text) && (content || text[0] != '%'):
			content = true
		}
		at = next
	}
	flush(len(src), len(src), line)
	return out
}

func isMark(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(mark))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t')
}

func hasContent(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] != '#'
}

// Parse parses the document. Its size, nesting, keys and what its aliases grow to are bounded. An
// error is a *YAMLError.
func (d YAMLDocument) Parse() (*YAMLNode, error) {
	if len(d.Text) > maxTreeSize {
		return nil, &YAMLError{Line: d.Line, Col: 1,
			Msg: fmt.Sprintf("a document of more than %d KiB", maxTreeSize>>10)}
	}
	if root, ok := plainYAML(d); ok {
		return root, nil
	}
	return d.parse()
}

// parse is Parse by the parser for all of YAML.
func (d YAMLDocument) parse() (*YAMLNode, error) {
	tokens := lexer.Tokenize(string(d.Text))
	if err := boundTokens(tokens, yamlBounds{parts: maxTreeParts, aliases: true}); err != nil {
		err.Line += d.Line - 1
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, d.mistake(err)
	}
	t := treeBuilder{first: d.Line, anchors: map[string]*YAMLNode{}}
	var root *YAMLNode
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, t.mistake(doc.Body.GetToken(), "a second document has no line --- before it")
		}
		if root, err = t.node(doc.Body); err != nil {
			return nil, err
		}
	}
	if root == nil {
		root = &YAMLNode{Line: d.Line, Col: 1, Plain: true, Null: true}
	}
	return root, nil
}

// mistake turns an error of the parser into one with a place in the stream.
func (d YAMLDocument) mistake(err error) *YAMLError {
	var inYAML yaml.Error
	if errors.As(err, &inYAML) && inYAML.GetToken() != nil && inYAML.GetToken().Position != nil {
		at := inYAML.GetToken().Position
		return &YAMLError{
			Line: d.Line - 1 + max(at.Line, 1), Col: max(at.Column, 1),
			Msg: cut(inYAML.GetMessage(), maxMessage),
		}
	}
	return &YAMLError{Line: d.Line, Col: 1, Msg: cut(err.Error(), maxMessage)}
}

// treeBuilder makes nodes of the parser's tree.
type treeBuilder struct {
	first   int // line of the document in its stream
	nodes   int
	anchors map[string]*YAMLNode
}

func (t *treeBuilder) mistake(tk *token.Token, format string, args ...any) error {
	e := &YAMLError{Line: t.first, Col: 1, Msg: fmt.Sprintf(format, args...)}
	if tk != nil && tk.Position != nil {
		e.Line, e.Col = t.first-1+max(tk.Position.Line, 1), max(tk.Position.Column, 1)
	}
	return e
}

// count counts nodes that were made or written out again.
func (t *treeBuilder) count(n int, tk *token.Token) error {
	if t.nodes += n; t.nodes > maxTreeNodes {
		return t.mistake(tk, "more than %d values once aliases are written out", maxTreeNodes)
	}
	return nil
}

func (t *treeBuilder) node(n ast.Node) (*YAMLNode, error) {
	tk := n.GetToken()
	if err := t.count(1, tk); err != nil {
		return nil, err
	}
	out := &YAMLNode{Line: t.first, Col: 1}
	if tk != nil && tk.Position != nil {
		out.Line, out.Col = t.first-1+max(tk.Position.Line, 1), max(tk.Position.Column, 1)
	}
	switch n := n.(type) {
	case *ast.NullNode:
		out.Plain, out.Null = true, true
		return out, nil
	case *ast.StringNode:
		out.Text, out.Plain = n.Value, tk.Type != token.SingleQuoteType && tk.Type != token.DoubleQuoteType
		return out, nil
	case *ast.LiteralNode:
		out.Text = n.Value.Value
		return out, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.Text, out.Plain = tk.Value, true
		return out, nil
	case *ast.TagNode:
		return t.tagged(n)
	case *ast.AnchorNode:
		v, err := t.node(n.Value)
		if err == nil {
			t.anchors[n.Name.GetToken().Value] = v
		}
		return v, err
	case *ast.AliasNode:
		v := t.anchors[n.Value.GetToken().Value]
		if v == nil {
			return nil, t.mistake(tk, "no value is named &%s above this alias",
				cut(n.Value.GetToken().Value, maxMessage))
		}
		return v, t.count(v.size(maxTreeNodes), tk)
	case *ast.SequenceNode:
		out.Kind = YAMLList
		for _, item := range n.Values {
			v, err := t.node(item)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, v)
		}
		return out, nil
	case *ast.MappingNode:
		return t.mapping(out, n.Values)
	case *ast.MappingValueNode:
		return t.mapping(out, []*ast.MappingValueNode{n})
	}
	return nil, t.mistake(tk, "a value of a kind that rule files do not have")
}

// size is the number of nodes of a tree, as far as it counts: no more than most.
func (n *YAMLNode) size(most int) int {
	total := 1
	for _, e := range n.Entries {
		if total += 1; total < most {
			total += e.Value.size(most - total)
		}
	}
	for _, x := range n.Items {
		if total < most {
			total += x.size(most - total)
		}
	}
	return total
}

// tagged is a value with a tag: !!str makes a text of it, others change nothing.
func (t *treeBuilder) tagged(n *ast.TagNode) (*YAMLNode, error) {
	if n.Value == nil {
		return nil, t.mistake(n.GetToken(), "a tag has no value; write the value after it")
	}
	v, err := t.node(n.Value)
	if err != nil || v.Kind != YAMLScalar || n.Start == nil || n.Start.Value != "!!str" {
		return v, err
	}
	text := *v
	text.Plain, text.Null = false, false
	return &text, nil
}

func (t *treeBuilder) mapping(out *YAMLNode, values []*ast.MappingValueNode) (*YAMLNode, error) {
	out.Kind = YAMLMap
	seen := make(map[string]bool, len(values))
	var merged []*YAMLNode
	for _, v := range values {
		if v.Key.IsMergeKey() {
			m, err := t.merge(v)
			if err != nil {
				return nil, err
			}
			merged = append(merged, m...)
			continue
		}
		key, err := t.key(v.Key)
		if err != nil {
			return nil, err
		}
		if seen[key.Text] {
			msg := fmt.Sprintf("the key %q occurs twice", cut(key.Text, maxMessage))
			return nil, &YAMLError{Line: key.Line, Col: key.Col, Msg: msg}
		}
		seen[key.Text] = true
		value, err := t.node(v.Value)
		if err != nil {
			return nil, err
		}
		if value.Null && value.Line < key.Line { // nothing is there
			value.Line, value.Col = key.Line, key.Col
		}
		out.Entries = append(out.Entries, YAMLEntry{key, value})
	}
	if len(out.Entries) > 0 {
		out.Line, out.Col = out.Entries[0].Key.Line, out.Entries[0].Key.Col
	}
	for _, m := range merged {
		for _, e := range m.Entries {
			if !seen[e.Key.Text] {
				seen[e.Key.Text] = true
				out.Entries = append(out.Entries, e)
			}
		}
	}
	return out, nil
}

// merge returns the maps that a merge key (<<) names.
func (t *treeBuilder) merge(v *ast.MappingValueNode) ([]*YAMLNode, error) {
	n, err := t.node(v.Value)
	if err != nil {
		return nil, err
	}
	maps := []*YAMLNode{n}
	if n.Kind == YAMLList {
		maps = n.Items
	}
	for _, m := range maps {
		if m.Kind != YAMLMap {
			return nil, t.mistake(v.GetToken(), "<< takes an alias of a map, such as <<: *name")
		}
	}
	return maps, nil
}

func (t *treeBuilder) key(n ast.MapKeyNode) (*YAMLNode, error) {
	var node ast.Node = n
	if k, ok := n.(*ast.MappingKeyNode); ok {
		if node = k.Value; node == nil {
			return nil, t.mistake(k.Start, "a key is empty; write a name before the colon")
		}
	}
	key, err := t.node(node)
	if err != nil {
		return nil, err
	}
	if key.Kind != YAMLScalar {
		return nil, t.mistake(node.GetToken(), "a key must be a text")
	}
	return key, nil
}
