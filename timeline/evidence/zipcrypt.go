package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"errors"
	"hash"
	"io"

	"hunt/timeline/evidence/zipcipher"
)

// Encrypted zip members: the traditional cipher (APPNOTE 6.1), which Windows tools write, and
// WinZip AES (AE-1, AE-2), which Velociraptor and 7-Zip write. The libraries for it are forks of an
// archive/zip of 2015 without its fixes since; this is small.

// zipKey opens one member.
type zipKey interface {
	// reader decrypts raw, the member's bytes in the archive.
	reader(m *zipMember, raw *io.SectionReader) (io.Reader, error)
	// readerAt gives random access to n decrypted bytes where the cipher allows it.
	readerAt(m *zipMember, at io.ReaderAt) (r io.ReaderAt, n int64, ok bool)
}

// lock names the encryption.
func (m *zipMember) lock() string {
	switch {
	case m.aes != nil:
		return "WinZip AES"
	case m.flags&(1<<6) != 0:
		return "PKWARE strong encryption, which hunt does not read"
	}
	return "ZipCrypto"
}

func (m *zipMember) unlock(password string, at io.ReaderAt) zipKey {
	switch {
	case m.aes != nil:
		return m.aes.unlock(password, m, at)
	case m.flags&(1<<6) != 0 || m.packed < cryptoHeader:
		return nil
	}
	return unlockTraditional(password, m, at)
}

// aesParams are those of a member's extra field.
type aesParams struct {
	strength byte
	field    []byte // the extra field itself
}

const (
	aesVerifier   = 2  // bytes after the salt that tell a wrong password
	aesMAC        = 10 // bytes at the end: HMAC-SHA1, cut
	aesIterations = 1000
)

// aesKey opens one member: the salt, and so the key, is the member's own.
type aesKey struct {
	block cipher.Block
	mac   []byte
	salt  int64
}

// unlock derives the key, or nil if the password is not the member's.
func (p *aesParams) unlock(password string, m *zipMember, at io.ReaderAt) zipKey {
	if p.strength < 1 || p.strength > 3 {
		return nil
	}
	size := 8 * (int(p.strength) + 1) // 16, 24, 32
	salt := make([]byte, size/2+aesVerifier)
	if m.packed < int64(len(salt))+aesMAC {
		return nil
	}
	if _, err := at.ReadAt(salt, m.off); err != nil {
		return nil
	}
	keys, err := pbkdf2.Key(sha1.New, password, salt[:size/2], aesIterations, 2*size+aesVerifier)
	if err != nil || subtle.ConstantTimeCompare(keys[2*size:], salt[size/2:]) != 1 {
		return nil
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		return nil
	}
	return &aesKey{block: block, mac: keys[size : 2*size], salt: int64(size / 2)}
}

func (k *aesKey) span(m *zipMember) (from, n int64) {
	return k.salt + aesVerifier, m.packed - k.salt - aesVerifier - aesMAC
}

func (k *aesKey) reader(m *zipMember, raw *io.SectionReader) (io.Reader, error) {
	from, n := k.span(m)
	r := &aesReader{key: k, raw: raw, from: from, n: n, mac: hmac.New(sha1.New, k.mac)}
	r.in = io.TeeReader(io.NewSectionReader(raw, from, n), r.mac)
	return r, nil
}

func (k *aesKey) readerAt(m *zipMember, at io.ReaderAt) (io.ReaderAt, int64, bool) {
	from, n := k.span(m)
	return &aesReaderAt{k.block, io.NewSectionReader(at, m.off+from, n)}, n, true
}

// aesReader decrypts from the front and checks the authentication code at the end.
type aesReader struct {
	key     *aesKey
	raw     *io.SectionReader
	in      io.Reader
	from, n int64
	pos     int64
	mac     hash.Hash
}

func (r *aesReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	zipcipher.XORCounter(r.key.block, p[:n], r.pos)
	r.pos += int64(n)
	return n, err
}

var errMAC = errors.New("the authentication code of the encrypted member is wrong: it was changed or damaged " +
	"after it was written")

// verify reads what is left and compares the code.
func (r *aesReader) verify() error {
	if _, err := io.Copy(io.Discard, r.in); err != nil {
		return readError(err)
	}
	var want [aesMAC]byte
	if _, err := r.raw.ReadAt(want[:], r.from+r.n); err != nil && err != io.EOF {
		return readError(err)
	}
	if subtle.ConstantTimeCompare(r.mac.Sum(nil)[:aesMAC], want[:]) != 1 {
		return errMAC
	}
	return nil
}

// aesReaderAt decrypts at any offset.
type aesReaderAt struct {
	block cipher.Block
	in    *io.SectionReader
}

func (r *aesReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.in.ReadAt(p, off)
	zipcipher.XORCounter(r.block, p[:n], off)
	return n, err
}

// cryptoHeader is the length of the random bytes before the data of the traditional cipher.
const cryptoHeader = 12

// traditionalKey opens one member: the state of the cipher once the password went in.
type traditionalKey struct{ zipcipher.Traditional }

func unlockTraditional(password string, m *zipMember, at io.ReaderAt) zipKey {
	var header [cryptoHeader]byte
	if _, err := at.ReadAt(header[:], m.off); err != nil {
		return nil
	}
	k := traditionalKey{zipcipher.NewTraditional(password)}
	k.Decrypt(header[:])
	check := byte(m.crc >> 24)
	if m.flags&(1<<3) != 0 {
		check = byte(m.time >> 8) // the CRC was not known yet when the header was written
	}
	if header[cryptoHeader-1] != check {
		return nil
	}
	return &k
}

func (k *traditionalKey) reader(_ *zipMember, raw *io.SectionReader) (io.Reader, error) {
	state := *k // after the header
	if _, err := raw.Seek(cryptoHeader, io.SeekStart); err != nil {
		return nil, err
	}
	return &traditionalReader{state, raw}, nil
}

func (*traditionalKey) readerAt(*zipMember, io.ReaderAt) (io.ReaderAt, int64, bool) {
	return nil, 0, false
}

type traditionalReader struct {
	k traditionalKey
	r io.Reader
}

func (t *traditionalReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.k.Decrypt(p[:n])
	return n, err
}
