// Package acquisition reads what collectors wrote down of their own work: which machine KAPE or
// Velociraptor ran on, when, for whom, and what failed.
//
// Records takes the small files that these tools leave beside what they copy (client_info.json,
// collection_context.json, uploads.json, log.json, *_ConsoleLog.txt, *_CopyLog.csv) and finds the Facts that lie
// nearest above a file. They are evidence for a host's name and never the only source: an examiner's workstation
// can be in them. Files that only have such a name say nothing.
package acquisition
