package zipcipher

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
)

// Member is what the headers of a zip say about an encrypted member.
type Member struct {
	Off, Packed int64 // where its data are in the archive
	Flags       uint16
	CRC         uint32
	Time        uint16 // MS-DOS time, against which the traditional cipher checks a password
	AES         *AES   // nil: the traditional cipher
}

// Key opens one member.
type Key interface {
	// Reader decrypts raw, the member's bytes in the archive.
	Reader(m Member, raw *io.SectionReader) (io.Reader, error)
	// ReaderAt gives random access to the n decrypted bytes; ok is false if the cipher does not
	// allow it.
	ReaderAt(m Member, at io.ReaderAt) (r io.ReaderAt, n int64, ok bool)
}

// Verifier is a Reader whose data end in an authentication code.
type Verifier interface {
	// Verify reads what is left and compares the code.
	Verify() error
}

// Lock names the encryption.
func (m Member) Lock() string {
	switch {
	case m.AES != nil:
		return "WinZip AES"
	case m.Flags&(1<<6) != 0:
		return "PKWARE strong encryption, which hunt does not read"
	}
	return "ZipCrypto"
}

// Unlock returns the key, nil if the password is not the member's.
func (m Member) Unlock(password string, at io.ReaderAt) Key {
	switch {
	case m.AES != nil:
		return m.AES.unlock(password, m, at)
	case m.Flags&(1<<6) != 0 || m.Packed < cryptoHeader:
		return nil
	}
	return unlockTraditional(password, m, at)
}

// AES holds the parameters in a member's extra field.
type AES struct {
	Strength byte
	Field    []byte // the extra field itself
}

const (
	aesVerifier = 2  // bytes after the salt that show a wrong password
	aesMAC      = 10 // bytes at the end: HMAC-SHA1, truncated
	// Iterations is how often a password is hashed.
	Iterations = 1000
)

// aesKey opens one member: each member has its own salt, and so its own key.
type aesKey struct {
	block cipher.Block
	mac   []byte
	salt  int64
}

// unlock derives the key, or nil if the password is not the member's.
func (p *AES) unlock(password string, m Member, at io.ReaderAt) Key {
	if p.Strength < 1 || p.Strength > 3 {
		return nil
	}
	size := 8 * (int(p.Strength) + 1) // 16, 24, 32
	salt := make([]byte, size/2+aesVerifier)
	if m.Packed < int64(len(salt))+aesMAC {
		return nil
	}
	if _, err := at.ReadAt(salt, m.Off); err != nil {
		return nil
	}
	keys, err := pbkdf2.Key(sha1.New, password, salt[:size/2], Iterations, 2*size+aesVerifier)
	if err != nil || subtle.ConstantTimeCompare(keys[2*size:], salt[size/2:]) != 1 {
		return nil
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		return nil
	}
	return &aesKey{block: block, mac: keys[size : 2*size], salt: int64(size / 2)}
}

func (k *aesKey) span(m Member) (from, n int64) {
	return k.salt + aesVerifier, m.Packed - k.salt - aesVerifier - aesMAC
}

func (k *aesKey) Reader(m Member, raw *io.SectionReader) (io.Reader, error) {
	from, n := k.span(m)
	r := &aesReader{key: k, raw: raw, from: from, n: n, mac: hmac.New(sha1.New, k.mac)}
	r.in = io.TeeReader(io.NewSectionReader(raw, from, n), r.mac)
	return r, nil
}

func (k *aesKey) ReaderAt(m Member, at io.ReaderAt) (io.ReaderAt, int64, bool) {
	from, n := k.span(m)
	return &aesReaderAt{k.block, io.NewSectionReader(at, m.Off+from, n)}, n, true
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
	XORCounter(r.key.block, p[:n], r.pos)
	r.pos += int64(n)
	return n, err
}

var errMAC = errors.New("the authentication code of the encrypted member is wrong: it was changed or damaged " +
	"after it was written")

// Verify reads what is left and compares the code.
func (r *aesReader) Verify() error {
	if _, err := io.Copy(io.Discard, r.in); err != nil {
		return err
	}
	var want [aesMAC]byte
	if _, err := r.raw.ReadAt(want[:], r.from+r.n); err != nil && err != io.EOF {
		return err
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
	XORCounter(r.block, p[:n], off)
	return n, err
}

// cryptoHeader is the length of the random bytes before the data of the traditional cipher.
const cryptoHeader = 12

// traditionalKey opens one member: the state of the cipher after the password.
type traditionalKey struct{ Traditional }

func unlockTraditional(password string, m Member, at io.ReaderAt) Key {
	var header [cryptoHeader]byte
	if _, err := at.ReadAt(header[:], m.Off); err != nil {
		return nil
	}
	k := traditionalKey{NewTraditional(password)}
	k.Decrypt(header[:])
	check := byte(m.CRC >> 24)
	if m.Flags&(1<<3) != 0 {
		check = byte(m.Time >> 8) // the CRC was not known yet when the header was written
	}
	if header[cryptoHeader-1] != check {
		return nil
	}
	return &k
}

func (k *traditionalKey) Reader(_ Member, raw *io.SectionReader) (io.Reader, error) {
	state := *k // after the header
	if _, err := raw.Seek(cryptoHeader, io.SeekStart); err != nil {
		return nil, err
	}
	return &traditionalReader{state, raw}, nil
}

func (*traditionalKey) ReaderAt(Member, io.ReaderAt) (io.ReaderAt, int64, bool) {
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
