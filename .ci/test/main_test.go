package main

import (
	"strings"
	"testing"
)

func TestSkippedTestsAreListedByReasonAndFailedOnesShown(t *testing.T) {
	const events = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestOne"}
{"Action":"output","Package":"a","Test":"TestOne","Output":"=== RUN   TestOne\n"}
{"Action":"output","Package":"a","Test":"TestOne","Output":"    x_test.go:7: SKIPPED: no corpus\n"}
{"Action":"output","Package":"a","Test":"TestOne","Output":"--- SKIP: TestOne (0.00s)\n"}
{"Action":"skip","Package":"a","Test":"TestOne"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a"}
{"Action":"output","Package":"b","Test":"TestTwo/part","Output":"        y_test.go:9: SKIPPED: no corpus\n"}
{"Action":"skip","Package":"b","Test":"TestTwo/part"}
{"Action":"pass","Package":"b","Test":"TestTwo"}
{"Action":"output","Package":"b","Test":"TestThree","Output":"    y_test.go:12: 3, want 4\n"}
{"Action":"fail","Package":"b","Test":"TestThree"}
{"Action":"output","Package":"b","Test":"TestFour","Output":"said by a test that passes\n"}
{"Action":"pass","Package":"b","Test":"TestFour"}
{"Action":"skip","Package":"b","Test":"TestFive"}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b"}
{"Action":"output","Package":"c","Output":"?   \tc\t[no test files]\n"}
{"Action":"skip","Package":"c"}
not an event
`
	const want = `ok  	a	0.1s
    y_test.go:12: 3, want 4
FAIL	b	0.1s
?   	c	[no test files]
not an event

3 tests were skipped:

  SKIPPED: no corpus
    a TestOne
    b TestTwo/part

  no reason given
    b TestFive
`
	var out strings.Builder
	r := run{out: &out, tests: map[key]*test{}}
	r.read(strings.NewReader(events))
	if r.listSkipped(); out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if r = (run{out: &out, tests: map[key]*test{}}); out.Len() != 0 {
		t.Error("something was said before the run")
	}
	if r.listSkipped(); out.String() != "\nNo test was skipped.\n" {
		t.Errorf("nothing skipped: %q", out.String())
	}
}
