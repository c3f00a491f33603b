package report

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The model holds nothing for what was not supplied; JSON and people get words.
func TestWhatOfACaseWasNotSupplied(t *testing.T) {
	c := Case{ID: "IR <7>", Tools: []string{}, Notes: map[string]string{},
		Slots: []KeyValue{{"Status", ""}, {"Impact", "none"}}}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); strings.Count(text, `"not supplied"`) != 5 ||
		!strings.Contains(text, `"title":"not supplied"`) ||
		!strings.Contains(text, `{"key":"Status","value":"not supplied"}`) ||
		!strings.Contains(text, `"id":"IR \u003c7\u003e"`) {
		t.Errorf("%s", b)
	}
	if c.Slots[0].Value != "" {
		t.Error("marshalling wrote to the case")
	}
	var back Case
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%+v, want %+v, %v", back, c, err)
	}
	rows := (&Report{Case: back}).CaseRows()
	for _, row := range rows {
		if row.Value == "" {
			t.Errorf("%s has no words", row.Key)
		}
	}
	if rows[0].Value != c.ID || rows[1].Value != notSupplied || rows[len(rows)-1].Value != "none" {
		t.Errorf("%+v", rows)
	}
}
