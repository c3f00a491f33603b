package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/hint"
	"hunt/rules"
	"hunt/rules/eql/syntax"
	"hunt/rules/pack"
	"hunt/rules/stage"
	"hunt/shellword"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// typed is a query over the same evidence as it can be typed.
func typed(c *cli.Context, query string) string {
	command := "hunt query"
	for _, path := range c.StringSlice("evtx") {
		command += " --evtx " + shellword.Quoted(path)
	}
	return command + " " + shellword.Quoted(query)
}

// suggestQuery adds to the error of a query that compares names with values in another notation how to write it in
// EQL.
func suggestQuery(c *cli.Context, query pack.Query, err error) error {
	var e *syntax.Error
	if query.Language != pack.EQL || !errors.As(err, &e) {
		return err
	}
	meant, ok := hint.Query(query.Text, hint.HoldsNumbers())
	if !ok {
		return err
	}
	if _, wrong := rules.CompileQuery(pack.Query{Language: pack.EQL, Text: meant}); wrong == nil {
		e.Hint = typed(c, meant)
	}
	return err
}

// suggestCondition does the same for the condition of --where.
func suggestCondition(text string, err error) error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return err
	}
	if meant, ok := hint.Condition(text, hint.HoldsNumbers()); ok {
		if _, wrong := stage.CompileCondition(meant, ecs.NewSchema()); wrong == nil {
			e.Hint = "--where " + shellword.Quoted(meant)
		}
	}
	return err
}

// otherCase checks whether a query that found nothing would find something if it ignored case, and says how to
// write it.
func (r *runner) otherCase(c *cli.Context, col *evidence.Collection, query pack.Query) error {
	if query.Language != pack.EQL || r.quiet {
		return nil
	}
	meant, ok := hint.AnyCase(query.Text)
	if !ok {
		return nil
	}
	query.Text = meant
	if _, err := rules.CompileQuery(query); err != nil {
		return nil
	}
	o := r.opts
	o.Meter, o.Limits, o.Store = &timeline.Meter{}, nil, nil
	watching := r.watch(o.Meter)
	found, err := rules.Query(c.Context, timeline.Of(col), query, o)
	watching.Stop()
	if err != nil {
		return queryError(err)
	}
	if n := len(found.Matches); n > 0 {
		r.say("nothing matches in this upper and lower case; if case is ignored, hunt finds %s: %s",
			ledger.Count(n, "match", "matches"), typed(c, meant))
	}
	return nil
}
