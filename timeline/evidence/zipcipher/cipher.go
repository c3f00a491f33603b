// Package zipcipher opens encrypted zip members: with the traditional cipher (APPNOTE 6.1), which Windows tools write,
// and with WinZip AES (AE-1, AE-2), which Velociraptor and 7-Zip write. The libraries for it are forks of an
// archive/zip of 2015 without its later fixes; this package is small.
package zipcipher

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"
)

// XORCounter decrypts p, which is at offset off of the data. WinZip counts blocks from 1 in little-endian order,
// which crypto/cipher's counter mode does not.
func XORCounter(block cipher.Block, p []byte, off int64) {
	var counter, stream [aes.BlockSize]byte
	for len(p) > 0 {
		binary.LittleEndian.PutUint64(counter[:], uint64(off/aes.BlockSize)+1)
		block.Encrypt(stream[:], counter[:])
		skip := int(off % aes.BlockSize)
		n := subtle.XORBytes(p, p, stream[skip:])
		p, off = p[n:], off+int64(n)
	}
}

// Traditional is the state of the traditional cipher after the password.
type Traditional [3]uint32

// NewTraditional returns the state after a password.
func NewTraditional(password string) Traditional {
	k := Traditional{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.Update(password[i])
	}
	return k
}

// Update advances the state by one byte of plain text.
func (k *Traditional) Update(b byte) {
	k[0] = crc32.IEEETable[byte(k[0])^b] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

// Decrypt decrypts the next bytes in place.
func (k *Traditional) Decrypt(p []byte) {
	for i, b := range p {
		t := k[2]&0xffff | 2
		b ^= byte(t * (t ^ 1) >> 8)
		k.Update(b)
		p[i] = b
	}
}
