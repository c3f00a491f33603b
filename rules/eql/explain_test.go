package eql

import (
	"fmt"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

func explainText(b *strings.Builder, e predicate.Explanation, indent string) {
	fmt.Fprintf(b, "%s%v  %s", indent, e.Truth, e.Text)
	for _, f := range e.Fields {
		var vs []string
		for _, v := range f.Values {
			vs = append(vs, v.Text())
		}
		fmt.Fprintf(b, "  {%s = %s}", f.Name, strings.Join(vs, ", "))
	}
	b.WriteByte('\n')
	for _, k := range e.Kids {
		explainText(b, k, indent+"  ")
	}
}

func TestExplainNamesThePredicateThatFailed(t *testing.T) {
	s := conditionSchema()
	p, err := Compile(`sequence [process where true] as e1 [process where process.name : "cmd.exe" and not (process.args : "a" or ?nope == 1) and process.pid == e1.process.pid]`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	explainText(&b, p.Explain(1,
		s.event(t, "event.category=process process.name=CMD.EXE process.args=[b|a] process.pid=5"), nil), "")
	want := `false  process where process.name : "cmd.exe" and not (process.args : "a" or ?nope == 1) and process.pid == e1.process.pid
  true  event.category == "process"  {event.category = process}
  true  process.name : "cmd.exe"  {process.name = CMD.EXE}
  false  not (process.args : "a" or ?nope == 1)
    true  process.args : "a" or ?nope == 1
      true  process.args : "a"  {process.args = b, a}
      false  ?nope == 1  {nope = }
  maybe  process.pid == e1.process.pid  {process.pid = 5}  {e1.process.pid = }
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	bound := s.event(t, "process.pid=5")
	if e := p.Explain(1, s.event(t, "event.category=process process.name=cmd.exe process.pid=5"),
		func(int) predicate.Event { return bound }); e.Truth != predicate.True {
		t.Errorf("with the earlier event: %v, want true", e.Truth)
	}
}
