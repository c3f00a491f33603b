// Package incident joins findings into suspected incidents and describes what happened.
//
// [Join] takes a [Case]: findings with the facts of their events that can join them, hosts, and the logons
// between hosts. Two findings belong to one incident if edges that anybody can check connect them:
//
//   - strong edges: the same event, process or script block; one process descends from the other; a
//     file, service, task or key that one wrote and the other used; one logon session; a logon from
//     one host to the other; one remote command on several hosts in a burst
//   - weak edges: a rare indicator; the same person's account on one host within an hour; a session
//     that says little. Two weak edges that rest on different facts and different events join.
//
// Edges join events, never whole findings by their rule or their count. A value that is common in the
// evidence is a hub and joins nothing by itself. The result depends only on the case: neither the order of
// its findings nor how the evidence was divided changes it, and a finding without an edge changes no
// incident.
//
// The package knows nothing of event logs; report/build fills the case from what the rules found.
package incident
