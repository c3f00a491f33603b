// Package shift finds the records whose values are under the names of others.
//
// Some records, mostly forwarded ones, lack a value of their event's definition or have one too many, and all
// values behind it are under the name of their neighbour: the label S-1-16-16384 is then the name of the parent
// process. It shows in the types: a SID is where a path belongs, and the name behind it is the one of a SID.
//
// [Of] says what the values of a shape of record look like; [Shape.First] gives the first position
// whose value may be a neighbour's. From there on, package [hunt/timeline/ecs] leaves the fields of
// the event out, and hunt.shifted names them; the raw Data stay in documents.
package shift
