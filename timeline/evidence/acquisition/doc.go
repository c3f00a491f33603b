// Package acquisition reads what collectors recorded about their own work: on which machine KAPE or Velociraptor
// ran, when, for whom, and what failed.
//
// Records reads the small files that these tools leave beside what they copy (client_info.json,
// collection_context.json, uploads.json, log.json, *_ConsoleLog.txt, *_CopyLog.csv) and finds the Facts that lie
// nearest above a file. They are evidence for a host's name and never the only source: the name in them may be
// that of an examiner's workstation. Files that only have such a name are ignored.
package acquisition
