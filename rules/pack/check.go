package pack

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hunt/timeline/ecs"
)

// Check checks rule and tuning files, or directories of them, without running them. It writes a line for each file, ok or
// file:line:col and why, with the source line, a caret and a hint indented below it, and the closing line
//
//	N ok, N failed, N unsupported
//
// Unsupported are rules that hunt reads but cannot run: another language than EQL, data that event logs do not hold, or a
// part of EQL that hunt lacks. failed reports whether any file failed; err is about w.
func Check(w io.Writer, paths []string) (failed bool, err error) {
	c := checker{schema: ecs.NewSchema(), first: map[string]string{}}
	for _, path := range paths {
		c.path(path)
	}
	c.printf("%d ok, %d failed, %d unsupported\n", c.ok, c.failed, c.unsupported)
	_, err = io.WriteString(w, c.out.String())
	return c.failed > 0, err
}

// checker counts outcomes and gathers the lines.
type checker struct {
	schema                  *ecs.Schema
	first                   map[string]string // kind and id -> where it was defined
	out                     strings.Builder
	ok, failed, unsupported int
}

func (c *checker) printf(format string, args ...any) { fmt.Fprintf(&c.out, format, args...) }

func (c *checker) path(path string) {
	files, err := listFiles(path)
	switch {
	case err != nil:
		c.fail(path, ruleFile{name: path}.plain(err))
	case len(files) == 0:
		c.fail(path, Errors{{File: path, Msg: "the directory contains no .toml or .eql file"}})
	}
	for _, f := range files {
		l, err := f.load()
		if err != nil {
			c.fail(f.name, err)
			continue
		}
		if err := c.claim(l); err != nil {
			c.fail(f.name, err)
			continue
		}
		if len(l.rules) == 0 {
			c.ok++
			c.printf("%s: ok\n", f.name)
		}
		for _, r := range l.rules {
			c.rule(f.name, r)
		}
	}
}

// rule compiles a rule.
func (c *checker) rule(name string, r *Rule) {
	if r.Skip != "" {
		c.unsupported++
		c.printf("%s: unsupported: %s\n", name, r.Skip)
		return
	}
	q, err := r.Compile(SchemaOf(c.schema))
	if err != nil {
		c.fail(name, err)
		return
	}
	c.ok++
	c.printf("%s: ok\n", name)
	for _, warning := range q.Warnings() {
		c.printf("  warning: %s\n", warning)
	}
	if fields := Unanswerable(q.Program(), c.schema); len(fields) > 0 {
		c.printf("  blind: no Windows event log holds %s\n", strings.Join(fields, ", "))
	}
}

// claim reports ids that another file of this check has.
func (c *checker) claim(l *loaded) error {
	var es Errors
	take := func(kind, id string, d *document, idPath string) {
		key := kind + " " + id
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
	for _, r := range l.rules {
		take("rule", r.ID, r.doc, r.idPath)
	}
	if l.tuning != nil {
		for _, x := range l.tuning.exceptions {
			take("exception", x.ID, x.doc, x.idPath)
		}
		for _, t := range l.tuning.tools {
			take("tool", t.ID, t.doc, t.idPath)
		}
	}
	return es.err()
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
