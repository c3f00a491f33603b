package config

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what plainYAML reads: beyond them the parser decides, with bounds of its own.
const (
	maxPlainSize  = 64 << 10
	maxPlainLines = 1500
	maxPlainDepth = 12
)

// plainYAML reads the documents that rule files nearly always are: block maps and lists of texts on
// one line, plain or quoted, and literal blocks. That takes a tenth of the parser's time. It has no
// opinion about anything else: flow style, anchors, tags, tabs, texts over several lines, keys that
// are there twice, whatever is unusual or wrong. Then ok is false and the parser reads the document.
// What it does return is what the parser would have returned.
func plainYAML(d YAMLDocument) (root *YAMLNode, ok bool) {
	if len(d.Text) > maxPlainSize || !utf8.Valid(d.Text) {
		return nil, false
	}
	text := string(d.Text)
	if strings.ContainsAny(text, "\t\x00\r\u0085\u2028\u2029\ufeff") {
		return nil, false
	}
	p := plainParser{first: d.Line, lines: strings.Split(text, "\n")}
	if len(p.lines) > maxPlainLines {
		return nil, false
	}
	if strings.HasPrefix(text, "---") {
		if strings.TrimRight(p.lines[0], " ") != "---" {
			return nil, false
		}
		p.at = 1
	}
	p.skip()
	if p.at == len(p.lines) || strings.HasPrefix(text, "%") {
		return nil, false
	}
	root = p.block(indentOf(p.lines[p.at]), 0)
	p.skip()
	return root, !p.unusual && root != nil && root.Kind == YAMLMap && p.at == len(p.lines)
}

// plainParser reads line by line. Once it meets something unusual, what it returns does not count.
type plainParser struct {
	first   int // line of the document in its stream
	lines   []string
	at      int
	unusual bool
}

func (p *plainParser) stop() *YAMLNode {
	p.unusual = true
	return nil
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// skip goes to the next line that is neither empty nor a comment.
func (p *plainParser) skip() {
	for p.at < len(p.lines) {
		if s := strings.TrimLeft(p.lines[p.at], " "); s != "" && s[0] != '#' {
			return
		}
		p.at++
	}
}

func isItem(s string) bool { return s == "-" || strings.HasPrefix(s, "- ") }

// block reads the map or list that begins in the current line.
func (p *plainParser) block(indent, depth int) *YAMLNode {
	if depth > maxPlainDepth {
		return p.stop()
	}
	if isItem(p.lines[p.at][indent:]) {
		return p.list(indent, depth)
	}
	return p.mapping(indent, indent, depth)
}

// mapping reads a map whose keys are in a column; the first is in the current line from offset on.
func (p *plainParser) mapping(from, indent, depth int) *YAMLNode {
	out := &YAMLNode{Kind: YAMLMap, Line: p.first + p.at, Col: from + 1}
	for !p.unusual {
		line := p.lines[p.at]
		key, rest := p.key(line, from)
		if key == nil {
			return p.stop()
		}
		for i := range out.Entries {
			if out.Entries[i].Key.Text == key.Text {
				return p.stop()
			}
		}
		value := p.value(line, rest, indent, depth)
		if p.unusual {
			return nil
		}
		out.Entries = append(out.Entries, YAMLEntry{key, value})
		p.skip()
		if p.at == len(p.lines) {
			break
		}
		if n := indentOf(p.lines[p.at]); n < indent {
			break
		} else if n > indent || isItem(p.lines[p.at][indent:]) {
			return p.stop()
		}
		from = indent
	}
	return out
}

// key reads a key, and returns where in the line what follows its colon begins.
func (p *plainParser) key(line string, from int) (key *YAMLNode, rest int) {
	s := line[from:]
	key = &YAMLNode{Line: p.first + p.at, Col: from + 1}
	end := 0
	if s[0] == '\'' {
		end = 1 + strings.IndexByte(s[1:], '\'')
		if end < 2 {
			return nil, 0
		}
		key.Text = s[1:end]
		end++
	} else {
		for end < len(s) && (isKeyByte(s[end]) || s[end] == ' ' && end+1 < len(s) && isKeyByte(s[end+1])) {
			end++
		}
		key.Text, key.Plain = s[:end], true
		if end == 0 || s[0] == '-' || s[0] == '.' || s[0] == '|' || isYAMLWord(key.Text) {
			return nil, 0
		}
	}
	if end >= len(s) || s[end] != ':' || end+1 < len(s) && s[end+1] != ' ' {
		return nil, 0
	}
	return key, from + end + 1
}

func isKeyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '|' || c == '-' || c == '.' ||
		'0' <= c && c <= '9'
}

// isYAMLWord reports whether a plain text may be something else than a text.
func isYAMLWord(s string) bool {
	if s == "" || s == "~" || '0' <= s[0] && s[0] <= '9' {
		return true
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		return true
	}
	return false
}

// value reads the value of a key of a map in a column; it begins in the line after the colon, or in
// the lines below.
func (p *plainParser) value(line string, from, indent, depth int) *YAMLNode {
	at := from + indentOf(line[from:])
	s := line[at:]
	if s == "" || s[0] == '#' {
		if at == from && s != "" {
			return p.stop()
		}
		p.at++
		p.skip()
		if p.at == len(p.lines) {
			return p.stop()
		}
		n := indentOf(p.lines[p.at])
		if n < indent || n == indent && !isItem(p.lines[p.at][n:]) {
			return p.stop()
		}
		return p.block(n, depth+1)
	}
	if s[0] == '|' {
		return p.literal(s, at, indent)
	}
	return p.scalar(s, at, indent)
}

// text is a text that begins in the current line.
func (p *plainParser) text(at int) *YAMLNode {
	return &YAMLNode{Line: p.first + p.at, Col: utf8.RuneCountInString(p.lines[p.at][:at]) + 1}
}

// scalar reads a text that ends in its line.
func (p *plainParser) scalar(s string, at, indent int) *YAMLNode {
	out := p.text(at)
	switch c := s[0]; {
	case c == '\'':
		end := 1
		for end < len(s) && (s[end] != '\'' || end+1 < len(s) && s[end+1] == '\'') {
			if s[end] == '\'' {
				end++
			}
			end++
		}
		if end >= len(s) || !isTail(s[end+1:]) {
			return p.stop()
		}
		out.Text = strings.ReplaceAll(s[1:end], "''", "'")
	case c == '"':
		end := 1 + strings.IndexByte(s[1:], '"')
		if end == 0 || strings.IndexByte(s[:end], '\\') >= 0 || !isTail(s[end+1:]) {
			return p.stop()
		}
		out.Text = s[1:end]
	case strings.IndexByte("[]{}&*!%@`|>,?:#", c) >= 0, c == '-' && (len(s) == 1 || s[1] == ' '):
		return p.stop()
	default:
		if s[len(s)-1] == ' ' {
			return p.stop() // the parser places such a text elsewhere
		}
		if i := strings.Index(s, " #"); i >= 0 {
			s = s[:i]
		}
		s = strings.TrimRight(s, " ")
		if strings.Contains(s, ": ") || s[len(s)-1] == ':' {
			return p.stop()
		}
		out.Text, out.Plain = s, true
		switch s {
		case "null", "Null", "NULL", "~":
			return p.stop()
		}
	}
	p.at++
	p.skip()
	if p.at < len(p.lines) && indentOf(p.lines[p.at]) > indent {
		return p.stop() // it may go on there
	}
	return out
}

// isTail reports whether nothing but a comment follows a text in quotes.
func isTail(s string) bool {
	t := strings.TrimLeft(s, " ")
	return t == "" || t[0] == '#' && len(t) < len(s)
}

// literal reads a block behind a |, whose lines stand further right than a column.
func (p *plainParser) literal(s string, at, indent int) *YAMLNode {
	head := strings.TrimRight(s, " ")
	if head != "|" && head != "|-" {
		return p.stop()
	}
	out := p.text(at)
	p.at++
	left := -1
	var lines []string
	for ; p.at < len(p.lines); p.at++ {
		line := p.lines[p.at]
		n := indentOf(line)
		switch {
		case n == len(line):
			if n > 0 {
				return p.stop() // blanks alone
			}
			lines = append(lines, "")
			continue
		case n <= indent:
		case left < 0:
			if lines != nil {
				return p.stop() // empty lines first
			}
			left = n
			fallthrough
		default:
			if n < left {
				return p.stop()
			}
			lines = append(lines, line[left:])
			continue
		}
		break
	}
	if left < 0 {
		return p.stop()
	}
	if p.at == len(p.lines) && lines[len(lines)-1] != "" {
		return p.stop() // the last line has no end
	}
	for lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if last := lines[len(lines)-1]; last[len(last)-1] == ' ' {
		return p.stop()
	}
	out.Text = strings.Join(lines, "\n")
	if head == "|" {
		out.Text += "\n"
	}
	return out
}

// list reads a list whose items are in a column.
func (p *plainParser) list(indent, depth int) *YAMLNode {
	out := &YAMLNode{Kind: YAMLList, Line: p.first + p.at, Col: indent + 1}
	for !p.unusual {
		line := p.lines[p.at]
		at := indent + 1 + indentOf(line[indent+1:])
		s := line[at:]
		if s == "" || s[0] == '#' || isItem(s) {
			return p.stop()
		}
		var item *YAMLNode
		if key, _ := p.key(line, at); key != nil {
			item = p.mapping(at, at, depth+1)
		} else {
			item = p.scalar(s, at, indent)
		}
		if p.unusual {
			return nil
		}
		out.Items = append(out.Items, item)
		p.skip()
		if p.at == len(p.lines) {
			break
		}
		n := indentOf(p.lines[p.at])
		if n < indent || n == indent && !isItem(p.lines[p.at][n:]) {
			break
		}
		if n > indent {
			return p.stop()
		}
	}
	out.Items = slices.Clip(out.Items)
	return out
}
