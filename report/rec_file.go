package report

import (
	"io"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// opener is a file of evidence: an *evidence.File, or a *timeline.File, which tells a shard what is read again.
type opener interface {
	OpenRandom() (evidence.RandomAccess, error)
}

// recordFile reads records by reference, one open file at a time.
type recordFile struct {
	file   opener
	log    *evtx.File
	closer io.Closer
}

func (r *recordFile) close() {
	if r.closer != nil {
		_ = r.closer.Close() // read only
	}
}

// open makes f the open file. Its records have the index in their references.
func (r *recordFile) open(f opener, index int32) error {
	if r.file == f {
		return nil
	}
	r.close()
	r.file, r.log, r.closer = nil, nil, nil
	file, err := f.OpenRandom()
	if err != nil {
		return err
	}
	log, err := evtx.NewFile(file, file.Size(), index)
	if err != nil {
		_ = file.Close()
		return err
	}
	r.file, r.log, r.closer = f, log, file
	return nil
}

func (r *recordFile) record(f *timeline.File, dec *evtx.Decoder, at evtx.Ref) (*evtx.Record, error) {
	if err := r.open(f, f.Index); err != nil {
		return nil, err
	}
	return r.log.RecordAt(dec, at)
}
