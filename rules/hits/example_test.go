package hits_test

import (
	"bufio"
	"encoding/json"
	"os"

	"hunt/rules/hits"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

type document struct{ id, text string }

func (d document) DocumentID() string                 { return d.id }
func (d document) Document() (json.RawMessage, error) { return json.RawMessage(d.text), nil }

func ExampleResults_WriteLines() {
	r := hits.Results{Form: sequence.Sequence, Matches: []hits.Match{{
		Keys: []predicate.Value{predicate.StringValue("ws-1")},
		Events: []hits.Event{
			document{"a", `{"event":{"code":"1"}}`},
			nil,
			document{"b", `{"process":{"name":"x\ud83d"}}`},
		},
	}}}
	out := bufio.NewWriter(os.Stdout)
	if err := r.WriteLines(out); err != nil {
		return
	}
	_ = out.Flush()
	// Output: {"join_keys":["ws-1"],"events":[{"_id":"a","_source":{"event":{"code":"1"}}},{"_id":"","missing":true},{"_id":"b","_source":{"process":{"name":"x\ufffd"}},"hunt":{"altered":true}}]}
}
