package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"hunt/timeline/evidence/sevenz"
	"io"

	"github.com/bodgit/sevenzip"
)

// sevenZip goes through a 7z's members. They are compressed in one stream (solid), so the logs are
// copied as they pass.
func (w *walker) sevenZip(e walkEntry) (err error) {
	file, err := e.src.OpenRandom()
	if err != nil {
		return unwrapPath(err)
	}
	defer file.Close()
	var at sevenz.File = file
	// The library reads bytes from strangers, and its parser does not recover from its own panics.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged: the 7z reader failed (%v)", p)
		}
	}()
	if mended := sevenz.Mend(at); mended != nil {
		at = mended
		defer func() { err = errors.Join(sevenz.ErrStart, err) }()
	}
	z, failed := w.open7z(at, e.path)
	if z == nil {
		return failed
	}
	s := solid7z{names: map[string]int{}, size: at.Size(), last: map[int]*sevenzip.File{}}
	for _, f := range z.File {
		if f.UncompressedSize > 0 {
			s.last[f.Stream] = f
		}
	}
	broken := -1
	for _, f := range z.File {
		if err := w.member(e); err != nil {
			return err
		}
		if f.UncompressedSize > 0 && f.Stream == broken {
			continue // it follows a fault in the same stream; each try would read that again from its start
		}
		if err := w.member7z(e, f, &s); err != nil {
			broken = f.Stream
			if failed == nil {
				failed = fmt.Errorf("%s: %w", clean(f.Name), err)
			}
			if errors.Is(err, errBomb) || w.ctx.Err() != nil {
				break
			}
		}
	}
	return failed
}

// solid7z is what the members of a 7z share.
type solid7z struct {
	names map[string]int
	size  int64                  // of the archive
	out   int64                  // bytes of members that were looked at
	last  map[int]*sevenzip.File // the last file of each stream
}

func (w *walker) member7z(e walkEntry, f *sevenzip.File, s *solid7z) error {
	regular := f.FileInfo().Mode().IsRegular()
	var c walkEntry
	if regular {
		c = e.child(f.Name, "7z", s.names)
		c.size = int64(min(f.UncompressedSize, 1<<62))
	}
	if f.UncompressedSize == 0 {
		if regular {
			w.consider(c)
		}
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return problem7z(err)
	}
	if regular {
		checked := checked7z(f, &cancellable{w.ctx, r})
		limited := &bounded{r: checked, packed: func() int64 { return s.size }, out: s.out, limits: &w.limits}
		defer func() { s.out = limited.out }()
		buffered := bufio.NewReaderSize(limited, 64<<10)
		head, err := buffered.Peek(sniffSize)
		if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
			return problem7z(err)
		}
		c.head, c.stream = append([]byte(nil), head...), buffered
		w.consider(c)
	}
	if f == s.last[f.Stream] {
		return nil // closing would keep the reader, with its dictionary, for members that do not follow
	}
	// On opening the next member, the library would read the rest of this one, however large.
	limits := w.limits
	limits.floor = w.limits.skipped
	rest := &bounded{r: &cancellable{w.ctx, r}, packed: func() int64 { return s.size }, out: w.allow.skipped,
		limits: &limits}
	_, err = io.Copy(io.Discard, rest)
	w.allow.skipped = rest.out
	return errors.Join(problem7z(err), r.Close())
}

// checked7z compares a member's bytes with its checksum, if the archive has one.
func checked7z(f *sevenzip.File, r io.Reader) *checksum {
	return &checksum{r: r, want: f.CRC32, skip: f.CRC32 == 0, left: int64(min(f.UncompressedSize, 1<<62))}
}

func problem7z(err error) error {
	if err == nil {
		return nil
	}
	var re *sevenzip.ReadError
	if errors.As(err, &re) && re.Encrypted {
		return errors.New("encrypted with another password, or damaged")
	}
	return readError(err)
}

// errPassword returns the error for an encrypted archive, which says what is needed.
func errPassword(tried int) error {
	switch tried {
	case 0:
		return errors.New("encrypted; give its password with --password-file")
	case 1:
		return errors.New("encrypted; the password in --password-file does not open it")
	}
	return fmt.Errorf("encrypted; none of the %d passwords in --password-file opens it", tried)
}
