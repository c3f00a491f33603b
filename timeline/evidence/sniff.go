package evidence

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"hunt/evtx"
	"hunt/timeline/evidence/magic"
)

// kind is what a file is, judged by its first bytes and not by its name: evidence gets renamed, and
// attackers rename.
type kind uint8

const (
	kindOther kind = iota
	kindEVTX
	kindZip
	kind7z
	kindTar
	kindGzip
	kindBzip2
	kindZstd
	kindRefused // evidence that hunt does not read; the text says what to do
	kindImage   // refused, too: an EnCase image, whose later segments begin like the first one
	kindOldLog  // refused, too: a log from before EVTX
)

// refused reports whether the kind is evidence that hunt does not read.
func (k kind) refused() bool { return k >= kindRefused }

// archive reports whether the kind contains other files.
func (k kind) archive() bool { return k >= kindZip && k <= kindZstd }

func (k kind) String() string {
	switch k {
	case kindEVTX:
		return "event log"
	case kindZip:
		return "zip"
	case kind7z:
		return "7z"
	case kindTar:
		return "tar"
	case kindGzip:
		return "gzip"
	case kindBzip2:
		return "bzip2"
	case kindZstd:
		return "zstd"
	}
	return "other"
}

// sniffSize is how much of a file is needed to recognise its kind: the file header of an event log
// and the magic of its first chunk. It also covers the places at which a tar header and a partition
// table have theirs.
const sniffSize = evtx.FileHeaderSize + 8

const (
	mountAdvice = "mount it read-only (Arsenal Image Mounter, ewfmount, qemu-nbd) and give its " +
		"Windows/System32/winevt/Logs, or collect from it with KAPE or Velociraptor"
	image = "a disk image"
)

// magics are the signatures of a file's first bytes, in order. The text of a refused kind is a noun
// phrase with advice.
var magics = []struct {
	magic  string
	kind   kind
	advice string
}{
	{"ElfFile\x00", kindEVTX, ""},
	{"PK\x03\x04", kindZip, ""},
	{"PK\x05\x06", kindZip, ""},           // empty
	{"PK\x07\x08PK\x03\x04", kindZip, ""}, // written as one volume of a split archive
	{"7z\xbc\xaf\x27\x1c", kind7z, ""},
	{"\x1f\x8b\x08", kindGzip, ""},
	{"BZh", kindBzip2, ""},
	{"\xfd7zXZ\x00", kindRefused, "compressed with xz, which hunt does not open, because each block may claim 4 " +
		"GiB of memory; unpack it with xz -d or 7-Zip"},
	{"\x28\xb5\x2f\xfd", kindZstd, ""},
	{"EVF\x09\x0d\x0a\xff\x00", kindImage, image + " (EnCase E01); " + mountAdvice},
	{"EVF2\x0d\x0a\x81\x00", kindRefused, image + " (EnCase Ex01); " + mountAdvice},
	{"LVF\x09\x0d\x0a\xff\x00", kindRefused,
		"a logical image (EnCase L01); export the event logs from it and give the directory"},
	{"LEF2\x0d\x0a\x81\x00", kindRefused,
		"a logical image (EnCase Lx01); export the event logs from it and give the directory"},
	{"ADSEGMENTEDFILE\x00", kindRefused,
		"a logical image (AD1); export the event logs from it with FTK Imager and give the directory"},
	{"vhdxfile", kindRefused, image + " (VHDX); " + mountAdvice},
	{"conectix", kindRefused, image + " (VHD); " + mountAdvice},
	{"KDMV", kindRefused, image + " (VMDK); " + mountAdvice},
	{"# Disk DescriptorFile", kindRefused, image + " (VMDK descriptor); " + mountAdvice},
	{"QFI\xfb", kindRefused, image + " (QCOW); " + mountAdvice},
	{"MSWIM\x00\x00\x00", kindRefused, "a Windows image (WIM); unpack it and give the directory"},
	{"Rar!\x1a\x07", kindRefused, "a RAR archive, which hunt does not open; unpack it and give the directory"},
	{"LZIP\x01", kindRefused, "compressed with lzip, which hunt does not open; unpack it with lzip -d or 7-Zip"},
	{"\x04\x22\x4d\x18", kindRefused, "compressed with LZ4, which hunt does not open; unpack it with lz4 -d"},
	{"\x02\x21\x4c\x18", kindRefused, "compressed with LZ4, which hunt does not open; unpack it with lz4 -d"},
	{"\x89LZO\x00\x0d\x0a\x1a\x0a", kindRefused,
		"compressed with lzop, which hunt does not open; unpack it with lzop -d"},
	{"MSCF\x00\x00\x00\x00", kindRefused, "a cabinet file, which hunt does not open; unpack it and give the directory"},
	{"\x30\x00\x00\x00LfLe", kindOldLog, "an old .evt log (Windows XP or 2003), which hunt does not read; convert " +
		"it on Windows: wevtutil epl FILE.evt FILE.evtx /lf:true"},
}

// sniff recognises a file by its beginning; size is the size of the file (0 if not known).
func sniff(head []byte, size int64) (kind, string) {
	for _, m := range magics {
		if !bytes.HasPrefix(head, []byte(m.magic)) {
			continue
		}
		switch {
		case m.kind == kindBzip2 && (len(head) < 10 || string(head[4:10]) != "1AY&SY"):
			continue // a text that happens to begin with these bytes
		case m.kind == kindImage && len(head) >= 11 && binary.LittleEndian.Uint16(head[9:]) > 1:
			return kindOther, "" // a later segment: the first one is listed
		}
		return m.kind, m.advice
	}
	if magic.AfterSkippable(head) {
		return kindZstd, ""
	}
	switch {
	case size == 0 || size >= evtx.FileHeaderSize+512:
		if len(head) >= sniffSize && string(head[evtx.FileHeaderSize:sniffSize]) == "ElfChnk\x00" {
			return kindEVTX, "" // the file header was overwritten, but a chunk is where a chunk should be
		}
	}
	if len(head) >= 512 {
		switch {
		case string(head[257:262]) == "ustar":
			return kindTar, ""
		case string(head[3:11]) == "NTFS    " && head[510] == 0x55 && head[511] == 0xaa:
			return kindRefused, image + " (raw NTFS volume); " + mountAdvice
		case len(head) >= 520 && string(head[512:520]) == "EFI PART":
			return kindRefused, image + " (raw, with a GUID partition table); " + mountAdvice
		case size >= minRawDisk && head[510] == 0x55 && head[511] == 0xaa && magic.Partitioned(head):
			return kindRefused, image + " (raw, with a partition table); " + mountAdvice
		}
	}
	return kindOther, ""
}

// minRawDisk is the smallest size at which a boot sector is taken for a disk: files with only a boot
// sector are common.
const minRawDisk = 64 << 20

// nameSaysLog reports whether a file is named as an event log, and so is listed whatever it holds.
func nameSaysLog(name string) bool { return strings.EqualFold(path.Ext(name), ".evtx") }

// nameSaysArchive reports whether a file is named as an archive.
func nameSaysArchive(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".zip", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".tbz", ".zst", ".tzst",
		".xz", ".txz", ".lzma", ".tlz", ".lz", ".lz4", ".lzo", ".z", ".cpio", ".rar", ".cab":
		return true
	}
	return false
}

// unopened says what an archive is that is recognised by its name and first bytes together, and what
// to do; "" if it is not one of those that hunt does not open.
func unopened(name string, head []byte) string {
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch ext := strings.ToLower(path.Ext(name)); {
	case (ext == ".lzma" || ext == ".tlz") && has("\x5d\x00\x00"):
		return "compressed with LZMA, which hunt does not open; unpack it with xz -d or 7-Zip"
	case ext == ".z" && has("\x1f\x9d"):
		return "compressed with compress, which hunt does not open; unpack it with gzip -d or 7-Zip"
	case ext == ".cpio" && (has("07070") || has("\xc7\x71")):
		return "a cpio archive, which hunt does not open; unpack it with cpio -i or 7-Zip and give the directory"
	}
	return ""
}

// How far a file that does not begin as an event log is searched for a chunk, whose place shows
// where the others are. A log may lose its first clusters, an image may put something in front of
// it, and a file that the user names may be all that is left of a disk.
const (
	lookAny   = 256 << 10
	lookLog   = 16 << 20 // named as an event log
	lookNamed = 1 << 30  // given by the user, or any file if carved records are wanted
)

// headless finds the first chunk of an event log whose header is gone or, if records is set, the
// first record. It returns where the slots of the file begin; found is false if neither is near. If
// a file can only be read from the front, it is first copied if it is named as a log, and otherwise
// not searched.
func (w *walker) headless(e *walkEntry, records bool) (first int64, found bool) {
	if (e.src == nil || !e.seekable) && !e.named && !nameSaysLog(e.name) {
		return 0, false
	}
	if e.src == nil {
		src, n, err := w.copy(*e, e.stream)
		if src == nil {
			return 0, false
		}
		if e.src, e.size, e.stream = src, n, nil; err != nil {
			e.src = damagedSource{src, err}
		}
	}
	file, err := e.src.OpenRandom()
	if err != nil {
		return 0, false
	}
	defer file.Close()
	first, found, err = evtx.FirstSlot(file, min(w.look(e), file.Size()), records)
	return first, found && err == nil
}

// look returns how far the file is searched for a chunk.
func (w *walker) look(e *walkEntry) int64 {
	switch {
	case e.named, w.o.Carved:
		return lookNamed
	case nameSaysLog(e.name):
		return lookLog
	}
	return lookAny
}

// signature returns where the first signature of a log or chunk stands, as far as the file is
// searched for chunks; -1 if there is none.
func (w *walker) signature(e *walkEntry) int64 {
	if e.src == nil {
		return -1
	}
	file, err := e.src.OpenRandom()
	if err != nil {
		return -1
	}
	defer func() { _ = file.Close() }() // it was only read
	const step = 1 << 20
	buf := make([]byte, step+len("ElfChnk\x00")-1)
	for at := int64(0); at < w.look(e) && w.ctx.Err() == nil; at += step {
		n, err := file.ReadAt(buf, at)
		for i := 0; ; i++ {
			k := bytes.Index(buf[i:n], []byte("Elf"))
			if k < 0 {
				break
			}
			if i += k; bytes.HasPrefix(buf[i:n], []byte("ElfChnk\x00")) ||
				bytes.HasPrefix(buf[i:n], []byte("ElfFile\x00")) {
				return at + int64(i)
			}
		}
		if err != nil {
			break
		}
	}
	return -1
}

// describe says what a file is instead of an event log, and what to do.
func (w *walker) describe(e *walkEntry) string {
	if at := w.signature(e); at >= 0 {
		return fmt.Sprintf("what is left of an event log: it does not start with ElfFile, and the signature at "+
			"0x%x belongs to no sound chunk; "+
			"'hunt dump --carve-raw FILE' searches it for single records", at)
	}
	return magic.Describe(e.head)
}
