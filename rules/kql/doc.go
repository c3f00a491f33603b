// Package kql compiles KQL, the Kibana Query Language, to conditions of package predicate. Elastic's
// rules of the types query, threshold and new_terms are written in it.
//
// A clause means the same as in Elasticsearch, which depends on the type of its field:
//
//   - keyword: the whole value, case-sensitive; `*` is any run of characters, line ends included.
//   - analysed text ([Analyzer]): quoted text is a phrase of words at consecutive positions, bare
//     words are alternatives, a pattern is compared with each word.
//   - ip: an address or a block; numbers, booleans and dates: their value.
//
// A clause is true if any value of its field satisfies it. It is false for a missing field, so `not`
// of it is true. docs/kql.md is the reference.
package kql
