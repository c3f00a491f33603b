// Package search finds records by what is in any of their names and values.
//
// The result is that of a search through everything that a dump writes, with the same text of each value, but
// little of it is decoded. A text that a record holds is in its chunk, in UTF-16, in a code page or, as a SID or a
// GUID, in binary; a chunk without it is passed over if its records are as the event log service writes them
// (evtx.Decoder.Plain). A pattern that may be part of what is in no chunk as text, such as a number or a time, is
// compared with these values alone. Names and literal texts are looked at once for each shape of record. What is
// left is decoded, and every value is compared with every pattern.
//
// Case is folded as Unicode's simple case folding says, unless a query says that case counts.
package search
