package notation

import "bytes"

// ZoneValue returns the value of a key in the content of a Zone.Identifier
// stream, which Sysmon 15 logs:
//
//	[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://…  HostUrl=https://…
//
// Sysmon writes blanks where the stream has line ends, so a value ends at a
// blank as well.
func ZoneValue(content []byte, key string) ([]byte, bool) {
	for item := range bytes.FieldsSeq(content) {
		name, value, found := bytes.Cut(item, []byte("="))
		if found && bytes.EqualFold(name, []byte(key)) {
			return value, len(value) > 0
		}
	}
	return nil, false
}
