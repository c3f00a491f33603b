package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"

	"hunt/evtx/evtxtest"
	"hunt/timeline/evidence/zipcipher"
)

// cryptoHeader is the length of the random bytes before the data of the traditional cipher.
const cryptoHeader = 12

// lockZip encrypts the members of a zip of zipOf with the traditional cipher, each with its password, as APPNOTE 6.1
// has it. The test writes it, and so holds the cipher of the reader against its inverse.
func lockZip(t testing.TB, method uint16, passwords []string, members ...member) []byte {
	t.Helper()
	var b, directory bytes.Buffer
	le := binary.LittleEndian
	for i, m := range members {
		packed := m.body
		if method == zip.Deflate {
			var z bytes.Buffer
			w, _ := flate.NewWriter(&z, 6)
			if _, err := w.Write(m.body); err != nil {
				t.Fatal(err)
			}
			_ = w.Close()
			packed = z.Bytes()
		}
		crc := crc32.ChecksumIEEE(m.body)
		key := zipcipher.NewTraditional(passwords[i])
		sealed := make([]byte, 0, cryptoHeader+len(packed))
		for _, p := range append([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, byte(crc >> 24)}, packed...) {
			x := key[2]&0xffff | 2
			sealed = append(sealed, p^byte(x*(x^1)>>8))
			key.Update(p)
		}
		common := le.AppendUint16(nil, 20)
		common = le.AppendUint16(common, 1)
		common = le.AppendUint16(common, method)
		common = le.AppendUint32(common, 0)
		common = le.AppendUint32(common, crc)
		common = le.AppendUint32(common, uint32(len(sealed)))
		common = le.AppendUint32(common, uint32(len(m.body)))
		common = le.AppendUint16(common, uint16(len(m.name)))
		common = le.AppendUint16(common, 0)
		directory.Write(slices.Concat([]byte("PK\x01\x02\x14\x00"), common, make([]byte, 10),
			le.AppendUint32(nil, uint32(b.Len())), []byte(m.name)))
		b.Write(slices.Concat([]byte("PK\x03\x04"), common, []byte(m.name), sealed))
	}
	end := []byte("PK\x05\x06\x00\x00\x00\x00")
	end = le.AppendUint16(le.AppendUint16(end, uint16(len(members))), uint16(len(members)))
	end = le.AppendUint32(end, uint32(directory.Len()))
	end = le.AppendUint32(end, uint32(b.Len()))
	return slices.Concat(b.Bytes(), directory.Bytes(), end, []byte{0, 0})
}

// collisions are wrong passwords that pass the one byte by which the cipher checks them.
func collisions(want int, body []byte, sealed []byte) []string {
	var out []string
	for i := 0; len(out) < want; i++ {
		p := fmt.Sprintf("wrong%d", i)
		key := zipcipher.NewTraditional(p)
		h := bytes.Clone(sealed[:cryptoHeader])
		key.Decrypt(h)
		if h[cryptoHeader-1] == byte(crc32.ChecksumIEEE(body)>>24) {
			out = append(out, p)
		}
	}
	return out
}

func TestAPasswordThatOnlyPassesTheQuickCheckIsWrong(t *testing.T) {
	small := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	large := append(slices.Clone(small), make([]byte, 2<<20)...)
	for _, c := range []struct {
		name   string
		method uint16
		body   []byte
	}{
		{"stored", zip.Store, small},
		{"stored, over 1 MiB", zip.Store, large},
		{"deflated", zip.Deflate, small},
		{"deflated, over 1 MiB", zip.Deflate, large},
	} {
		t.Run(c.name, func(t *testing.T) {
			locked := lockZip(t, c.method, []string{"right"}, member{"Security.evtx", c.body})
			wrong := collisions(20, c.body, locked[30+len("Security.evtx"):])
			dir := t.TempDir()
			write(t, dir, "logs.zip", locked)
			_, list := collectIn(t, Options{Passwords: append(slices.Clone(wrong), "right")}, dir)
			if !slices.Equal(list, []string{"logs.zip!/Security.evtx read"}) {
				t.Errorf("with the right password last: %q", list)
			}
			col, list := collectIn(t, Options{Passwords: wrong}, dir)
			if !slices.Equal(list, []string{"logs.zip unreadable"}) ||
				!strings.Contains(col.Files[0].Detail, "encrypted") {
				t.Errorf("with wrong passwords only: %q %s", list, col.Files[0].Detail)
			}
		})
	}
	t.Run("WinZip AES", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, "logs.zip", aesZip(t, "Security.evtx", small, "correct horse"))
		const collision = "wrong41521" // has the verifier of "correct horse" with the salt of aesZip
		_, list := collectIn(t, Options{Passwords: []string{collision, "correct horse"}}, dir)
		if !slices.Equal(list, []string{"logs.zip!/Security.evtx read"}) {
			t.Errorf("with the right password last: %q", list)
		}
		col, list := collectIn(t, Options{Passwords: []string{collision}}, dir)
		if !slices.Equal(list, []string{"logs.zip unreadable"}) ||
			!strings.Contains(col.Files[0].Detail, "a password passes the check but does not fit the data") {
			t.Errorf("with the wrong password only: %q %s", list, col.Files[0].Detail)
		}
	})
}

func TestEachMemberMayHaveItsPassword(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	var members []member
	var own, given []string
	for i := range 300 { // of one wrong password in 256 that passes, some are among as many
		members = append(members, member{fmt.Sprintf("%03d.evtx", i), append(slices.Clone(log), byte(i), byte(i>>8))})
		own = append(own, fmt.Sprintf("p%d", i%7))
	}
	for i := range 7 {
		given = append(given, fmt.Sprintf("p%d", i))
	}
	dir := t.TempDir()
	write(t, dir, "logs.zip", lockZip(t, zip.Store, own, members...))
	col, list := collectIn(t, Options{Passwords: given}, dir)
	for i, f := range col.Files {
		if got, err := contents(t, f); err != nil || len(list) != 300 {
			t.Fatalf("%d files, %s: %s %v", len(list), list[i], got, err)
		}
	}
}

func TestADamagedMemberIsReadWithTheRightPassword(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	for name, b := range map[string][]byte{
		"aes.zip":       aesZip(t, "Security.evtx", log, "right"),
		"zipcrypto.zip": lockZip(t, zip.Store, []string{"right"}, member{"Security.evtx", log}),
	} {
		b[len(b)/2] ^= 1
		dir := t.TempDir()
		write(t, dir, name, b)
		closed, _ := collectIn(t, Options{}, dir)
		if f := closed.Files; len(f) != 1 || f[0].Detail == "" || !f[0].Container {
			t.Errorf("without a password: %+v", f)
		}
		col, err := Collect(t.Context(), Inputs(dir), Options{Passwords: []string{"wrong", "right"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(col.Files) != 1 || col.Files[0].Path != name+"!/Security.evtx" || col.Files[0].Status != Read {
			t.Errorf("%+v", col.Files[0])
			continue
		}
		if _, err := contents(t, col.Files[0]); err == nil {
			t.Errorf("%s: the damage is not told", name)
		}
		_ = col.Close()
	}
}

func TestTryingPasswordsHasABoundThatIsTold(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	var wrong []string
	for i := range 100 {
		wrong = append(wrong, fmt.Sprintf("no%d", i))
	}
	old := defaultLimits
	defaultLimits.rounds = 50 * roundsAES
	t.Cleanup(func() { defaultLimits = old })
	dir := t.TempDir()
	write(t, dir, "logs.zip", aesZip(t, "Security.evtx", log, "right"))
	col, list := collectIn(t, Options{Passwords: append(wrong, "right")}, dir)
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail, "not all passwords were tried") {
		t.Errorf("%q %s", list, col.Files[0].Detail)
	}
	if bites := col.Limits.Bites(); len(bites) != 1 || bites[0].ID != boundTrying.ID {
		t.Errorf("%v", bites)
	}
}
