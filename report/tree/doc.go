// Package tree shows the processes of a host as trees: those that a Query asks for, with all of their
// ancestors and descendants.
//
// What is an edge is decided by package host: by Sysmon's ProcessGuid or what a record names, or by
// process id and time within one run of the system, which is inference. An inferred edge is drawn dashed
// and says what it rests on; where there is none, the root says why.
package tree
