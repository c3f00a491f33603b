package evtxtest_test

import (
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/evtx/evtxtest/libevtx"
	"hunt/evtx/goevtx"
)

// single is a log that holds one vector alone.
func single(t *testing.T, v evtxtest.Vector) ([]byte, evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	l.AddBody(uint64(v.Event), evtxtest.VectorTime, v.Body)
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b, l.Placed()[0]
}

// libevtxSays names what libevtx 20181227 makes of a vector where that is not what
// Windows shows. Each was seen; a change in libevtx shows here.
func libevtxSays(v evtxtest.Vector, got []libevtx.Record) string {
	if len(got) == 0 {
		return "nothing"
	}
	same := slices.EqualFunc(got[0].Data, v.Want, func(f libevtx.Field, w evtxtest.Want) bool {
		return f.Name == w.Name &&
			(f.Text == w.Text || unpad(f.Text) == w.Text || strings.TrimSuffix(f.Text, "00Z")+"Z" == w.Text)
	})
	if same {
		return ""
	}
	return "other content"
}

// unpad brings a hexadecimal number to Windows' form.
func unpad(s string) string {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		if digits = strings.TrimLeft(digits, "0"); digits == "" {
			digits = "0"
		}
		return "0x" + digits
	}
	return s
}

func TestLibevtxReadsTheVectorsThatItKnows(t *testing.T) {
	t.Parallel()
	libevtx.Require(t)
	agreed := 0
	for _, v := range evtxtest.Vectors() {
		if v.Loose {
			continue
		}
		file, _ := single(t, v)
		got := libevtx.Read(t, file)
		said := libevtxSays(v, got)
		if said != libevtxDiffers[v.Name] {
			t.Errorf("%s: libevtx says %q, want %q: %q", v.Name, said, libevtxDiffers[v.Name], got)
		}
		if said == "" {
			agreed++
		}
	}
	t.Logf("libevtx agrees on %d vectors", agreed)
}

// libevtxDiffers are the vectors that libevtx 20181227 does not read as Windows shows them.
var libevtxDiffers = map[string]string{
	// It wants a dependency id in every element inside a value, and a template at the top.
	"no template at all: elements and literal text from the top":     "nothing",
	"elements directly in a 0x21 value, without a template":          "nothing",
	"entity and character references in elements without a template": "nothing",
	// It knows one piece of text per attribute, no token with the flag "more follows" but
	// text and entity references, and text or a substitution but not both.
	"entity references in an attribute": "nothing",
	"character references":              "nothing",
	"a CDATA section":                   "other content",
	"text and substitutions mixed":      "nothing",
	// It fails on a normal substitution without a value, and on types it does not know.
	"null":                "nothing",
	"null with a size":    "nothing",
	"array without items": "nothing",
	"handle":              "nothing",
	"array of booleans":   "nothing",
	"array of SIDs":       "nothing",
	// Negative numbers come out as a minus before the bits without the sign: -120 for -8.
	"int8":           "other content",
	"int16":          "other content",
	"int32":          "other content",
	"int64":          "other content",
	"array of int8":  "other content",
	"array of int16": "other content",
	"array of int32": "other content",
	"array of int64": "other content",
	// A form of its own for real numbers, decimal size_t.
	"real32":            "other content",
	"real64":            "other content",
	"array of real32":   "other content",
	"array of real64":   "other content",
	"size_t of 4 bytes": "other content",
	"size_t of 8 bytes": "other content",
	// Surrogate pairs come out 0x3ff too low, and a lone one swallows the next character.
	"a lone surrogate": "other content",
	"a surrogate pair": "other content",
}

func TestGolangEvtxReadsTheVectorsOrFailsForAKnownReason(t *testing.T) {
	t.Parallel()
	agreed, named := 0, map[goevtx.Defect]int{}
	for _, v := range evtxtest.Vectors() {
		if v.Loose {
			continue
		}
		file, at := single(t, v)
		rec, err := goevtx.ReadRecord(evtxtest.Chunk(file, 0), at.Offset-4096)
		if err != nil {
			if d := goevtx.Excuse(err); d == "" {
				t.Errorf("%s: %v", v.Name, err)
			} else {
				named[d]++
			}
			continue
		}
		want := goevtx.View{
			EventRecordID: uint64(v.Event),
			EventID:       uint32(v.Event),
			Provider:      "Example-Vectors",
			Channel:       "Vectors/Operational",
			Computer:      "vector.corp.example",
			TimeCreated:   uint64(evtxtest.VectorTime.UnixNano()/100 + 116_444_736_000_000_000),
		}
		for _, w := range v.Want {
			want.Data = append(want.Data, goevtx.Field{Name: w.Name, Text: w.Text, Type: uint8(w.Type)})
		}
		differences := goevtx.Compare(want, rec)
		for _, d := range differences {
			if named[d.Defect]++; d.Defect == "" {
				t.Errorf("%s: %+v", v.Name, d)
			}
		}
		if len(differences) == 0 {
			agreed++
		}
	}
	t.Logf("golang-evtx agrees on %d vectors; defects: %v", agreed, named)
}
