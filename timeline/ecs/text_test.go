package ecs

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
)

func FuzzTextConverters(f *testing.F) {
	for _, s := range []string{`"a" b\"c`, "SHA1=AA,MD5=", "type:  5 x;::ffff:1.2.3.4;", `\\?\UNC\`, "DWORD (0x1)",
		"DWORD (", "QWORD (0x1-0x2)", "CN=\\2C\\", "[ZoneTransfer] ZoneId=3", "a = b", "2019-07-29 21:32:55.5"} {
		f.Add([]byte(s))
	}
	w := &workspace{maker: scalar.NewMaker()}
	f.Fuzz(func(t *testing.T, text []byte) {
		for o := opText; o < opTimestamp; o++ {
			x := &extractor{op: o, arg: "zoneid", table: code.Audit}
			with, without := w.convert(x, text, nil), (*workspace)(nil).convert(x, text, nil)
			if !slices.Equal(with, without) {
				t.Errorf("op %d of %q: %q with a workspace, %q without", o, text, texts(with), texts(without))
			}
			for _, v := range with {
				if v.Kind == scalar.KindNone || v.Kind == scalar.KindPending {
					t.Errorf("op %d of %q gives %v", o, text, v)
				}
			}
		}
	})
}

func TestZeroFiletimeIsNoTime(t *testing.T) {
	if got := appendTime(nil, evtx.Filetime(0)); got != nil {
		t.Error(got)
	}
}

// The cost of eight times the text is held against that of the text itself: 8 when the cost is
// linear, 64 when it is quadratic. A busy machine can spoil one comparison, not five in a row.
func TestHostileTextCostsLinearTime(t *testing.T) {
	if os.Getenv("HUNT_LONG") == "" {
		t.Skip("SKIPPED, needs a machine that does nothing else: set HUNT_LONG=1")
	}
	hostile := func(n int) []string {
		var codes strings.Builder
		for i := range n {
			codes.WriteString("%%")
			codes.WriteString(notation.HexText(uint64(i), 1))
			codes.WriteString(" ")
		}
		return []string{
			codes.String(),
			strings.ReplaceAll(codes.String(), " ", ";"),
			strings.ReplaceAll(codes.String(), "%%", "A="),
			strings.Repeat("\\", 8*n),
			strings.Repeat(
				"=\n",
				4*n,
			),
			strings.Repeat(".", 8*n),
			strings.Repeat("\"", 8*n),
			strings.Repeat(",=1", 4*n),
			strings.Repeat("a.", 4*n),
		}
	}
	w := &workspace{maker: scalar.NewMaker()}
	few, many := hostile(5000), hostile(40000)
	for i := range few {
		for o := opText; o < opTimestamp; o++ {
			cost := func(text string) time.Duration {
				start := time.Now()
				w.convert(&extractor{op: o, arg: "zoneid", table: code.Audit}, []byte(text), nil)
				return time.Since(start)
			}
			short, long := time.Duration(0), time.Duration(0)
			for range 5 {
				short, long = cost(few[i]), cost(many[i])
				if long < 24*short || long < 10*time.Millisecond {
					break
				}
			}
			if long >= 24*short && long >= 10*time.Millisecond {
				t.Errorf(
					"op %d takes %v for %d bytes of text %d, %v for %d bytes",
					o,
					short,
					len(few[i]),
					i,
					long,
					len(many[i]),
				)
			}
		}
	}
}
