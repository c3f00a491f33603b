package evidence

import (
	"context"
	"errors"
	"fmt"
	"hunt/timeline/evidence/sevenz"
	"io"

	"github.com/bodgit/sevenzip"
)

// maxSamples7z bounds the members on which a password is tried: one of them may be damaged, and then
// another decides.
const maxSamples7z = 4

// opened7z is an archive as it opens with one password.
type opened7z struct {
	*sevenzip.Reader
	proven bool // the password opened the directory, and its checksum matched
	// encrypted members, each the first of its folder: they tell whether the password is the right one
	samples []sample7z
	plain   []*sevenzip.File
	rounds  int64 // the cost of making the key
}

// sample7z is an encrypted member by which a password is tried.
type sample7z struct{ *sevenzip.File }

// open7z opens the archive without a password, then with each. If no password fits but the list can be
// read, it returns an error and a reader of the members that are not encrypted.
func (w *walker) open7z(at sevenz.File, path string) (*sevenzip.Reader, error) {
	z, err := newReader7z(at, "")
	var refused sevenz.Refusal
	var re *sevenzip.ReadError
	switch {
	case errors.As(err, &refused):
		return nil, refused
	case err == nil && len(z.samples) == 0:
		return z.Reader, nil
	case err == nil && z.fits(w.ctx, w.allow) == fitProven:
		return sevenzip.NewReader(at, at.Size())
	case err != nil && !(errors.As(err, &re) && re.Encrypted):
		return nil, fmt.Errorf("damaged or cut short: its directory, at the end, cannot be read (%w)", err)
	}
	rounds := max(z.rounds, 1)
	untried, begins := 0, ""
	for i, password := range w.o.Passwords {
		if !w.allow.try(rounds) {
			untried = len(w.o.Passwords) - i
			break
		}
		tried, err := newReader7z(at, password)
		if errors.As(err, &refused) {
			return nil, refused
		}
		if err != nil {
			continue
		}
		f := tried.fits(w.ctx, w.allow)
		if f == fitDamage && begins == "" {
			begins = password
		}
		if f == fitProven {
			// A reader may fail when it opens an encrypted member a second time (sevenzip 1.6.5); a
			// new one opens each once.
			return sevenzip.NewReaderWithPassword(at, at.Size(), password)
		}
	}
	if begins != "" {
		return sevenzip.NewReaderWithPassword(at, at.Size(), begins)
	}
	failed := errPassword(len(w.o.Passwords))
	if untried > 0 {
		w.bite(boundTrying, path)
		failed = fmt.Errorf("%w; the last %d of them were not tried, because there is a bound on tries: put the "+
			"likely ones first, or unpack the archive", failed, untried)
	}
	if z.Reader == nil {
		return nil, failed
	}
	z.File = z.plain
	return z.Reader, failed
}

// newReader7z gives the library an archive whose header has been checked. The list may be readable
// without a password while members are not.
func newReader7z(at sevenz.File, password string) (*opened7z, error) {
	d, err := sevenz.Check(at, at.Size(), password)
	o := &opened7z{proven: d.Unlocked, rounds: d.Rounds}
	if err != nil {
		return o, err
	}
	z, err := sevenzip.NewReaderWithPassword(at, at.Size(), password)
	if err != nil {
		return o, err
	}
	o.Reader = z
	seen := map[int]bool{}
	for _, f := range z.File {
		switch {
		case f.UncompressedSize == 0, !d.Folders[f.Stream].Encrypted():
			o.plain = append(o.plain, f)
		case !seen[f.Stream] && len(o.samples) < maxSamples7z && !f.FileInfo().IsDir():
			o.samples = append(o.samples, sample7z{f})
			o.rounds = max(o.rounds, d.Folders[f.Stream].Rounds())
		}
		seen[f.Stream] = true
	}
	return o, nil
}

// fits reports whether the reader's password is the archive's.
func (o *opened7z) fits(ctx context.Context, pay *allowance) fit {
	if o.proven || len(o.samples) == 0 {
		return fitProven
	}
	best := fitNot
	for _, s := range o.samples {
		if best = max(best, s.fits(ctx, pay)); best == fitProven {
			break
		}
	}
	return best
}

// fits reads a member up to its checksum. Data unpacked with a wrong password soon fail.
func (s sample7z) fits(ctx context.Context, pay *allowance) fit {
	r, err := s.Open()
	if err != nil {
		return fitNot
	}
	defer r.Close()
	member := checked7z(s.File, &cancellable{ctx, r})
	head := make([]byte, sniffSize)
	n, err := io.ReadFull(member, head)
	if err == nil && pay.try(int64(s.UncompressedSize/bytesPerRound)) {
		_, err = io.Copy(io.Discard, member)
	}
	found, _ := sniff(head[:n], int64(min(s.UncompressedSize, 1<<62)))
	switch {
	case found == kindEVTX, (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) &&
		int64(n) == int64(s.UncompressedSize)) && !member.skip:
		return fitProven
	case found != kindOther:
		return fitDamage
	}
	return fitNot
}
