// Package magic recognises, from the first bytes of a file that is not an event log, what it is instead, and
// describes it in sentences; it also decides the few cases in which a fixed magic is not enough.
package magic

import (
	"bytes"
	"encoding/binary"
)

// AfterSkippable reports whether a zstd frame follows skippable frames, which pzstd and seekable formats write.
// LZ4 has the same ones; if the frame after them is not in head, it is taken for zstd.
func AfterSkippable(head []byte) bool {
	skipped := false
	for len(head) >= 8 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18" {
		skipped = true
		n := uint64(binary.LittleEndian.Uint32(head[4:])) + 8
		if n > uint64(len(head)) {
			return true
		}
		head = head[n:]
	}
	return skipped && (len(head) < 4 || string(head[:4]) == "\x28\xb5\x2f\xfd")
}

// Partitioned reports whether a boot sector has a plausible partition table.
func Partitioned(head []byte) bool {
	used := 0
	for i := range 4 {
		e := head[446+16*i:]
		if e[0] != 0 && e[0] != 0x80 {
			return false
		}
		if e[4] != 0 && binary.LittleEndian.Uint32(e[12:]) != 0 {
			used++
		}
	}
	return used > 0
}

// wanted says what to give hunt instead of an export.
const wanted = "give hunt the binary log instead, from C:\\Windows\\System32\\winevt\\Logs or as 'wevtutil epl " +
	"LOG FILE.evtx' writes it"

// Describe says what a file that should be an event log is instead, and what to do.
func Describe(head []byte) string {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("\xff\xfe")) { // UTF-16, as PowerShell writes it
		narrow := make([]byte, 0, len(text)/2)
		for i := 2; i+1 < len(text); i += 2 {
			narrow = append(narrow, text[i])
		}
		text = narrow
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	has := func(s string) bool { return bytes.HasPrefix(text, []byte(s)) }
	switch {
	case len(head) == 0:
		return "empty file (0 bytes)"
	case has("SQLite format 3\x00"):
		return "not an event log: an SQLite database"
	case has("<?xml"), has("<Events"), has("<Event"), has("<Objs"):
		return "not an event log but XML: " + wanted
	case has("{"), has("["):
		return "not an event log but JSON: " + wanted + "; 'hunt query --ndjson FILE' searches JSON documents, " +
			"one per line"
	case len(bytes.Trim(head, "\x00")) == 0:
		return "not an event log: it begins with zeros, and hunt found no chunk and no whole record; recover the " +
			"file, or search it for single records with 'hunt dump --carve-raw FILE'"
	case !isText(text):
		return "not an event log: it does not start with ElfFile, and hunt found no chunk (ElfChnk) and no whole " +
			"record; 'hunt dump --carve-raw FILE' searches for single records"
	case bytes.IndexByte(firstLine(text), ',') >= 0 || bytes.IndexByte(firstLine(text), ';') >= 0 ||
		bytes.IndexByte(firstLine(text), '\t') >= 0:
		return "not an event log but text, such as a CSV export (it does not start with ElfFile): " + wanted
	}
	return "not an event log but text (it does not start with ElfFile): " + wanted
}

// isText reports whether the beginning of a file has no control characters other than those of text, in whatever
// code page.
func isText(head []byte) bool {
	return !bytes.ContainsFunc(head[:min(len(head), 512)], func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != '\f' || r == 0x7f
	})
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}
