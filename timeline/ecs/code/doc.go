// Package code has the words for the codes that Windows and Sysmon write into events: logon types,
// NTSTATUS values, the %% codes of message tables, bits of access masks, DNS record types.
//
// A [Table] is a list of codes of one kind. [Table.Text] gives the words for one code, [Table.Flags]
// those for the bits of a number. The words are the ones that Elastic's mappings give, because rules
// compare with them. Each table names its source. Package [hunt/timeline/ecs] says which field of
// which event is explained by which table.
package code
