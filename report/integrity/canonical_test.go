package integrity

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// The canonical form says the same, and is its own canonical form.
func FuzzCanonicalFormSaysTheSame(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[{"y":null,"x":"\u00e9\ud83d\ude00\/"}],"":{}}`, `"\ud800"`,
		`[1.5e3,-0,true]`, ` { "a" : 1 , "a" : 2 } `, "\"\u2028\x7f\"", `[[[]]]`} {
		f.Add([]byte(s))
	}
	decode := func(t *testing.T, b []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		return v
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		once, err := AppendCanonical(nil, src)
		if err != nil {
			if json.Valid(src) && bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) < maxCanonicalDepth {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		if !json.Valid(once) || bytes.ContainsFunc(once, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q gives %q", src, once)
		}
		if twice, err := AppendCanonical(nil, once); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q gives %q, and that %q, %v", src, once, twice, err)
		}
		if a, b := decode(t, src), decode(t, once); !reflect.DeepEqual(a, b) {
			t.Fatalf("%q gives %q", src, once)
		}
	})
}
