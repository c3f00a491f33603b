package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"hunt/rules/eql/document"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// ErrCounts says that a query counts events, which is only possible over event logs, not over documents.
var ErrCounts = errors.New("the query counts events, which works only over event logs")

// DocumentOptions returns the options for a query over documents that follow from its language.
func DocumentOptions(query pack.Query) document.Options {
	o := document.Options{Usual: usualTypes()}
	switch query.Language {
	case pack.EQL: // it takes the category's field from the options
	case pack.Sigma:
		raw := logsource.NewFields()
		o.Compile = func(string, predicate.Schema) (document.Query, error) {
			q, err := query.CompileSigma(raw)
			if _, counts := q.(pack.Counted); err == nil && counts {
				err = ErrCounts
			}
			return q, err
		}
		o.NewRaw = func() document.Raw { return &sigma.Document{Document: raw.NewDocument()} }
		o.RawFrom = sigma.FirstField
	default:
		o.Compile = func(_ string, s predicate.Schema) (document.Query, error) { return query.Compile(s) }
	}
	return o
}

// Open opens a file of documents; "-" is standard input. The returned function closes it. Standard input is
// copied to a temporary file, because documents are read twice.
func Open(ctx context.Context, dir, name string) (document.File, func(), error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return document.File{}, nil, err
		}
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a directory; name the files in it", name)
		}
		if err == nil && info.Mode().IsRegular() {
			return document.File{Name: name, R: f, Size: info.Size()}, func() { _ = f.Close() }, nil
		}
		defer f.Close()
		if err != nil {
			return document.File{}, nil, err
		}
		return spool(ctx, dir, name, f)
	}
	return spool(ctx, dir, "standard input", os.Stdin)
}

func spool(ctx context.Context, dir, name string, r io.Reader) (document.File, func(), error) {
	tmp, err := spill.TempFile(dir)
	if err != nil {
		return document.File{}, nil, err
	}
	remove := func() { _ = tmp.Close() } // nothing stays of it
	n, err := io.Copy(tmp, contextReader{ctx, r})
	if err != nil {
		remove()
		return document.File{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	return document.File{Name: name, R: tmp, Size: n}, remove, nil
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// usualTypes returns the types that ECS has for its fields.
func usualTypes() document.Usual {
	s := ecs.NewSchema()
	return func(name string) (predicate.Type, bool) {
		_, typ, known := s.Field(name)
		if !known {
			return predicate.TypeUnknown, false
		}
		return pack.TypeOf(typ), true
	}
}
