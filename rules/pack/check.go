package pack

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hunt/rules/sigma"
	"hunt/rules/sigma/syntax"
	"hunt/rules/source"
	"hunt/timeline/ecs"
)

// Check checks rule and tuning files, or directories of them, without running them. It writes a line for each file, ok
// or file:line:col and why, with the source line, a caret and a hint indented below it, and the closing line
//
//	N ok, N failed, N unsupported
//
// Unsupported are rules that hunt reads but cannot run: in another language than EQL, KQL and Sigma, about data that
// event logs do not hold, or with a part of its language that hunt lacks. For a Sigma file with several documents, each
// has a line. failed reports whether any file failed; err is about w.
func Check(w io.Writer, paths []string) (failed bool, err error) {
	c := checker{schema: ecs.NewSchema(), first: map[claim]string{}}
	var files []checked
	var docs []*sigmaDocument
	for _, path := range paths {
		files = append(files, c.load(path)...)
	}
	for _, f := range files {
		if f.err == nil {
			docs = append(docs, f.loaded.sigma...)
		}
	}
	c.check(files, joinDocuments(docs))
	c.printf("%d ok, %d failed, %d unsupported\n", c.ok, c.failed, c.unsupported)
	_, err = io.WriteString(w, c.out.String())
	return c.failed > 0, err
}

// checker counts outcomes and gathers the lines.
type checker struct {
	schema                  *ecs.Schema
	options                 syntax.Options
	first                   map[claim]string // where it was defined
	out                     strings.Builder
	ok, failed, unsupported int
}

func (c *checker) printf(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }

// checked is a file being checked, with what was loaded from it.
type checked struct {
	name   string
	loaded *loaded
	err    error
	passed bool // it is not a rule file, and the user did not name it
}

// load loads the files of a path.
func (c *checker) load(path string) []checked {
	files, err := listFiles(path)
	switch {
	case err != nil:
		return []checked{{name: path, err: ruleFile{name: path}.plain(err)}}
	case len(files) == 0:
		return []checked{{name: path, err: Errors{{File: path, Msg: noRuleFiles}}}}
	}
	out := make([]checked, len(files))
	for i, f := range files {
		l, err := f.load(c.options)
		out[i] = checked{name: f.name, loaded: l, err: err}
		if err == nil && l.sigma != nil && !slices.ContainsFunc(l.sigma, (*sigmaDocument).ofRules) {
			out[i].passed = f.below != ""
			out[i].err = notSigma(f, l.sigma)
		}
	}
	return out
}

// check checks loaded files; joined holds the references between the Sigma documents among them.
func (c *checker) check(files []checked, joined *joinedDocuments) {
	for _, f := range files {
		switch {
		case f.passed:
			c.noRule(f)
			continue
		case f.err != nil:
			c.fail(f.name, f.err)
			continue
		}
		if err := c.claim(f.loaded); err != nil {
			c.fail(f.name, err)
			continue
		}
		for _, d := range c.failMany(f) {
			c.document(f.name, d, joined)
		}
		if len(f.loaded.rules)+len(f.loaded.sigma) == 0 {
			c.ok++
			c.printf("%s: ok\n", f.name)
		}
		for _, r := range f.loaded.rules {
			c.rule(f.name, r)
		}
	}
}

// noRule says that a file in a folder or archive holds no rule: it is not counted, as it may not be meant to hold one.
func (c *checker) noRule(f checked) {
	var es Errors
	errors.As(f.err, &es)
	e := *es[0] // what is wrong with its YAML, if there is no rule in it
	for _, d := range f.loaded.sigma {
		if len(d.Keys) > 0 {
			e = *d.mistake(&syntax.Error{Pos: d.Pos, Msg: noRule, Hint: ruleKeys})
			break
		}
	}
	e.Msg = "passed over: " + e.Msg
	c.printf("%s\n", e.Head())
	if context := e.Context(); context != "" {
		c.printf("%s\n", context)
	}
}

// failMany reports the mistakes of a file together if too many of its documents have some, and returns the remaining
// documents.
func (c *checker) failMany(f checked) []*sigmaDocument {
	var es Errors
	var sound []*sigmaDocument
	for _, d := range f.loaded.sigma {
		if mistakes := d.mistakes(); mistakes != nil {
			es = append(es, mistakes...)
		} else {
			sound = append(sound, d)
		}
	}
	n := len(f.loaded.sigma) - len(sound)
	if n <= maxErrorsOfFile {
		return f.loaded.sigma
	}
	c.fail(f.name, es.fold())
	c.failed += n - 1
	return sound
}

// document checks a Sigma document.
func (c *checker) document(name string, d *sigmaDocument, joined *joinedDocuments) {
	if !d.only {
		name = fmt.Sprintf("%s:%d", name, d.Line)
	}
	if es := d.mistakes(); es != nil {
		c.fail(name, es)
		return
	}
	var es Errors
	for _, w := range joined.Warnings[d.Document] {
		es = append(es, d.mistake(w))
	}
	switch {
	case es != nil:
		c.fail(name, es)
	case d.Skip != nil:
		c.fail(name, Errors{d.mistake(d.Skip)})
	case d.Kind == syntax.FilterDocument:
		c.ok++
		c.printf("%s: ok\n", name)
		c.warn(d, d.Warnings)
	default:
		c.sigma(name, d, joined)
	}
}

// sigma checks a Sigma rule without mistakes.
func (c *checker) sigma(name string, d *sigmaDocument, joined *joinedDocuments) {
	r := d.rule()
	d.complete(r, joined)
	if joined.Silent[d.Document] != nil { // it is valid, and a correlation needs it
		r.Skip = ""
		d.sources(r, joined)
	}
	if e := d.circle(joined); e != nil {
		c.fail(name, Errors{d.mistake(e)})
		return
	}
	if d.Kind != syntax.RuleDocument {
		ok := c.ok
		if c.rule(name, r); c.ok > ok {
			c.warn(d, d.Warnings)
		}
		return
	}
	bound := sigma.Bind(d.Document, SchemaOf(nil).Raw)
	if e := bound.Misnamed(); e != nil && r.Skip != "" {
		c.fail(name, Errors{d.mistake(e)})
		return
	}
	ok := c.ok
	if c.rule(name, r); c.ok > ok {
		c.warn(d, append(slices.Clone(d.Warnings), bound.Doubts()...))
	}
}

// warn writes what is doubtful about a document.
func (c *checker) warn(d *sigmaDocument, warnings []*syntax.Error) {
	for _, w := range warnings {
		e := d.mistake(w)
		e.Msg = "warning: " + e.Msg
		c.printf("%s\n%s\n", e.Head(), e.Context())
	}
}

// rule compiles a rule.
func (c *checker) rule(name string, r *Rule) {
	if r.Skip != "" {
		c.unsupported++
		if r.Language != Sigma && r.doc.has("rule.type") {
			name = strings.TrimSuffix(r.doc.place("rule.type"), ":")
		}
		c.printf("%s: unsupported: %s\n", name, source.Printable(r.Skip))
		return
	}
	q, err := r.Compile(SchemaOf(c.schema))
	if err != nil {
		c.fail(name, err)
		return
	}
	c.ok++
	c.printf("%s: ok\n", name)
	if r.Language != Sigma { // for those, sigma reports the place
		for _, warning := range q.Warnings() {
			c.printf("  warning: %s\n", source.Printable(warning))
		}
	}
	if fields := Unanswerable(q.Program(), c.schema); len(fields) > 0 {
		c.printf("  blind: no Windows event log holds %s\n", source.Printable(strings.Join(fields, ", ")))
	}
}

// claim is an id that a file took.
type claim struct{ kind, id string }

// claim reports ids that another file of this check has.
func (c *checker) claim(l *loaded) error {
	var es Errors
	take := func(kind, id string, d *document, idPath string) {
		key := claim{kind, id}
		if first, taken := c.first[key]; taken {
			e := &Error{File: d.file}
			if d.has(idPath) {
				e = d.errorIn(idPath, "")
			}
			e.Msg = fmt.Sprintf("%s id %q is already defined at %s", kind, id, first)
			es = append(es, e)
			return
		}
		c.first[key] = d.place(idPath)
	}
	takeSigma := func(kind string, d *sigmaDocument) {
		key := claim{kind, d.id()}
		if first, taken := c.first[key]; taken {
			es = append(es, d.taken(first))
			return
		}
		c.first[key] = d.idPlace()
	}
	for _, r := range l.rules {
		take("rule", r.ID, r.doc, r.idPath)
	}
	for _, d := range l.sigma {
		switch {
		case d.Kind == syntax.FilterDocument || len(d.Mistakes) > 0:
		case sigma.IsHayabusa(d.Document): // a converted rule may have the id of its original
			takeSigma("converted rule", d)
		default:
			takeSigma("rule", d)
		}
	}
	if l.tuning != nil {
		for _, x := range l.tuning.exceptions {
			take("exception", x.ID, x.doc, x.idPath)
		}
		for _, t := range l.tuning.tools {
			take("tool", t.ID, t.doc, t.idPath)
		}
	}
	return es.fold().err()
}

// fail writes the errors of a file: unsupported if all of them are.
func (c *checker) fail(name string, err error) {
	var es Errors
	if !errors.As(err, &es) {
		es = Errors{{File: name, Msg: err.Error()}}
	}
	unsupported := true
	for _, e := range es {
		unsupported = unsupported && e.Unsupported
	}
	if unsupported {
		c.unsupported++
	} else {
		c.failed++
	}
	for _, e := range es {
		line := *e
		if e.Unsupported {
			line.Msg = "unsupported: " + e.Msg
		}
		c.printf("%s\n", line.Head())
		if context := e.Context(); context != "" {
			c.printf("%s\n", context)
		}
	}
}
