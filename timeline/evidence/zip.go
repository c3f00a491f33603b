package evidence

import (
	"errors"
	"fmt"
	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/evidence/zipcipher"
	"hunt/timeline/spill"
	"io"
	"strings"
)

// Zip archives: APPNOTE.TXT 6.3.10, and for AES "AES Encryption Information" of WinZip. All of it is read here,
// because archive/zip supports neither encryption nor an archive whose directory or end is damaged.

// The compression methods of APPNOTE 4.4.5.
const (
	zipStore   = 0
	zipDeflate = 8
	zipBzip2   = 12
	zipZstd    = 93
	zipAES     = 99 // the real method is in the extra field
)

var zipMethods = map[uint16]string{1: "Shrunk", 6: "Imploded", 9: "Deflate64", 14: "LZMA", 95: "XZ", 98: "PPMd"}

// zipMember is one member of a zip. It is a Source: each open unpacks it again.
type zipMember struct {
	of     Source // the archive
	name   string
	raw    string // the name as it is in the archive
	header int64  // offset of its local header
	off    int64  // of its data
	packed int64
	size   int64 // unpacked; -1 if not known
	method uint16
	crc    uint32
	sum    bool // crc is valid
	flags  uint16
	time   uint16 // MS-DOS time, against which ZipCrypto checks a password
	aes    *zipcipher.AES
	key    zipcipher.Key // what opens it; nil if not encrypted
	limits *archiveLimits
	spool  *spill.Store
	copied copied
	cut    bool  // the archive ends within it
	broken error // an error known before it is read

	isFolder bool       // or a link: it holds no log
	doubtful bool       // its record in the directory is damaged
	own      *zipMember // what its own header says, if that differs and only a password can decide
	disputed bool       // its own header, or what follows its data, contradicts
}

func (m *zipMember) encrypted() bool { return m.flags&1 != 0 }

// sealed returns what is needed to open the member if it is encrypted.
func (m *zipMember) sealed() zipcipher.Member {
	return zipcipher.Member{Off: m.off, Packed: m.packed, Flags: m.flags, CRC: m.crc, Time: m.time, AES: m.aes}
}

// zip goes through a zip's members.
func (w *walker) zip(e walkEntry) error {
	at, err := e.src.OpenRandom()
	if err != nil {
		return unwrapPath(err)
	}
	defer at.Close()
	members, problem := w.listZip(e.path, e.src, at)
	if len(members) == 0 {
		return problem
	}
	z := zipWalk{walker: w, entry: e, at: at, names: map[string]int{},
		keys: keyring{passwords: w.o.Passwords, pay: w.allow, path: e.path}}
	for i, m := range members {
		if err := w.member(e); err != nil {
			w.allow.refused += len(members) - i - 1
			return errors.Join(problem, err, z.lost.error(len(members)))
		}
		z.member(m)
		members[i] = &zipMember{raw: m.raw}
		if m.raw == "metadata.json" {
			members[i] = m
		}
	}
	if l := &z.keys.locked; l.evidence > 0 || l.n > 0 && (e.named || nameSaysArchive(e.name)) {
		problem = errors.Join(problem,
			fmt.Errorf("%w%s", l.error(len(members), len(w.o.Passwords)), sealedPassword(members)))
	}
	return errors.Join(problem, z.lost.error(len(members)))
}

// zipWalk is the walk through one zip.
type zipWalk struct {
	*walker
	entry walkEntry
	at    RandomAccess
	names map[string]int
	keys  keyring
	lost  lostMembers
}

// member looks at one member.
func (z *zipWalk) member(m *zipMember) {
	format := "zip"
	if m.encrypted() {
		format = "encrypted zip"
		if m.broken == nil && !z.keys.open(m, z.at) {
			z.keys.locked.add(m)
			return
		}
	}
	c := z.entry.child(m.name, format, z.names)
	c.src, c.size, c.seekable = m, max(m.size, 0), m.method == zipStore
	err := m.broken
	if err == nil {
		c.head, err = headOf(m)
	}
	if err != nil {
		if nameSaysLog(c.name) || nameSaysArchive(c.name) {
			z.unreadable(c.path, c.loc, err.Error())
		} else {
			z.col.Ignored++
			z.lost.add(c.path, err)
		}
		return
	}
	if m.size < 0 {
		// Only reading shows the size, and the end may be missing: copy what there is.
		file, err := m.Open()
		if err != nil {
			z.lost.add(c.path, err)
			return
		}
		defer file.Close()
		c.src, c.stream, c.seekable = nil, file, false
	}
	z.consider(c)
}

// lostMembers are members that could not be read and are named neither as logs nor as archives: they are
// reported together in one line.
type lostMembers struct {
	n     int
	first string
	why   error
}

func (l *lostMembers) add(path string, why error) {
	if l.n++; l.n == 1 {
		l.first, l.why = path, why
	}
}

func (l *lostMembers) error(members int) error {
	if l.n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d members could not be opened, the first of them %s: %w", l.n, members, l.first, l.why)
}

// sealedPassword reports a Velociraptor container whose password is itself encrypted, to the certificate of a
// server or a PGP key.
func sealedPassword(members []*zipMember) string {
	for _, m := range members {
		if m.name != "metadata.json" || m.encrypted() {
			continue
		}
		r, err := m.Open()
		if err != nil {
			return ""
		}
		defer r.Close()
		b, _ := io.ReadAll(io.LimitReader(r, 64<<10)) // as much as can be read is enough
		switch s := acquisition.Scheme(b); strings.ToUpper(s) {
		case "X509", "PGP":
			return "; its password is in metadata.json, encrypted (" + s + "): import the container into the " +
				"Velociraptor server, or decrypt the password with the private key"
		}
	}
	return ""
}
