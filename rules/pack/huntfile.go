package pack

import (
	"regexp"
	"strings"
)

// huntFile is a rule in hunt's own TOML format (docs/rule-format.md).
type huntFile struct {
	ID             string       `toml:"id"`
	Name           string       `toml:"name"`
	Version        string       `toml:"version"`
	Author         string       `toml:"author"`
	Licence        string       `toml:"license"`
	Description    string       `toml:"description"`
	Why            string       `toml:"why"`
	Severity       string       `toml:"severity"`
	Confidence     string       `toml:"confidence"`
	Attack         []attackFile `toml:"attack"`
	References     []string     `toml:"references"`
	FalsePositives []string     `toml:"false_positives"`
	SeenWith       []string     `toml:"seen_with"`
	DataSources    []string     `toml:"data_sources"`
	Guidance       string       `toml:"guidance"`
	DefaultLogs    string       `toml:"default_logs"`
	Query          string       `toml:"query"`
	Partial        bool         `toml:"partial"`
	Count          *countFile   `toml:"count"`
	First          *firstFile   `toml:"first"`
	Case           []caseFile   `toml:"case"`
}

// attackFile names a technique in the form "T1204.001 Malicious Link".
type attackFile struct {
	Tactic       string `toml:"tactic"`
	Technique    string `toml:"technique"`
	SubTechnique string `toml:"sub_technique"`
}

var (
	idPattern           = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	tacticPattern       = regexp.MustCompile(`^(TA\d{4}) (\S.*)$`)
	techniquePattern    = regexp.MustCompile(`^(T\d{4}) (\S.*)$`)
	subTechniquePattern = regexp.MustCompile(`^(T\d{4})\.\d{3} \S.*$`)
)

// parseHunt reads a rule in hunt's format. All mistakes of the file are returned together.
func parseHunt(d *document) (*Rule, error) {
	var f huntFile
	if err := d.decode(&f, true); err != nil {
		return nil, err
	}
	r := &Rule{
		ID: f.ID, Name: f.Name, Version: f.Version, Description: strings.TrimSpace(f.Description),
		Why:        strings.TrimSpace(f.Why),
		References: f.References, FalsePositives: f.FalsePositives, SeenWith: f.SeenWith, DataSources: f.DataSources,
		Author: strings.TrimSpace(f.Author), Licence: strings.TrimSpace(f.Licence),
		Guidance: strings.TrimSpace(f.Guidance), DefaultLogs: strings.TrimSpace(f.DefaultLogs),
		Query: f.Query, Partial: f.Partial, doc: d, idPath: "id", queryPath: "query",
	}
	var es Errors
	es = append(es, checkID(d, "id", f.ID)...)
	if strings.TrimSpace(f.Name) == "" {
		es = append(es, missingKey(d, "name", `name = "what the rule detects"`))
	}
	if strings.TrimSpace(f.Query) == "" {
		es = append(es, missingKey(d, "query", "query = '''process where …'''"))
	}
	r.Severity, r.Confidence = SeverityMedium, Medium
	if d.has("severity") {
		s, err := ParseSeverity(f.Severity)
		if err != nil {
			es = append(es, d.errorIn("severity", "%s", err))
		}
		r.Severity = s
	}
	if d.has("confidence") {
		c, err := ParseConfidence(f.Confidence)
		if err != nil {
			es = append(es, d.errorIn("confidence", "%s", err))
		}
		r.Confidence = c
	}
	for i, a := range f.Attack {
		ts, tes := a.techniques(d, "attack", i)
		r.Techniques = append(r.Techniques, ts...)
		es = append(es, tes...)
	}
	cases, ces := parseCases(d, f.Case)
	r.Cases = cases
	es = append(es, ces...)
	r.QueryLine = d.queryLine("query", f.Query)
	es = append(es, f.counted(d, r)...)
	return r, es.sort().err()
}

// techniques converts one attack entry to the technique and its sub-technique.
func (a attackFile) techniques(d *document, key string, i int) (ts []Technique, es Errors) {
	path := func(name string) string { return indexed(key, i) + "." + name }
	tactic := tacticPattern.FindStringSubmatch(a.Tactic)
	if tactic == nil {
		es = append(es, d.errorIn(path("tactic"), `tactic %q: write the id and the name, such as "TA0002 Execution"`,
			a.Tactic))
		tactic = make([]string, 3)
	}
	technique := techniquePattern.FindStringSubmatch(a.Technique)
	if technique == nil {
		es = append(es, d.errorIn(path("technique"),
			`technique %q: write the id and the name, such as "T1204 User Execution"`, a.Technique))
		return ts, es
	}
	ts = append(ts, Technique{technique[1], technique[2], tactic[1], tactic[2]})
	if a.SubTechnique == "" {
		return ts, es
	}
	sub := subTechniquePattern.FindStringSubmatch(a.SubTechnique)
	switch {
	case sub == nil:
		es = append(es, d.errorIn(path("sub_technique"),
			`sub_technique %q: write the id and the name, such as "T1204.001 Malicious Link"`, a.SubTechnique))
	case sub[1] != technique[1]:
		es = append(es, d.errorIn(path("sub_technique"), "sub_technique %q does not belong to %s", a.SubTechnique,
			technique[1]))
	default:
		id, name, _ := strings.Cut(a.SubTechnique, " ")
		ts = append(ts, Technique{id, name, tactic[1], tactic[2]})
	}
	return ts, es
}

// checkID rejects an id that could not be typed after `hunt rules show`.
func checkID(d *document, path, id string) Errors {
	switch {
	case id == "" && !d.has(path):
		return Errors{missingKey(d, path, path[strings.LastIndexByte(path, '.')+1:]+` = "a-short-name"`)}
	case !idPattern.MatchString(id):
		return Errors{d.errorIn(path,
			"id %q: use 1 to 128 letters, digits, dots, hyphens or underscores, starting with a letter or digit", id)}
	}
	return nil
}

// missingKey says that a key is absent or empty.
func missingKey(d *document, path, hint string) *Error {
	e := d.errorIn(path, "%s is missing", path)
	if d.has(path) {
		e.Msg = path + " is empty"
	}
	e.Hint = hint
	return e
}
