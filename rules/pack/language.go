package pack

import (
	"errors"
	"fmt"
	"strings"

	"hunt/rules/eql"
	"hunt/rules/kql"
	"hunt/rules/predicate"
)

// Language is a rule language.
type Language uint8

// The languages.
const (
	EQL Language = iota
	KQL
	Sigma
)

// String returns the name of the language.
func (l Language) String() string { return [...]string{"EQL", "KQL", "Sigma"}[l] }

// queryLanguages are the languages of queries outside rules.
var queryLanguages = []Language{EQL, KQL, Sigma}

// ParseQueryLanguage returns the language with a name, ignoring case.
func ParseQueryLanguage(name string) (Language, error) {
	var names []string
	for _, l := range queryLanguages {
		if strings.EqualFold(l.String(), name) {
			return l, nil
		}
		names = append(names, strings.ToLower(l.String()))
	}
	return 0, fmt.Errorf("unknown language %q; use one of %s", name, strings.Join(names, ", "))
}

// Query is a query outside any rule. In Sigma it is a rule, the detection of one, or a selection.
type Query struct {
	Language Language
	Text     string
}

// Compile compiles the query against a schema. An error is a *source.Error; errors.Is(err,
// source.ErrUnsupported) distinguishes what hunt does not run from mistakes.
func (q Query) Compile(s predicate.Schema) (Compiled, error) {
	if q.Language == Sigma {
		fields, ok := s.(*Schema)
		if !ok {
			return nil, errors.New("the schema has no fields of records")
		}
		return q.CompileSigma(fields.Raw)
	}
	if q.Language == EQL {
		c, err := eql.Compile(q.Text, s, eql.Options{Lists: Lists(), Pipes: true})
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	return q.compile(s, "", 0)
}

// compile compiles the query of a rule, whose text begins at a line of a file, or a query outside
// rules.
func (q Query) compile(s predicate.Schema, file string, line int) (Compiled, error) {
	if q.Language == KQL {
		c, err := kql.Compile(q.Text, s, kql.Options{File: file, Line: line})
		if err != nil {
			return nil, err // otherwise a nil *kql.Query would be a non-nil interface
		}
		return c, nil
	}
	c, err := eql.Compile(q.Text, s, eql.Options{File: file, Line: line, Lists: Lists()})
	if err != nil {
		return nil, err
	}
	return c, nil
}
