package document

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"
)

// File is one file of documents.
type File struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// Problem is a line that could not be read.
type Problem struct {
	File string
	Line int
	Err  error
}

// line is the place of one document, and its bytes while its batch is processed.
type line struct {
	file, number int
	offset       int64
	text         []byte
	id           string // from a bulk action before it
}

// batchSize is about how many bytes of documents a worker takes at a time.
const batchSize = 1 << 19

// utf16Marks begin files that are not UTF-8: PowerShell writes them.
var utf16Marks = [][]byte{{0xff, 0xfe}, {0xfe, 0xff}}

// lines reads the files from front to back; jobs workers, each made by newWorker, process the batches. Problems with
// lines as such (too long) go to bad, from one goroutine. It takes the memory of a few batches per worker.
func lines(ctx context.Context, files []File, jobs int, bad func(Problem), newWorker func() func([]line)) error {
	jobs = max(jobs, 1)
	batches := make(chan []line, jobs)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		for i := range files {
			r := lineReader{ctx: ctx, file: i, name: files[i].Name, out: batches, bad: bad,
				in: bufio.NewReaderSize(io.NewSectionReader(files[i].R, 0, files[i].Size), 1<<16)}
			if err := r.read(); err != nil {
				return err
			}
		}
		return nil
	})
	for range jobs {
		work := newWorker()
		group.Go(func() error {
			for b := range batches {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				work(b)
			}
			return nil
		})
	}
	return group.Wait()
}

// lineReader splits one file into batches of lines.
type lineReader struct {
	ctx    context.Context
	file   int
	name   string
	in     *bufio.Reader
	out    chan<- []line
	bad    func(Problem)
	batch  []line
	bytes  int
	offset int64
	number int
	id     string
}

func (r *lineReader) read() error {
	head, err := r.in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	for _, m := range utf16Marks {
		if bytes.HasPrefix(head, m) {
			return fmt.Errorf("%s: the file is UTF-16; convert it to UTF-8 with iconv -f UTF-16 -t UTF-8", r.name)
		}
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := r.in.Discard(3); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		r.offset = 3
	}
	for {
		text, size, err := r.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: line %d: %w", r.name, r.number+1, err)
		}
		if size > 0 {
			r.number++
			r.line(text, size)
			r.offset += int64(size)
		}
		if r.bytes >= batchSize || err != nil && len(r.batch) > 0 {
			select {
			case r.out <- r.batch:
			case <-r.ctx.Done():
				return r.ctx.Err()
			}
			r.batch, r.bytes = nil, 0
		}
		if err != nil {
			return nil
		}
	}
}

// next reads one line with its end; text is nil if the line is longer than maxLine. size is the number of bytes read
// from the file.
func (r *lineReader) next() (text []byte, size int, err error) {
	for {
		part, err := r.in.ReadSlice('\n')
		size += len(part)
		if size <= maxLine {
			text = append(text, part...)
		} else {
			text = nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, size, err
		}
	}
}

func (r *lineReader) line(text []byte, size int) {
	if size > maxLine {
		r.bad(Problem{File: r.name, Line: r.number, Err: fmt.Errorf("longer than %d MiB", maxLine>>20)})
		return
	}
	doc := bytes.TrimSpace(text)
	if len(doc) == 0 {
		return
	}
	if id, ok := bulkAction(doc); ok {
		r.id = id
		return
	}
	at := r.offset + int64(bytes.Index(text, doc))
	r.batch = append(r.batch, line{file: r.file, number: r.number, offset: at, text: doc, id: r.id})
	r.bytes += size
	r.id = ""
}

// maxAction bounds the line of a bulk action.
const maxAction = 4096

// bulkAction recognises the lines between the documents of a bulk request: {"index":{"_id":"…"}}.
func bulkAction(doc []byte) (id string, ok bool) {
	if len(doc) > maxAction || !bytes.HasPrefix(doc, []byte(`{"index"`)) && !bytes.HasPrefix(doc, []byte(`{"create"`)) {
		return "", false
	}
	var action map[string]map[string]any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if dec.Decode(&action) != nil || len(action) != 1 {
		return "", false
	}
	for _, meta := range action {
		for k := range meta {
			if !strings.HasPrefix(k, "_") && k != "routing" && k != "pipeline" && k != "require_alias" {
				return "", false
			}
		}
		id = idOf(meta["_id"])
	}
	return id, true
}
