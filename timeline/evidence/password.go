package evidence

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"hunt/limit"
	"hunt/timeline/evidence/zipcipher"
)

// Finding out which password opens a member. The formats have two check bytes (WinZip AES) or one
// (ZipCrypto) before the data: one wrong password in 65,536, or in 256, passes. So these bytes only
// rule out passwords. A password is right if the data's own check says so: the authentication code
// or checksum of the whole member, or a beginning that no wrong key gives.

// keyring finds the password of each member of one zip.
type keyring struct {
	passwords []string
	proven    []int      // those that opened a member, most recent first
	pay       *allowance // what trying may cost
	path      string     // of the zip
	locked    lockedMembers
}

// lockedMembers are the members that no password opened.
type lockedMembers struct {
	n, evidence int    // all, and those that are named as logs or archives
	untried     int    // not every password was tried on them
	damaged     int    // a password fits, but the data are damaged
	first       string // name of the first, preferring those named as evidence
	lock        string // how the last one is encrypted
}

// add notes a member that stays closed.
func (l *lockedMembers) add(m *zipMember) {
	named := nameSaysLog(m.name) || nameSaysArchive(m.name)
	if l.n == 0 || named && l.evidence == 0 {
		l.first = clean(m.name)
	}
	l.n++
	if named {
		l.evidence++
	}
	l.lock = m.sealed().Lock()
}

// error says what stayed closed in a zip with so many members.
func (l *lockedMembers) error(members, passwords int) error {
	err := fmt.Errorf("%d of %d members (%s), the first of them %s: %w", l.n, members, l.lock, l.first,
		errPassword(passwords))
	if l.damaged > 0 {
		err = fmt.Errorf("%w; for %d of them a password passes the check but does not fit the data: they are "+
			"damaged, or encrypted with another password", err, l.damaged)
	}
	if l.untried > 0 {
		err = fmt.Errorf("%w; for %d of them not all passwords were tried, because there is a bound on tries; put "+
			"the likely ones first, or unpack the archive", err, l.untried)
	}
	return err
}

// fit says how well a password fits a member.
type fit uint8

const (
	fitNot    fit = iota
	fitDamage     // the beginning is that of evidence, but the check at the end fails
	fitProven
)

// open finds the key of a member.
func (k *keyring) open(m *zipMember, at io.ReaderAt) bool {
	var damaged zipcipher.Key
	fits := false
	for _, n := range k.order() {
		if !k.pay.try(m.rounds()) {
			k.bite(m)
			break
		}
		if m.key = m.sealed().Unlock(k.passwords[n], at); m.key == nil {
			continue
		}
		fits = true
		switch k.prove(m, at, slices.Contains(k.proven, n)) {
		case fitProven:
			k.proven = append([]int{n}, slices.DeleteFunc(k.proven, func(p int) bool { return p == n })...)
			return true
		case fitDamage:
			if damaged == nil {
				damaged = m.key
			}
		}
	}
	if m.key = damaged; damaged != nil && m.own == nil {
		return true
	}
	if own := m.own; own != nil {
		m.own = nil
		m.use(own)
		return k.open(m, at)
	}
	if fits {
		k.locked.damaged++
	}
	return false
}

// bite notes a member on which not every password was tried.
func (k *keyring) bite(m *zipMember) {
	k.locked.untried++
	k.pay.tally.Bite(boundTrying, limit.In(k.path+"!/"+clean(m.name)))
}

// order returns the passwords in the order of trying: those that opened a member first, then as
// they were given.
func (k *keyring) order() []int {
	order := slices.Clone(k.proven)
	for n := range k.passwords {
		if !slices.Contains(k.proven, n) {
			order = append(order, n)
		}
	}
	return order
}

// prove compares the member's data with the check that it has. proven says that the password has
// opened another member.
func (k *keyring) prove(m *zipMember, at io.ReaderAt, proven bool) fit {
	head, err := m.head(at)
	if err != nil {
		return fitNot
	}
	found, advice := sniff(head, max(m.size, 0))
	if m.own == nil && (found == kindEVTX || found == kind7z) {
		return fitProven // six or eight bytes that no wrong key gives
	}
	evidence := found != kindOther || advice != ""
	if m.own == nil && proven && !evidence && !nameSaysLog(m.name) && !nameSaysArchive(m.name) &&
		(m.aes != nil || m.method != zipStore) {
		return fitProven // not evidence by name or content, so not worth reading in full
	}
	if !k.pay.try(m.packed / bytesPerRound) {
		k.bite(m)
		return fitNot
	}
	err = m.verify(at)
	switch {
	case err == nil:
		return fitProven
	case evidence:
		return fitDamage
	}
	return fitNot
}

// head unpacks the member's first bytes with its key.
func (m *zipMember) head(at io.ReaderAt) ([]byte, error) {
	r, err := m.reader(at)
	if err != nil {
		return nil, err
	}
	head := make([]byte, sniffSize)
	n, err := io.ReadFull(r, head)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n], nil
}

// errUnchecked says that a member has nothing that distinguishes a right password from a wrong one.
var errUnchecked = errors.New("the member has no checksum")

// verify reads an encrypted member to its end, where its authentication code or checksum stands.
func (m *zipMember) verify(at io.ReaderAt) error {
	if m.aes != nil && m.own == nil {
		packed, err := m.packedReader(at)
		if err != nil {
			return err
		}
		return readError(packed.(zipcipher.Verifier).Verify())
	}
	if !m.sum && m.method == zipStore {
		return errUnchecked
	}
	r, err := m.reader(at)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

const (
	// maxRounds bounds the cost of trying passwords in one archive on disk, with everything in it,
	// in rounds of a hash: passwords times members times rounds of a key, and the bytes that are
	// checked. It is enough for some 2,000 passwords on a 7z, 130,000 on members of WinZip AES, or
	// 64 GiB of data.
	maxRounds = 1 << 30
	// bytesPerRound is how many bytes one round of a hash takes.
	bytesPerRound = 64
	// roundsAES is the cost of a WinZip AES key: 1,000 iterations of two rounds for each of four
	// blocks.
	roundsAES = 8 * zipcipher.Iterations
	// roundsTraditional is the cost of one try of the traditional cipher.
	roundsTraditional = 4
)

// rounds returns the cost of trying a password on the member.
func (m *zipMember) rounds() int64 {
	if m.aes != nil {
		return roundsAES
	}
	return roundsTraditional
}
