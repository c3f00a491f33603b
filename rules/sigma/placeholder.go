package sigma

import (
	"errors"

	"hunt/config"
	"hunt/rules/sigma/syntax"
)

// ParsePlaceholders reads the values of placeholders: a YAML map from names, without percent signs, to
// a text or a list of texts. An error is a *syntax.Error.
func ParsePlaceholders(src []byte) (map[string][]string, error) {
	out := map[string][]string{}
	for _, d := range config.YAMLDocuments(src) {
		root, err := d.Parse()
		if err != nil {
			var e *config.YAMLError
			if errors.As(err, &e) {
				return nil, &syntax.Error{Pos: syntax.Pos{Line: e.Line, Col: e.Col}, Msg: e.Msg}
			}
			return nil, err
		}
		if root.Kind != config.YAMLMap {
			return nil, misplaced(root, "want a map of placeholders to values", "write name: [value, value]")
		}
		for _, e := range root.Entries {
			nodes := []*config.YAMLNode{e.Value}
			if e.Value.Kind == config.YAMLList {
				nodes = e.Value.Items
			}
			values := []string{} // defined, even if empty
			for _, n := range nodes {
				if n.Kind != config.YAMLScalar || n.Null {
					return nil, misplaced(n, "a value must be a text", "write name: [value, value]")
				}
				values = append(values, n.Text)
			}
			out[e.Key.Text] = values
		}
	}
	return out, nil
}

func misplaced(n *config.YAMLNode, msg, hint string) error {
	return &syntax.Error{Pos: syntax.Pos{Line: n.Line, Col: n.Col}, Msg: msg, Hint: hint}
}
