package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hunt/rules/predicate"
)

// Mapping is an Elasticsearch mapping: the fields of an index and their types. Read-only.
type Mapping struct {
	fields  map[string]*field
	dynamic bool // fields that only documents have are added

	normalized []string // fields with a normalizer
}

// maxNormalizedNamed bounds the fields that one warning names.
const maxNormalizedNamed = 10

// Warnings says which parts of the mapping are not followed.
func (m *Mapping) Warnings() []string {
	if len(m.normalized) == 0 {
		return nil
	}
	names := slices.Clone(m.normalized)
	slices.Sort(names)
	more := ""
	if n := len(names) - maxNormalizedNamed; n > 0 {
		names, more = names[:maxNormalizedNamed], fmt.Sprintf(" and %d more", n)
	}
	return []string{"the normalizer of " + strings.Join(names, ", ") + more + " is not applied: values are " +
		"compared as they are; if the normalizer ignores case, compare with `:` or like~"}
}

// field is a field that a query can refer to.
type field struct {
	name   string
	source string         // field that has its values: itself, an alias's target, or a multi-field's parent
	es     string         // type as the mapping spells it
	typ    predicate.Type // as EQL compares it
	dates  []dateFmt      // of a date field
	// Longer values (in UTF-16 units) are not indexed: for EQL they are missing. 0: no bound.
	ignoreAbove int
	null        any     // what an explicit null stands for
	constant    any     // value of every document (constant_keyword)
	scaling     float64 // of scaled_float: values are multiples of its inverse; 0: none
}

// property is a node of a mapping.
type property struct {
	Type        string               `json:"type"`
	Path        string               `json:"path"`
	Properties  map[string]*property `json:"properties"`
	Fields      map[string]*property `json:"fields"`
	Format      string               `json:"format"`
	IgnoreAbove any                  `json:"ignore_above"` // a number, sometimes in quotes
	NullValue   any                  `json:"null_value"`
	Value       any                  `json:"value"`
	Dynamic     any                  `json:"dynamic"`
	Enabled     *bool                `json:"enabled"`
	Scaling     any                  `json:"scaling_factor"` // a number, sometimes in quotes
	Normalizer  any                  `json:"normalizer"`
}

// ReadMapping reads a mapping in any of the forms in which Elasticsearch accepts or returns it:
// {"properties"}, {"mappings": {"properties"}}, or {"index name": {"mappings": …}} with one or more indices.
func ReadMapping(r io.Reader) (*Mapping, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	m := &Mapping{fields: map[string]*field{}, dynamic: true}
	roots, err := mappingRoots(text)
	if err != nil {
		return nil, err
	}
	aliases := map[string]string{}
	for _, root := range roots {
		if d := fmt.Sprint(root.Dynamic); d == "false" || d == "strict" {
			m.dynamic = false
		}
		if err := m.add("", root.Properties, aliases, 0); err != nil {
			return nil, err
		}
	}
	names := make([]string, 0, len(aliases))
	for n := range aliases {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		target, ok := m.fields[aliases[n]]
		if !ok {
			return nil, fmt.Errorf("the alias %s points to %q, which the mapping does not have", n, aliases[n])
		}
		f := *target
		f.name = n
		m.fields[n] = &f
	}
	return m, nil
}

// mappingRoots finds the objects that hold "properties".
func mappingRoots(text []byte) ([]*property, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var top map[string]json.RawMessage
	if err := dec.Decode(&top); err != nil {
		return nil, fmt.Errorf("not a mapping: %w", err)
	}
	if _, ok := top["properties"]; ok {
		p, err := decodeProperty(text)
		return []*property{p}, err
	}
	if inner, ok := top["mappings"]; ok {
		return mappingRoots(inner)
	}
	names := make([]string, 0, len(top))
	for n := range top {
		names = append(names, n)
	}
	slices.Sort(names)
	var roots []*property
	for _, n := range names {
		var index struct {
			Mappings json.RawMessage `json:"mappings"`
		}
		if json.Unmarshal(top[n], &index) != nil || index.Mappings == nil {
			continue
		}
		p, err := decodeProperty(index.Mappings)
		if err != nil {
			return nil, err
		}
		roots = append(roots, p)
	}
	if len(roots) == 0 && len(top) > 0 {
		return nil, fmt.Errorf(`not a mapping: it has neither "properties" nor "mappings"`)
	}
	return roots, nil
}

func decodeProperty(text []byte) (*property, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	p := &property{}
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("not a mapping: %w", err)
	}
	return p, nil
}

// add adds the properties below prefix. Objects and nested objects are only prefixes: EQL sees their leaves.
func (m *Mapping) add(prefix string, ps map[string]*property, aliases map[string]string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: objects are nested more than %d deep", prefix, maxDepth)
	}
	for name, p := range ps {
		if p == nil {
			return fmt.Errorf("%s%s: no definition", prefix, name)
		}
		full := prefix + name
		if p.Properties != nil || p.Type == "" || p.Type == "object" || p.Type == "nested" {
			if p.Enabled != nil && !*p.Enabled {
				continue // kept in the source, but not searchable
			}
			if err := m.add(full+".", p.Properties, aliases, depth+1); err != nil {
				return err
			}
			continue
		}
		if p.Type == "alias" {
			aliases[full] = p.Path
			continue
		}
		f, err := newField(full, full, p)
		if err != nil {
			return err
		}
		m.fields[full] = f
		if p.Normalizer != nil {
			m.normalized = append(m.normalized, full)
		}
		for sub, sp := range p.Fields {
			if sp == nil {
				return fmt.Errorf("%s.%s: no definition", full, sub)
			}
			sf, err := newField(full+"."+sub, full, sp)
			if err != nil {
				return err
			}
			m.fields[sf.name] = sf
			if sp.Normalizer != nil {
				m.normalized = append(m.normalized, sf.name)
			}
			// EQL compares a text field through its keyword sub-field, with the sub-field's bound.
			if isTextType(f.es) && sf.typ == predicate.TypeKeyword && !isTextType(sf.es) {
				f.ignoreAbove = sf.ignoreAbove
			}
		}
	}
	return nil
}

func isTextType(es string) bool { return es == "text" || es == "match_only_text" }

func newField(name, source string, p *property) (*field, error) {
	f := &field{name: name, source: source, es: p.Type, null: p.NullValue}
	if p.IgnoreAbove != nil {
		n, err := strconv.Atoi(fmt.Sprint(p.IgnoreAbove))
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%s: ignore_above is %v, not a number", name, p.IgnoreAbove)
		}
		f.ignoreAbove = n
	}
	if p.Type == "scaled_float" {
		n, err := strconv.ParseFloat(fmt.Sprint(p.Scaling), 64)
		if err != nil || !(n > 0) {
			return nil, fmt.Errorf("%s: scaling_factor is %v, not a positive number", name, p.Scaling)
		}
		f.scaling = n
	}
	switch p.Type {
	case "keyword", "constant_keyword", "wildcard", "text", "match_only_text", "flattened", "search_as_you_type",
		"annotated_text":
		f.typ = predicate.TypeKeyword
		if p.Type == "constant_keyword" {
			f.constant = p.Value
		}
	case "version":
		f.typ = predicate.TypeVersion
	case "long", "integer", "short", "byte", "unsigned_long", "token_count":
		f.typ = predicate.TypeLong
	case "double", "float", "half_float", "scaled_float":
		f.typ = predicate.TypeFloat
	case "boolean":
		f.typ = predicate.TypeBoolean
	case "date", "date_nanos":
		f.typ = predicate.TypeDate
		var err error
		if f.dates, err = parseDateFormats(p.Format); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	case "ip":
		f.typ = predicate.TypeIP
	default:
		// geo_point, binary, histogram …: EQL has no comparison for them. They stay visible, as text.
		f.typ = predicate.TypeUnknown
	}
	if f.constant != nil {
		if _, ok := f.constant.(string); !ok {
			f.constant = strings.TrimSpace(fmt.Sprint(f.constant))
		}
	}
	return f, nil
}
