package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// readerPoll is how often hunt checks whether somebody reads a named pipe.
const readerPoll = 20 * time.Millisecond

// stream writes an output in place.
func (f *File) stream(ctx context.Context) error {
	write := f.content
	f.content = nil
	w, err := f.open(ctx)
	if err == nil {
		stop := context.AfterFunc(ctx, func() { interrupt(w) })
		err = f.fill(ctx, w, write)
		if !stop() && ctx.Err() != nil {
			err = ctx.Err()
		}
		err = errors.Join(err, f.closeStream(w))
	}
	f.err = f.named(err)
	f.there = err == nil
	return f.err
}

// open returns what is written.
func (f *File) open(ctx context.Context) (io.Writer, error) {
	if f.place == placeDescriptor {
		if f.fd == 1 {
			return f.set.Stdout, nil
		}
		return openDescriptor(f.fd)
	}
	for {
		// The name is looked at again: what has become a regular file since must not be cut.
		info, err := os.Stat(f.path)
		if err != nil {
			return nil, err
		}
		if !os.SameFile(info, f.info) {
			return nil, fmt.Errorf("it became %s while hunt ran", noun(info.Mode()))
		}
		w, err := openStream(f.path)
		if !noReader(err) {
			return w, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(readerPoll):
		}
	}
}

// interrupt ends a write that waits for a reader, where the system can.
func interrupt(w io.Writer) {
	if d, ok := w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		// a time that has passed: it ends at once. What cannot be interrupted is left to the end of the process
		_ = d.SetWriteDeadline(time.Unix(1, 0))
	}
}

// closeStream closes what open opened; standard output stays open.
func (f *File) closeStream(w io.Writer) error {
	if f.place == placeDescriptor && f.fd == 1 {
		return nil
	}
	return w.(io.Closer).Close()
}
