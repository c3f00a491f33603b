// Package document runs EQL over JSON documents, one per line: exports from Elasticsearch, ECS logs of any origin,
// test data.
//
// Field types come from an Elasticsearch mapping, or from the documents themselves. Values are read as Elasticsearch
// reads them into the mapping's types, so that a query gives the same events as Elasticsearch's EQL search.
//
// Time. Documents are ordered by the timestamp field, then the tiebreaker field, then the line. A date is ISO 8601
// text or an epoch number; dates of a mapped field of type date are truncated to milliseconds, as in Elasticsearch,
// those of type date_nanos and those without a mapping are kept to the nanosecond. The size of a number decides its
// unit (see epochNanos), so that a field that holds Windows FILETIMEs measures maxspan correctly.
package document

// Named bounds. Documents are untrusted.
const (
	// maxLine bounds one document, in bytes: Elasticsearch accepts no request larger than 100 MB, and a whole
	// document must be in memory.
	maxLine = 64 << 20
	// maxDepth bounds the nesting of objects and arrays; Elasticsearch's own limit for objects is 20.
	maxDepth = 200
	// maxFields bounds the names that are learnt from documents; Elasticsearch stops at 1,000 fields in an index.
	maxFields = 100_000
)
