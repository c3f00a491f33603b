// Package ecs shows records of event logs as events of the Elastic Common Schema (ECS), the names that
// published rules are written in, and says what each event means.
//
// # How the types meet
//
// A [Schema] gives every field name an id, a [Field]: [Schema.Field] resolves a name while rules are
// compiled, and from then on only ids are used. A [Mapper] over the Schema turns an evtx.Record into an
// [Event]. Each goroutine has a Mapper of its own; they share the Schema.
//
// [Event.Values] returns the values of one field: none if it is missing, one for a scalar, several for an array. A
// [scalar.Value] is a string, a number, a boolean or a time; two values are equal if they are ==. Nothing is
// computed before it is asked for.
//
// The [Class] of an event is what channel, provider and event id decide alone. [Class.Static] returns
// the fields that all events of a class share, such as event.category, so that a rule that no event of
// a class can satisfy is never evaluated for one.
//
// # What is pending
//
// Some fields are known only after the history of a host is in order: the parent of a process whose
// record does not name it, or the host itself. Until then they have one value of [scalar.KindPending]. Package
// timeline gives them their values with [Event.Set], or ends the waiting with [Event.Settle].
//
// # What an event means
//
// [Meaning] has a [Role] (a process started, a log was cleared) and a [Source] (Sysmon, the Security
// log). [MeaningOf] gives it by channel, provider and event id. It is decided here and nowhere else:
// the number 104 is a cleared log if the event log service wrote it, and nothing if another
// provider did.
//
// [Event.Title] and [Event.Message] put an event into a sentence. Package document writes it as
// an ECS document.
//
// # The tables
//
// The mappings are tables: one source for each provider, one mapping for each of its event ids, one rule for each
// field. A rule names the Data that it reads and one of a closed set of operations, so that the work for a field
// is one switch. The functions that read the bytes of values are in packages that know no event: notation (paths,
// command lines, times), scalar (values made of them), code (the words for codes), powershell (blocks and
// scripts), sentence (the words of titles), shift (values under the names of others), reference (fields that no
// Windows log carries). The tables stay here, together with the operations and the fields: they name nearly all of
// both. To add an event id, add a mapping to the table of its provider (sysmon.go, security.go and
// securityevents.go, powershell.go, remotelogs.go, otherlogs.go) and a case to testdata; to add a provider, add a
// source and list it in sources (mapping.go). docs/ecs-mapping.md is generated from the tables.
//
// Sources: ECS 8; the mappings of Elastic's Windows integrations and of winlogbeat, where rules rely on
// them.
package ecs
