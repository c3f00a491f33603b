package eql_test

import (
	"fmt"
	"slices"

	"hunt/rules/eql"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// schema knows three fields of text by their places.
type schema []string

func (s schema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	i := slices.Index(s, name)
	return predicate.FieldID(i), predicate.TypeKeyword, i >= 0
}

func (schema) Suggest(string) string { return "" }

// event has a value for each field of the schema, "" for none.
type event []string

func (e event) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if f < 0 || e[f] == "" {
		return dst
	}
	return append(dst, predicate.StringValue(e[f]))
}

func ExampleCompile() {
	fields := schema{"event.category", "process.name", "host.id"}
	q, err := eql.Compile(`sequence by host.id with maxspan=5m
		[process where process.name : "winword.exe"]
		[process where process.name in~ ("cmd.exe", "powershell.exe")]`, fields, eql.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	events := []sequence.Item{
		{Event: event{"process", "WINWORD.EXE", "ws1"}, Time: 0},
		{Event: event{"process", "cmd.exe", "ws2"}, Time: 1e9},
		{Event: event{"process", "PowerShell.exe", "ws1"}, Time: 2e9},
	}
	for m := range q.Program().Run(slices.Values(events)) {
		fmt.Println(m.Keys[0].Text(), m.Events[0].Event, m.Events[1].Event)
	}
	_, err = eql.Compile(`process where process.name = "cmd.exe"`, fields, eql.Options{File: "rule.eql"})
	fmt.Println(err)
	// Output:
	// ws1 [process WINWORD.EXE ws1] [process PowerShell.exe ws1]
	// rule.eql:1:28: unexpected `=`
	//   process where process.name = "cmd.exe"
	//                              ^
	//   hint: use == to compare
}
