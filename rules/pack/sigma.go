package pack

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	lazy "hunt/pattern"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// sigmaDocument is one document of a file of Sigma rules.
type sigmaDocument struct {
	*syntax.Document
	file    *document
	sum     [32]byte
	only    bool // the file has no other document
	number  int  // among those of its file, counted from 1
	builtIn bool
	cases   []Case
}

// maturity returns the document's status; one without counts as stable.
func (d *sigmaDocument) maturity() Maturity {
	for m := Mature; m <= Unsupported; m++ {
		if d.Document.Status == m.String() {
			return m
		}
	}
	return Mature
}

// isYAML reports whether a text is YAML rather than TOML: its first line of content is the start of a document, or
// a key with a colon.
func isYAML(src []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		return bytes.HasPrefix(line, []byte("---")) || line[0] == '%' || yamlKey().Match(line)
	}
	return false
}

var yamlKey = lazy.Of(`^(?:"[^"]*"|'[^']*'|[^\s"'=\[\]]+)\s*:(?:\s|$)`)

// parseSigma reads the documents of a YAML file.
func parseSigma(d *document, sum [32]byte, opts syntax.Options) []*sigmaDocument {
	docs := syntax.Parse(d.src, opts)
	out := make([]*sigmaDocument, len(docs))
	for i, doc := range docs {
		out[i] = &sigmaDocument{Document: doc, file: d, sum: sum, only: len(docs) == 1, number: i + 1}
	}
	return out
}

// ruleLine matches a line of YAML or JSON with a key that only rules have.
var ruleLine = lazy.Of(`(?m)^[ \t{,]*["']?(?:detection|correlation|filter|logsource)["']? *:`)

// ofRules reports whether a document belongs to a rule file, however broken: it has a key that only rules have or,
// if it is not YAML, its file has a line with one.
func (d *sigmaDocument) ofRules() bool {
	if len(d.Keys) == 0 && len(d.Mistakes) > 0 && ruleLine().Match(d.file.src) {
		return true
	}
	for _, k := range d.Keys {
		switch k.Name {
		case "detection", "correlation", "filter", "logsource":
			return true
		}
	}
	return false
}

// mistake places an error of the document in its file.
func (d *sigmaDocument) mistake(e *syntax.Error) *Error {
	return &Error{
		File: d.file.file, Line: e.Line, Col: e.Col, Msg: e.Msg, Hint: e.Hint,
		Text: d.file.line(e.Line), Unsupported: e.Reason != syntax.ReasonNone,
	}
}

// mistakes returns the errors of the document, nil if it is valid.
func (d *sigmaDocument) mistakes() Errors {
	var es Errors
	for _, e := range d.Mistakes {
		es = append(es, d.mistake(e))
	}
	if es == nil && d.Kind != syntax.FilterDocument && !idPattern.MatchString(d.id()) {
		es = append(es, d.mistake(&syntax.Error{
			Pos: cmp.Or(d.IDPos, d.Pos), Msg: fmt.Sprintf("%q cannot be a rule's id", d.id()),
			Hint: "write id: and a UUID",
		}))
	}
	return es
}

// idPlace returns file:line:col of the document's id, or of the document if it has none.
func (d *sigmaDocument) idPlace() string {
	at := d.IDPos
	if at.Line == 0 {
		at = d.Pos
	}
	return fmt.Sprintf("%s:%d:%d", d.file.file, at.Line, at.Col)
}

// taken returns the error that another rule has the document's id.
func (d *sigmaDocument) taken(first string) *Error {
	at := d.IDPos
	if at.Line == 0 {
		at = d.Pos
	}
	return d.mistake(&syntax.Error{Pos: at, Msg: fmt.Sprintf("rule id %q is already defined at %s", d.id(), first),
		Hint: "give each rule an id of its own"})
}

// id returns the document's id or, in its place, the file's name and the document's number in it.
func (d *sigmaDocument) id() string {
	if d.ID != "" {
		return d.ID
	}
	base := filepath.Base(d.file.file)
	id := strings.TrimSuffix(base, filepath.Ext(base))
	if !d.only {
		id += "." + strconv.Itoa(d.number)
	}
	return id
}

// rule makes a Rule from a rule or correlation.
func (d *sigmaDocument) rule() *Rule {
	r := &Rule{
		ID: d.id(), Name: d.Title, Version: d.Modified, Description: d.Description, Author: d.Author,
		Licence:  d.Licence,
		Language: Sigma, Status: d.maturity(), Setup: d.LogSource.Definition, Severity: SeverityMedium,
		Confidence: Medium,
		References: d.References, FalsePositives: d.FalsePositives, Tags: d.Tags, Techniques: techniquesOf(d.Tags),
		LogSource: logsource.Name{Product: d.LogSource.Product, Category: d.LogSource.Category,
			Service: d.LogSource.Service},
		Source: d.file.file, Cases: d.cases, doc: d.file, sum: d.sum,
		at: fmt.Sprintf("%s:%d:%d", d.file.file, d.Line, d.Col), sigma: d,
	}
	if r.Version == "" {
		r.Version = d.Date
	}
	if s, err := ParseSeverity(d.Level); err == nil {
		r.Severity = s
	}
	if d.builtIn {
		r.Source = BuiltIn
	}
	r.Query, r.QueryLine = d.detection()
	return r
}

// detection returns the text of the document's detection, from its key to the next one.
func (d *sigmaDocument) detection() (text string, line int) {
	from, to := 0, 0
	for _, k := range d.Keys {
		switch {
		case k.Name == "detection" || k.Name == "correlation":
			from = k.Line
		case from > 0 && k.Line > from && (to == 0 || k.Line < to):
			to = k.Line
		}
	}
	if from == 0 {
		return "", 0
	}
	var lines []string
	for n := from; to == 0 || n < to; n++ {
		s, ok := d.file.lineAt(n)
		if !ok || to == 0 && n > from && strings.HasPrefix(s, "---") {
			break
		}
		lines = append(lines, s)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n "), from
}

// joinedDocuments are the documents of a run, with the references between them.
type joinedDocuments struct {
	*sigma.Joined
	of map[*syntax.Document]*sigmaDocument
}

func joinDocuments(all []*sigmaDocument) *joinedDocuments {
	j := &joinedDocuments{of: map[*syntax.Document]*sigmaDocument{}}
	docs := make([]*syntax.Document, len(all))
	for i, d := range all {
		docs[i] = d.Document
		j.of[d.Document] = d
	}
	j.Joined = sigma.Join(docs)
	return j
}

// text returns the detection of a document.
func (j *joinedDocuments) text(doc *syntax.Document) (string, int) { return j.of[doc].detection() }

// doesNotRun returns why the document's rule does not run, "" if it does.
func (d *sigmaDocument) doesNotRun(joined *joinedDocuments) string {
	if c := joined.Silent[d.Document]; c != nil {
		return fmt.Sprintf("it gives no findings of its own (generate: false): the correlation %q counts its events",
			c.Title)
	}
	e := d.Skip
	if e == nil {
		return ""
	}
	return fmt.Sprintf("%s, at %s:%d:%d", e.Msg, d.file.file, e.Line, e.Col)
}

var techniqueTag = lazy.Of(`^attack\.(t\d{4}(?:\.\d{3})?)$`)

// attackObject matches the tags of groups, software and the like.
var attackObject = lazy.Of(`^[a-z]{1,2}\d{4}`)

// tactics are ATT&CK's tactics, by their names in tags.
var tactics = map[string][2]string{
	"reconnaissance": {"TA0043", "Reconnaissance"}, "resource-development": {"TA0042", "Resource Development"},
	"initial-access": {"TA0001", "Initial Access"}, "execution": {"TA0002", "Execution"},
	"persistence": {"TA0003", "Persistence"}, "privilege-escalation": {"TA0004", "Privilege Escalation"},
	"defense-evasion": {"TA0005", "Defense Evasion"}, "credential-access": {"TA0006", "Credential Access"},
	"discovery": {"TA0007", "Discovery"}, "lateral-movement": {"TA0008", "Lateral Movement"},
	"collection": {"TA0009", "Collection"}, "exfiltration": {"TA0010", "Exfiltration"},
	"command-and-control": {"TA0011", "Command and Control"}, "impact": {"TA0040", "Impact"},
}

// techniquesOf reads ATT&CK techniques from tags. Tags do not say which tactic a technique serves, so the tactic is
// filled in only where there is just one.
func techniquesOf(tags []string) []Technique {
	var out []Technique
	var named [][2]string // tactics, including those that are unknown here
	for _, tag := range tags {
		tag = strings.ToLower(tag)
		if m := techniqueTag().FindStringSubmatch(tag); m != nil {
			out = append(out, Technique{ID: strings.ToUpper(m[1])})
		} else if word, ok := strings.CutPrefix(tag, "attack."); ok && !attackObject().MatchString(word) {
			named = append(named, tactics[strings.ReplaceAll(word, "_", "-")])
		}
	}
	if len(named) == 1 {
		for i := range out {
			out[i].TacticID, out[i].Tactic = named[0][0], named[0][1]
		}
	}
	return out
}

// compiler returns the function that compiles the rule of a document.
func (d *sigmaDocument) compiler(r *Rule, joined *joinedDocuments) func(predicate.Schema) (Compiled, error) {
	return func(s predicate.Schema) (Compiled, error) {
		fields, ok := s.(*Schema)
		if !ok {
			return nil, fmt.Errorf("%s: the schema has no fields of records", r.ID)
		}
		if sigma.Counts(d.Document) {
			c, err := joined.Correlate(d.Document, fields.Raw, joined.text)
			if err != nil {
				return nil, d.unsound(err)
			}
			return c, nil
		}
		return sigma.Bind(d.Document, fields.Raw, joined.Filters[d.Document]...).Query(fields.Raw, r.Query,
			r.QueryLine), nil
	}
}

// unsound places an error of a correlation.
func (d *sigmaDocument) unsound(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return Errors{d.mistake(e)}
	}
	return err
}

// sources sets which events answer the rule, or why no event log can.
func (d *sigmaDocument) sources(r *Rule, joined *joinedDocuments) {
	if d.Kind == syntax.FilterDocument {
		return
	}
	if !sigma.Counts(d.Document) {
		bound := sigma.Bind(d.Document, SchemaOf(nil).Raw)
		r.DataSources, r.Kinds, r.Skip = bound.Events(), bound.Kinds(), bound.Unanswerable()
		return
	}
	if d.Skip != nil {
		return
	}
	c, err := joined.Correlate(d.Document, SchemaOf(nil).Raw, joined.text)
	if err != nil {
		r.Skip, r.Off = d.unsound(err).Error(), OffUnsupported
		var e *syntax.Error
		if errors.As(err, &e) {
			r.Skip = fmt.Sprintf("%s, at %s:%d:%d", e.Msg, d.file.file, e.Line, e.Col)
		}
		return
	}
	r.DataSources, r.Kinds, r.Skip = c.Events(), c.Kinds(), c.Unanswerable()
}

// circle returns the error of a correlation that refers to itself, nil if it does not.
func (d *sigmaDocument) circle(joined *joinedDocuments) *syntax.Error {
	if !sigma.Counts(d.Document) || d.Skip != nil {
		return nil
	}
	_, err := joined.Correlate(d.Document, SchemaOf(nil).Raw, joined.text)
	var e *syntax.Error
	if errors.As(err, &e) && e.Reason == syntax.ReasonNone {
		return e
	}
	return nil
}

// complete gives a rule the rules that take part in it, and why it does not run.
func (d *sigmaDocument) complete(r *Rule, joined *joinedDocuments) {
	r.compile = d.compiler(r, joined)
	if d.sources(r, joined); r.Skip != "" && r.Off == 0 {
		r.Off = OffSource
	}
	if why := d.doesNotRun(joined); why != "" {
		r.Skip, r.Off = why, OffUnsupported
		if d.Skip != nil && d.Skip.Reason == syntax.ReasonPlaceholder {
			r.Off = OffPlaceholder
		}
	}
}

// addSigma makes rules from the documents that were gathered, after all are known.
func (b *packBuilder) addSigma() {
	var sound []*sigmaDocument
	ids := map[string]bool{} // of rules that are not converted from others
	for _, d := range b.sigma {
		if es := d.mistakes(); es != nil {
			b.errs = append(b.errs, es...)
			continue
		}
		sound = append(sound, d)
		if !sigma.IsHayabusa(d.Document) {
			ids[d.ID] = true
		}
	}
	joined := joinDocuments(sound)
	for _, d := range b.sigma {
		if d.mistakes() != nil {
			continue
		}
		for _, w := range joined.Warnings[d.Document] {
			if d.Kind == syntax.FilterDocument {
				b.errs = append(b.errs, d.mistake(w))
			}
		}
		switch {
		case d.Kind == syntax.FilterDocument:
			if d.Skip != nil {
				b.errs = append(b.errs, d.mistake(&syntax.Error{Pos: d.Skip.Pos, Hint: d.Skip.Hint,
					Reason: d.Skip.Reason,
					Msg:    "the filter does not run, so its rules find what it leaves out: " + d.Skip.Msg}))
			}
			continue
		case sigma.IsHayabusa(d.Document) && (ids[d.ID] || slices.ContainsFunc(d.Related, func(r syntax.Related) bool {
			return r.Type == "derived" && ids[r.ID]
		})):
			b.leftOut[LeftOutConverted]++
			continue
		}
		r := d.rule()
		if level, ok := b.hayabusa.Levels[r.ID]; ok {
			if s, err := ParseSeverity(level); err == nil {
				r.Severity = s
			}
		}
		d.complete(r, joined)
		b.switchOff(r)
		b.claimRule(r)
	}
}
