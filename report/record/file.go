package record

import (
	"io"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// opener is a file of evidence: an *evidence.File, or a *ledger.File, which tells a shard what is read again.
type opener interface {
	OpenRandom() (evidence.RandomAccess, error)
}

// File reads records by reference, one open file at a time.
type File struct {
	file   opener
	Log    *evtx.File
	closer io.Closer
}

func (r *File) Close() {
	if r.closer != nil {
		_ = r.closer.Close() // read only
	}
}

// Open makes f the open file. Its records have the index in their references.
func (r *File) Open(f opener, index int32) error {
	if r.file == f {
		return nil
	}
	r.Close()
	r.file, r.Log, r.closer = nil, nil, nil
	file, err := f.OpenRandom()
	if err != nil {
		return err
	}
	log, err := evtx.NewFile(file, file.Size(), index)
	if err != nil {
		_ = file.Close()
		return err
	}
	r.file, r.Log, r.closer = f, log, file
	return nil
}

func (r *File) Record(f *ledger.File, dec *evtx.Decoder, at evtx.Ref) (*evtx.Record, error) {
	if err := r.Open(f, f.Index); err != nil {
		return nil, err
	}
	return r.Log.RecordAt(dec, at)
}
