// Package goevtx is hunt's second decoder: it wraps golang-evtx
// (github.com/0xrawsec/golang-evtx v1.2.9). It gives a second reading of a record that is
// independent of hunt's own decoder, for `hunt verify` and for tests.
//
// golang-evtx is fenced in: only its synchronous ParseEvent and GoEvtxMap are called, on one
// record at a time and with a fresh chunk each time, under a recover; its iterators start
// goroutines whose panics nobody can stop. A record whose templates would lead it into endless
// recursion, which no recover survives, is refused beforehand. Its log output is discarded. No
// type of golang-evtx leaves the package.
//
// golang-evtx decodes most records rightly and some wrongly; the type Defect lists its known
// defects, and Compare separates these from real disagreement.
package goevtx
