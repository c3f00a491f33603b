package evtx_test

import (
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// made is a record that somebody made up.
type made struct{ userData bool }

func (made) System(p binxml.Property) string {
	return map[binxml.Property]string{binxml.ProviderName: "P", binxml.EventID: "4688", binxml.Channel: "Security",
		binxml.Keywords:    "0x8020000000000000",
		binxml.TimeCreated: "2026-03-02T10:11:12.3456789Z", binxml.EventRecordID: "17"}[p]
}

func (m made) Data() ([]evtx.NamedValue, bool) {
	return []evtx.NamedValue{{Name: "A", Text: "1"}, {Text: "unnamed"}, {Name: "B", Text: ""}}, m.userData
}

func (made) Raw() []byte { return []byte("raw") }

func TestARecordIsReadAlikeWhereverItsValuesComeFrom(t *testing.T) {
	r := &evtx.Record{Values: made{}}
	for _, r := range []*evtx.Record{r, r.Clone()} {
		at, source := r.Time()
		if r.Provider() != "P" || r.EventID() != 4688 || r.Channel() != "Security" ||
			r.Keywords() != 0x8020000000000000 ||
			r.EventRecordID() != 17 ||
			r.Computer() != "" ||
			at.String() != "2026-03-02T10:11:12.3456789Z" ||
			source != evtx.TimeLogged {
			t.Errorf(
				"System: %q %d %q %#x %d %q %v",
				r.Provider(),
				r.EventID(),
				r.Channel(),
				r.Keywords(),
				r.EventRecordID(),
				r.Computer(),
				at,
			)
		}
		var got []string
		for f := range r.Fields() {
			got = append(got, f.Name+"="+f.Text())
		}
		if want := []string{"A=1", "=unnamed", "B="}; !slices.Equal(got, want) {
			t.Errorf("fields %q, want %q", got, want)
		}
		f, ok := r.Data("A")
		if _, typed := f.Value(); !ok || typed || f.Len() != 1 || f.Text() != "1" {
			t.Errorf("A: %v, %q", ok, f.Text())
		}
		if _, ok := r.Data("C"); ok || r.NumData() != 3 || r.DataAt(3) != (evtx.Field{}) ||
			r.DataAt(-1) != (evtx.Field{}) {
			t.Error("there is something that the record does not have")
		}
		if string(r.Raw()) != "raw" || string(r.AppendJSON(nil)) != "{}" || len(r.AppendXML(nil)) != 0 || r.Cut() ||
			r.Repeats() ||
			r.Unpaired() ||
			r.Altered() {
			t.Errorf("raw %q, JSON %s, XML %s", r.Raw(), r.AppendJSON(nil), r.AppendXML(nil))
		}
		if text := string(r.AppendSystemTexts(nil)); text != "2026-03-02T10:11:12.3456789Z\n" {
			t.Errorf("texts of System: %q", text)
		}
	}
	user := &evtx.Record{Values: made{true}}
	if r.IsUserData() || !user.IsUserData() || r.ContentHash() == user.ContentHash() ||
		r.ContentHash() != r.Clone().ContentHash() {
		t.Error("EventData and UserData are not told apart")
	}
}
