package search

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// stixObject has what a search takes of an object of STIX 2.1: an indicator with its pattern, or an
// observable (STIX 2.1, chapters 4.7 and 6).
type stixObject struct {
	Type        string            `json:"type"`
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Pattern     string            `json:"pattern"`
	PatternType string            `json:"pattern_type"`
	Revoked     bool              `json:"revoked"`
	Objects     []json.RawMessage `json:"objects"`

	Value       string            `json:"value"`
	Hashes      map[string]string `json:"hashes"`
	Key         string            `json:"key"`
	Path        string            `json:"path"`
	CommandLine string            `json:"command_line"`
	UserID      string            `json:"user_id"`
	Login       string            `json:"account_login"`
	Display     string            `json:"display_name"`
	Serial      string            `json:"serial_number"`
}

// maxStixDepth bounds bundles within bundles.
const maxStixDepth = 4

func stixIndicators(name string, b []byte) (*Indicators, error) {
	n := &Indicators{}
	var list []json.RawMessage
	if b[0] == '[' {
		if err := json.Unmarshal(b, &list); err != nil {
			return nil, fmt.Errorf("%s: not a list of STIX objects: %w", name, err)
		}
	} else {
		list = []json.RawMessage{b}
	}
	for _, raw := range list {
		if err := n.stix(name, raw, 0); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Indicators) stix(name string, raw json.RawMessage, depth int) error {
	var o stixObject
	if err := json.Unmarshal(raw, &o); err != nil {
		return fmt.Errorf("%s: not a STIX object: %w", name, err)
	}
	label := cmp.Or(o.ID, o.Type)
	if o.Name != "" && o.Type == "indicator" {
		label += " " + o.Name
	}
	switch o.Type {
	case "bundle":
		if depth >= maxStixDepth {
			return fmt.Errorf("%s: bundles nested deeper than %d", name, maxStixDepth)
		}
		for _, x := range o.Objects {
			if err := n.stix(name, x, depth+1); err != nil {
				return err
			}
		}
	case "indicator":
		switch {
		case o.Revoked:
			n.refuse("%s: %s: revoked", name, label)
		case o.PatternType != "" && o.PatternType != "stix":
			n.refuse("%s: %s: the pattern is in the language %q; hunt reads stix", name, label, o.PatternType)
		default:
			n.stixPattern(name, label, o.Pattern)
		}
	case "domain-name", "url", "ipv4-addr", "ipv6-addr", "email-addr", "mac-addr":
		n.add(o.Value, label)
	case "file", "x509-certificate":
		for _, kind := range slices.Sorted(maps.Keys(o.Hashes)) {
			n.add(o.Hashes[kind], label)
		}
		n.add(o.Serial, label)
		if o.Type == "file" {
			n.add(o.Name, label)
		}
	case "mutex":
		n.add(o.Name, label)
	case "windows-registry-key":
		n.add(o.Key, label)
	case "directory":
		n.add(o.Path, label)
	case "process":
		n.add(o.CommandLine, label)
	case "user-account":
		for _, s := range []string{o.UserID, o.Login, o.Display} {
			n.add(s, label)
		}
	}
	return nil
}

// comparison is a comparison of a STIX pattern: what it compares, how, and with what.
var comparison = regexp.MustCompile(
	`(?s)([a-z0-9-]+:(?:[A-Za-z0-9_.*\[\]-]|'(?:[^'\\]|\\.)*')+)\s*(NOT\s+)?(!=|=|>=|<=|>|<|LIKE\b|MATCHES\b|IN\b|ISSUBSET\b|ISSUPERSET\b)\s*(\((?:[^'()]|'(?:[^'\\]|\\.)*')*\)|[a-z]?'(?:[^'\\]|\\.)*'|[^\s\])]+)`)

// constant is a text in a STIX pattern.
var constant = regexp.MustCompile(`(?s)'((?:[^'\\]|\\.)*)'`)

// stixPattern adds what a pattern compares with. Each comparison is searched for on its own: AND, OR,
// FOLLOWEDBY and WITHIN combine observations that a search shows one by one.
func (n *Indicators) stixPattern(name, label, pattern string) {
	all := comparison.FindAllStringSubmatch(pattern, -1)
	if len(all) == 0 {
		n.refuse("%s: %s: no comparison found in the pattern %.80q", name, label, pattern)
	}
	for _, c := range all {
		path, not, op, operand := c[1], c[2], c[3], c[4]
		texts := constant.FindAllStringSubmatch(operand, -1)
		switch {
		case not != "" || op == "!=":
			n.refuse("%s: %s: %s: what must not be there cannot be searched for", name, label, path)
			continue
		case len(texts) == 0 || op == ">" || op == "<" || op == ">=" || op == "<=":
			n.refuse("%s: %s: %s %s %.40s: hunt search compares texts", name, label, path, op, operand)
			continue
		case op == "ISSUPERSET" || op == "ISSUBSET" && strings.Contains(texts[0][1], "/"):
			n.refuse("%s: %s: %s %s %s: hunt search does not know ranges of addresses; use hunt query with cidrMatch",
				name, label, path, op, texts[0][0])
			continue
		}
		for _, t := range texts {
			n.stixText(op, unescapeSTIX(t[1]), label)
		}
	}
}

// stixText adds a text from a comparison in a pattern.
func (n *Indicators) stixText(op, text, label string) {
	switch op {
	case "MATCHES":
		n.Patterns = append(n.Patterns, Pattern{Text: text, Regex: true, Label: label})
	case "LIKE":
		if inner := strings.Trim(text, "%"); !strings.ContainsAny(inner, "%_") {
			n.add(inner, label)
			return
		}
		var re strings.Builder
		for _, r := range strings.Trim(text, "%") {
			switch r {
			case '%':
				re.WriteString(`(?s:.*)`)
			case '_':
				re.WriteString(`(?s:.)`)
			default:
				re.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		n.Patterns = append(n.Patterns, Pattern{Text: re.String(), Regex: true, Label: label})
	default:
		n.add(text, label)
	}
}

// unescapeSTIX resolves the escapes of a text in a pattern: \' and \\.
func unescapeSTIX(s string) string {
	return strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(s)
}
