package document_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
	"hunt/timeline/ecs/scalar"
)

func start(pairs ...evtxtest.Pair) evtxtest.Event {
	return evtxtest.Event{
		Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security", EventID: 4688, Computer: "PC1",
		Time: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		Data: append(
			[]evtxtest.Pair{evtxtest.Str("NewProcessName", `C:\a\b.exe`), evtxtest.Str("SubjectUserName", "alice")},
			pairs...),
	}
}

func TestDocumentIsNestedSortedAndComplete(t *testing.T) {
	hostile := `</script>"` + "\u202e"
	r := recordtest.Of(t, start(evtxtest.Str("Odd.Name", "x"), evtxtest.Str("Twice", "1"),
		evtxtest.Str("Twice", "2"), evtxtest.Str("CommandLine", hostile), evtxtest.Str("Empty", "-")))[0]
	e := ecs.NewMapper(ecs.NewSchema()).Map(r)
	e.Set(ecs.HostID, scalar.String("pc1"))
	e.Set(ecs.UserID, scalar.String("S-1-5-21-1"))
	doc := document.Append(nil, e)
	var got map[string]any
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	sorted, err := json.Marshal(got) // encoding/json sorts the keys
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(sorted, &plain); err != nil || len(sorted) < len(doc)/2 {
		t.Fatal(err)
	}
	if a, b := keyOrder(t, doc), keyOrder(t, sorted); !slices.Equal(a, b) {
		t.Errorf("keys are not in order:\n%v\n%v", a, b)
	}
	data := got["winlog"].(map[string]any)["event_data"].(map[string]any)
	if data["Odd.Name"] != "x" || fmt.Sprint(data["Twice"]) != "[1 2]" || data["CommandLine"] != hostile ||
		data["Empty"] != nil ||
		data["NewProcessName"] != `C:\a\b.exe` {
		t.Errorf("event_data = %v", data)
	}
	derived := fmt.Sprint(got["hunt"].(map[string]any)["derived"])
	for _, name := range []string{"host.id", "user.id", "host.os.type", "hunt.path"} {
		if !strings.Contains(derived, name) {
			t.Errorf("%s is not among the derived fields: %s", name, derived)
		}
	}
	if _, ok := got["process"].(map[string]any)["entity_id"]; ok {
		t.Error("a pending value is in the document")
	}
}

// keyOrder returns all object keys of a document as they stand in it.
func keyOrder(t *testing.T, doc []byte) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(doc)))
	var keys []string
	var value func()
	value = func() {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'):
			for dec.More() {
				key, err := dec.Token()
				if err != nil {
					t.Fatal(err)
				}
				keys = append(keys, key.(string))
				value()
			}
			_, _ = dec.Token()
		case json.Delim('['):
			for dec.More() {
				value()
			}
			_, _ = dec.Token()
		}
	}
	value()
	return keys
}

// A message that quotes what history filled in is derived, and so are its document's values.
func TestAMessageThatQuotesHistoryIsDerived(t *testing.T) {
	e := ecs.NewMapper(ecs.NewSchema()).Map(recordtest.Of(t, start())[0])
	derived := func() string {
		var doc struct{ Hunt struct{ Derived []string } }
		if err := json.Unmarshal(document.Append(nil, e), &doc); err != nil {
			t.Fatal(err)
		}
		return strings.Join(doc.Hunt.Derived, " ")
	}
	for _, f := range e.AppendPending(nil) {
		e.Set(f)
	}
	if got := derived(); strings.Contains(got, "message") {
		t.Errorf("without a parent: %s", got)
	}
	e.Set(ecs.ProcessParentName, scalar.String("a.exe"))
	if got := derived(); !strings.Contains(got, "message process.parent.name") {
		t.Errorf("with a parent: %s", got)
	}
}
