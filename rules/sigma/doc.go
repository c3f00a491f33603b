// Package sigma gives Sigma rules their meaning over Windows event logs.
//
// Bind takes a rule document of package syntax, looks up its log source, numbers its field names,
// and returns a Rule. A Rule is evaluated in two ways: Holds walks the syntax tree over one event,
// one item at a time, which is the plain reading of the specification and the basis of
// explanations; Compile makes conditions for package predicate, which runs thousands of rules
// together. Tests compare the two.
//
// docs/sigma.md describes the semantics where the specification leaves room.
package sigma
