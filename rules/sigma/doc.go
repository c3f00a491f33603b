// Package sigma gives Sigma rules their meaning over Windows event logs.
//
// Bind takes a rule document of package syntax, looks its log source up, numbers its field names,
// and returns a Rule. A Rule is evaluated in two ways: Holds walks the syntax tree over one event,
// one item at a time, which is the plain reading of the specification and what explanations are
// made of; Program compiles it for package predicate, which runs thousands of rules together. Tests
// hold the two against each other.
//
// Semantics, where rules of the specification leave room: docs/sigma.md.
package sigma
