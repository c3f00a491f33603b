// Package document runs EQL over JSON documents, one a line: exports from Elasticsearch, ECS logs
// of any origin, test data.
//
// Field types come from an Elasticsearch mapping, or from the documents themselves. Values are read as Elasticsearch
// reads them into the mapping's types, so that a query gives the same events as Elasticsearch's EQL search does.
//
// Time. A document's place in the order is its timestamp field, then the tiebreaker field, then its line. A date is
// ISO 8601 text or an epoch number; dates of a mapped field of type date are truncated to milliseconds, as in
// Elasticsearch, those of type date_nanos and those without a mapping are kept to the nanosecond. A number's unit
// is told by its size (see epochNanos), so that a field that holds Windows FILETIMEs measures maxspan correctly.
package document

// Named bounds. Documents are untrusted.
const (
	// maxLine bounds one document: Elasticsearch takes no request larger than 100 MB, and a
	// document must be in memory whole.
	maxLine = 64 << 20
	// maxDepth bounds the nesting of objects and arrays; Elasticsearch's own limit for objects is 20.
	maxDepth = 200
	// maxFields bounds the names that are learnt from documents; Elasticsearch stops at 1,000 fields in an index.
	maxFields = 100_000
)
