// Package evtxtest writes EVTX files, sound and deliberately damaged ones, for tests and for the shipped samples.
//
// It lays records out as Windows' event log service does: a 4 KiB file header, 64 KiB chunks with their string and
// template tables, one template instance per record whose System values are substitutions, and a nested template
// instance (value type 0x21) for the payload. Names and template definitions are where they are first used in a
// chunk. The output depends only on the input: the same events give the same bytes.
//
// The package does not use the decoder that it helps to test; golang-evtx and libevtx check its output as well.
//
// Sources: MS-EVEN6 2.2.12 to 2.2.20; libevtx, "Windows XML Event Log (EVTX) format"; the layout of real logs
// where these leave room.
package evtxtest
