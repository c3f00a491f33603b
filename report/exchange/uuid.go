package exchange

import (
	"crypto/sha1" // #nosec G505 -- RFC 9562 makes version 5 of SHA-1; nothing rests on its strength
	"encoding/hex"
)

// namespace is that of a version 5 UUID.
type namespace [16]byte

// uuid5 is the UUID of a name in a namespace. Source: RFC 9562, 5.5.
func (n namespace) uuid5(name string) string {
	h := sha1.New() // #nosec G401 -- see above
	h.Write(n[:])
	h.Write([]byte(name))
	var u [16]byte
	copy(u[:], h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	x := hex.EncodeToString(u[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
