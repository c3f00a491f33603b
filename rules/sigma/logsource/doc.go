// Package logsource defines what the log sources and field names of Sigma mean in Windows event
// logs.
//
// Find converts a rule's log source to sources: channels, event ids, and conditions on the event. A
// Fields numbers the names that rules use; a View returns their values for one record after the
// other. The values are those that Windows shows, and nothing is left out: "-", an empty text and a
// GUID of zeros are values, and a name that occurs several times has several. What a name means
// depends on the rule's Dialect: a rule about a category (process_creation) sees records of other
// providers through a view, which calls a 4688's NewProcessName Image.
//
// The tables state facts of Windows and decisions on points in which tools differ; docs/sigma.md
// has the reasons.
package logsource
