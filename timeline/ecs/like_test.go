package ecs_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
)

// A field of a pattern has the values of all Data whose names fit.
func TestFieldsOfAPatternHaveTheValuesOfAllDataThatFit(t *testing.T) {
	log := evtxtest.File(evtxtest.Event{
		Provider: "Nobody", Channel: "Application", Computer: "ws01", EventID: 1,
		Time: time.Date(2026, 3, 12, 9, 14, 3, 0, time.UTC),
		Data: []evtxtest.Pair{
			evtxtest.Str(
				"TargetUserName",
				"anna",
			), evtxtest.Str("TargetDomainName", "-"), evtxtest.Str("SubjectUserName", "bo"),
			evtxtest.Str("", "unnamed"),
		},
	})
	file, err := evtx.NewFile(bytes.NewReader(log), int64(len(log)), 0)
	if err != nil {
		t.Fatal(err)
	}
	schema := ecs.NewSchema()
	want := map[string][]string{
		"winlog.event_data.Target": {
			"anna",
		}, "winlog.event_data.": {"anna", "bo", "unnamed"}, "winlog.event_data.param4": {"unnamed"},
		"winlog.user_data.": nil,
	}
	fields := map[string]ecs.Field{}
	for prefix := range want {
		fields[prefix] = schema.Like(prefix+"*", func(name string) bool { return strings.HasPrefix(name, prefix) })
		if schema.Name(fields[prefix]) != prefix+"*" || !schema.Answerable(fields[prefix]) {
			t.Errorf("%s is called %s", prefix, schema.Name(fields[prefix]))
		}
	}
	if schema.Like("winlog.user_data.*", nil) != fields["winlog.user_data."] {
		t.Error("two fields for one pattern")
	}
	mapper := ecs.NewMapper(schema)
	n := 0
	for r := range file.Records(&evtx.Decoder{}, nil) {
		n++
		for _, e := range []*ecs.Event{mapper.Map(r), mapper.Map(r).Clone()} {
			for prefix, f := range fields {
				var got []string
				for _, v := range e.Values(f, nil) {
					got = append(got, v.Str)
				}
				if !slices.Equal(got, want[prefix]) {
					t.Errorf("%s: %q, want %q", prefix, got, want[prefix])
				}
			}
		}
	}
	if n != 1 {
		t.Errorf("%d records", n)
	}
}
