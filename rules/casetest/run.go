// Package casetest runs the cases that come with rules: small logs on which a rule must or must not fire.
package casetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// Run runs the cases of rule files, or of the library if there are no paths, each against the engine on EVTX files
// made from its events. It writes a line for each rule, one with its place for each case that failed, and a closing
// line
//
//	N rules, N cases: N passed, N failed; N rules have no case
//
// The default tuning applies, with any tuning files among the paths. failed reports whether any case failed or a file
// could not be loaded; err is about w, the context or the temporary files, which go to tempDir ("" is the system's
// directory).
func Run(ctx context.Context, w io.Writer, paths []string, tempDir string) (failed bool, err error) {
	pk, loadErr := pack.LoadMixed(paths)
	if loadErr != nil {
		if _, err := fmt.Fprintln(w, loadErr); err != nil {
			return true, err
		}
	}
	run := func(ctx context.Context, c *pack.Case, dir string, p *pack.Pack) ([]*rules.Finding, error) {
		return runCase(ctx, c, dir, tempDir, p)
	}
	t := caseTester{run: run, pack: pk}
	out, err := t.all(ctx)
	if err != nil {
		return true, err
	}
	_, err = io.WriteString(w, out)
	return loadErr != nil || t.failed > 0, err
}

// caseTester runs cases and counts.
type caseTester struct {
	pack                   *pack.Pack
	run                    func(ctx context.Context, c *pack.Case, dir string, p *pack.Pack) ([]*rules.Finding, error)
	passed, failed, noCase int
}

func (t *caseTester) all(ctx context.Context) (string, error) {
	var b strings.Builder
	for _, r := range t.pack.Rules {
		switch {
		case len(r.Cases) == 0:
			t.noCase++
			if err := r.Check(); err != nil && r.Skip == "" {
				t.failed++
				fmt.Fprintf(&b, "FAIL %s: %v\n", r.ID, err)
			}
			continue
		case r.Skip != "":
			t.failed += len(r.Cases)
			fmt.Fprintf(&b, "FAIL %s: the rule cannot run: %s\n", r.ID, r.Skip)
			continue
		}
		var failures []string
		for i := range r.Cases {
			why, err := t.one(ctx, r, &r.Cases[i])
			if err != nil {
				return "", err
			}
			if why != "" {
				failures = append(failures, fmt.Sprintf("  %s: %s: %s\n", r.Cases[i].Place, r.Cases[i].Name, why))
			}
		}
		t.failed += len(failures)
		t.passed += len(r.Cases) - len(failures)
		verdict := "ok  "
		if len(failures) > 0 {
			verdict = "FAIL"
		}
		fmt.Fprintf(&b, "%s %s: %d cases\n%s", verdict, r.ID, len(r.Cases), strings.Join(failures, ""))
	}
	fmt.Fprintf(&b, "%d rules, %d cases: %d passed, %d failed; %d rules have no case\n",
		len(t.pack.Rules), t.passed+t.failed, t.passed, t.failed, t.noCase)
	return b.String(), nil
}

// one runs a case and says what was wrong, "" if nothing.
func (t *caseTester) one(ctx context.Context, r *pack.Rule, c *pack.Case) (string, error) {
	dir := filepath.Dir(r.File())
	if r.Source == pack.BuiltIn {
		dir = ""
	}
	found, err := t.run(ctx, c, dir,
		&pack.Pack{Rules: []*pack.Rule{r}, Exceptions: t.pack.Exceptions, Tools: t.pack.Tools})
	if err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return err.Error(), nil
	}
	return judgeCase(c, found), nil
}

// judgeCase compares what a case wants with what was found. A case that wants nothing may have no finding of any
// kind; one that wants a finding may also have partial chains, which other events of the case leave behind.
func judgeCase(c *pack.Case, found []*rules.Finding) string {
	got := map[pack.Status][]*rules.Finding{}
	for _, f := range found {
		got[f.Status] = append(got[f.Status], f)
	}
	switch {
	case c.Want == "" && len(found) > 0:
		return "must not fire, but there is " + describe(found)
	case c.Want == "":
		return ""
	case len(got[c.Want]) == 0:
		return fmt.Sprintf("expected a %s, got %s", c.Want, describe(found))
	case c.Want != pack.StatusFinding && len(got[pack.StatusFinding]) > 0:
		return fmt.Sprintf("expected only a %s, got %s", c.Want, describe(found))
	}
	if c.Confidence != "" &&
		!slices.ContainsFunc(got[c.Want], func(f *rules.Finding) bool { return f.Confidence == c.Confidence }) {
		return fmt.Sprintf("expected confidence %s, got %s", c.Confidence, describe(found))
	}
	return ""
}

func describe(found []*rules.Finding) string {
	if len(found) == 0 {
		return "nothing"
	}
	var parts []string
	for _, f := range found {
		text := fmt.Sprintf("a %s (%s confidence)", f.Status, f.Confidence)
		if f.Exception != nil {
			text += " by exception " + f.Exception.ID
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// runCase runs a pack over a case's events, or over its EVTX file relative to dir.
func runCase(ctx context.Context, c *pack.Case, dir, tempDir string, p *pack.Pack) (found []*rules.Finding, err error) {
	paths := []string{filepath.Join(dir, filepath.FromSlash(c.EVTX))}
	if c.EVTX == "" {
		tmp, err := os.MkdirTemp(tempDir, "hunt-case-")
		if err != nil {
			return nil, spill.Failed(tempDir, err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
		if err := c.Write(tmp); errors.As(err, new(*fs.PathError)) {
			return nil, spill.Failed(tempDir, err)
		} else if err != nil {
			return nil, err
		}
		paths[0] = tmp
	} else if dir == "" {
		return nil, errors.New("a case of the library must contain its events")
	}
	col, err := evidence.Collect(ctx, evidence.Inputs(paths...), evidence.Options{TempDir: tempDir})
	if err != nil {
		return nil, err
	}
	res, err := rules.Run(ctx, timeline.Of(col), p, rules.Options{Jobs: 1, TempDir: tempDir})
	if err != nil {
		return nil, err
	}
	for _, rr := range res.Rules {
		if !rr.Ran {
			return nil, fmt.Errorf("the rule does not run: %s", rr.Reason)
		}
	}
	return res.Findings, nil
}
