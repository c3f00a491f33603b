// Package search finds records by the content of any of their names and values.
//
// The result is that of searching everything that a dump writes, with the same text for each value, but little of
// it is decoded. A text in a record is in its chunk, in UTF-16, in a code page or, for a SID or a GUID, in binary;
// a chunk without it is skipped if its records are as the event log service writes them (evtx.Decoder.Plain). A
// pattern that may match values which no chunk holds as text, such as numbers or times, is compared with these
// values alone. Names and literal texts are examined once for each shape of record. The rest is decoded, and every
// value is compared with every pattern.
//
// Case is folded by Unicode's simple case folding, unless a query is case-sensitive.
package search
