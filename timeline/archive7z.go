package timeline

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/bodgit/sevenzip"
)

// sevenZip goes through a 7z's members. They are compressed in one stream (solid), so the logs are copied on the way.
func (w *walker) sevenZip(e walkEntry) (err error) {
	at, err := e.src.openAt()
	if err != nil {
		return unwrapPath(err)
	}
	defer at.Close()
	// The library is given bytes from strangers, and its parser has no fence of its own.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged: the 7z reader failed (%v)", p)
		}
	}()
	z, err := w.open7z(at)
	if err != nil {
		return err
	}
	names := map[string]int{}
	out := int64(0)
	var failed error
	for _, f := range z.File {
		if err := w.member(); err != nil {
			return err
		}
		if f.FileInfo().IsDir() || !f.FileInfo().Mode().IsRegular() {
			continue
		}
		if err := w.member7z(e, f, names, &out, at.Size()); err != nil {
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

func (w *walker) member7z(e walkEntry, f *sevenzip.File, names map[string]int, out *int64, packed int64) error {
	c := e.child(f.Name, "7z", names)
	c.size = int64(min(f.UncompressedSize, 1<<62))
	if c.size == 0 {
		w.consider(c)
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return problem7z(err)
	}
	defer r.Close()
	checked := &checksum{r: &cancellable{w.ctx, r}, want: f.CRC32, left: c.size}
	limited := &bounded{r: checked, packed: func() int64 { return packed }, out: *out, limits: &w.limits}
	defer func() { *out = limited.out }()
	buffered := bufio.NewReaderSize(limited, 64<<10)
	head, err := buffered.Peek(sniffSize)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return problem7z(err)
	}
	c.head, c.stream = append([]byte(nil), head...), buffered
	w.consider(c)
	return nil
}

// open7z opens the archive without a password, then with each.
func (w *walker) open7z(at RandomAccess) (*sevenzip.Reader, error) {
	z, err := sevenzip.NewReader(at, at.Size())
	encrypted := false
	var re *sevenzip.ReadError
	if errors.As(err, &re) {
		encrypted = re.Encrypted
	}
	if err == nil {
		// The list can be read without a password while the members cannot.
		for _, f := range z.File {
			if f.UncompressedSize == 0 || f.FileInfo().IsDir() {
				continue
			}
			if encrypted = !readable7z(f); !encrypted {
				return sevenzip.NewReader(at, at.Size())
			}
			break
		}
		if !encrypted {
			return z, nil
		}
	}
	for _, password := range w.o.Passwords {
		p, perr := sevenzip.NewReaderWithPassword(at, at.Size(), password)
		if perr != nil {
			continue
		}
		for _, f := range p.File {
			if f.UncompressedSize > 0 && !f.FileInfo().IsDir() {
				if readable7z(f) {
					// A reader that opens an encrypted member a second time can fail (sevenzip 1.6.5); a new one opens each once.
					return sevenzip.NewReaderWithPassword(at, at.Size(), password)
				}
				break
			}
		}
	}
	if err != nil && !encrypted {
		return nil, fmt.Errorf("damaged or cut short: its directory, at the end, cannot be read (%w)", err)
	}
	return nil, errPassword(len(w.o.Passwords))
}

// maxTried7z bounds what is read of a member to tell whether a password is the right one.
const maxTried7z = 16 << 20

// readable7z reports whether a member can be read: to its end with the right checksum, or if it is long, from its start.
func readable7z(f *sevenzip.File) bool {
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	size := int64(min(f.UncompressedSize, 1<<62))
	_, err = io.Copy(io.Discard, io.LimitReader(&checksum{r: r, want: f.CRC32, left: size}, maxTried7z))
	return err == nil
}

func problem7z(err error) error {
	var re *sevenzip.ReadError
	if errors.As(err, &re) && re.Encrypted {
		return errors.New("encrypted with another password, or damaged")
	}
	return readError(err)
}

// errPassword says what an encrypted archive needs.
func errPassword(tried int) error {
	switch tried {
	case 0:
		return errors.New("encrypted; give its password with --password-file")
	case 1:
		return errors.New("encrypted; the password in --password-file does not open it")
	}
	return fmt.Errorf("encrypted; none of the %d passwords in --password-file opens it", tried)
}
