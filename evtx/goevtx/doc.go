// Package goevtx is hunt's second decoder: golang-evtx (github.com/0xrawsec/golang-evtx
// v1.2.9) behind one fence. It gives an opinion on a record that owes nothing to
// hunt's own decoder, for `hunt verify` and for tests.
//
// The fence: only golang-evtx's synchronous ParseEvent and GoEvtxMap are called,
// on one record at a time and with a fresh chunk each time, under a recover; its
// iterators start goroutines whose panics nobody can stop. A record whose
// templates would lead it into endless recursion, which no recover survives, is
// refused beforehand. What it logs is thrown away. No type of golang-evtx leaves the package.
//
// golang-evtx decodes most records rightly and some wrongly; Defects lists what it
// is known to do, and Compare tells those from real disagreement.
package goevtx
