// Package binxml decodes Microsoft's binary XML as event logs hold it: bytes in, compiled templates and
// lazy values out. Most callers want package evtx, which finds the records and wraps this one.
//
// # The format in short
//
// The body of a record is a tree of template instances. Each is a definition (XML with holes, stored
// once per chunk) and a table of values (stored per record). A value can itself be binary XML: the
// payload of an event usually is. Names, too, are stored once per chunk, and referred to by offset.
//
// # How the types meet
//
// A [Parser] decodes the records of one chunk after another. [Parser.Reset] gives it the chunk, and
// [Parser.Parse] fills a [Document] with one record: an instance per template and a slot per value,
// without allocating. Values stay offsets into the record until somebody asks for their text:
// [Document.System] and [Document.AppendSystem] for a [Property] of the System element,
// [Document.FieldValue] and [Document.AppendField] for the payload, [Document.AppendJSON] and
// [Document.AppendXML] for all of it. [Document.CloneTo] makes a copy that owns its bytes.
//
// A [Template] is the shape of a document: which fields it has and at which position. Documents of one
// shape share a pointer, so that callers can look a name up once. A [Value] is a type and bytes;
// [Value.AppendText] writes it as Windows shows it.
//
// Definitions are compiled once per content and shared by all chunks, files and goroutines of a run
// through a [Cache]: the Parser checks every offset of a definition and writes a canonical form that no
// longer depends on where in which chunk it stood; the Cache looks this form up, and compiles it to a
// tree if it is new.
//
// # What is broken
//
// [Parser.Parse] returns an error, an *[Error] with the place, where the root cannot be decoded. A
// nested value that cannot be decoded leaves a reason in [Document.Partial], and the rest of the record
// can be read. Every loop over input has a bound, named in limit.go with what honest logs need; an
// error that a bound caused says which.
//
// # Carving
//
// In slack a definition may be half overwritten. With [Parser.Strict], definitions are used only if their names and
// types check. With [Parser.Borrow], one of the same id stands in for one that is gone, if the values fit it.
//
// Sources: MS-EVEN6 2.2.12 to 2.2.20; libevtx, "Windows XML Event Log (EVTX) format".
package binxml
