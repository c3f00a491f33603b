// Package binxml decodes Microsoft's binary XML as event logs hold it: bytes in,
// compiled templates and lazy values out.
//
// A record's body is a tree of template instances: each is a definition (the XML
// with holes, stored once per chunk) and a table of values (stored per record). The
// package keeps the two apart all the way: definitions are compiled once per
// content and shared by all chunks, files and goroutines of a run; values stay
// offsets into the record until somebody asks for their text.
//
// The way of a definition: chunk bytes -> [Parser] checks every offset and writes a
// canonical token stream that no longer depends on where in which chunk it stood ->
// [Cache] looks the stream up -> unknown ones are compiled to a tree with escaped names.
// The way of a record: [Parser.Parse] fills a [Document] with one instance per
// template and one slot per value, without allocating.
//
// Source: MS-EVEN6 2.2.12 to 2.2.20; libevtx, "Windows XML Event Log (EVTX) format".
package binxml
