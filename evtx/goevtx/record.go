package goevtx

import (
	"fmt"
	"io"
	"log"
	"sync"

	"github.com/0xrawsec/golang-evtx/evtx"
)

const (
	chunkSize    = 65536
	recordHeader = 24
)

// A Record is one record as golang-evtx reads it, flattened so that it can be compared.
type Record struct {
	HeaderRecordID uint64 // record id of the record header
	Written        uint64 // of the record header, FILETIME
	View
}

// A View is what two decoders must agree on.
type View struct {
	EventRecordID uint64
	EventID       uint32
	Provider      string
	Channel       string
	Computer      string
	TimeCreated   uint64 // FILETIME: 100 ns since 1601
	Data          []Field
}

// A Field is one item of EventData or UserData.
type Field struct {
	Name  string   // "" for unnamed Data
	Text  string   // as Windows shows it; the items of an array joined with ", "
	Items []string // the items of an array
	// Type is the type byte of the stored value (MS-EVEN6 2.2.14), 0 if unknown. golang-evtx
	// does not return it; hunt's side fills it in, and some defects are only excused for the
	// type to which they belong.
	Type uint8
	// Irregular says that the stored size does not suit Type; hunt's side fills it in.
	// golang-evtx loses its place there, so that nothing after it can be compared.
	Irregular bool
}

// Error says why golang-evtx returned no record.
type Error struct {
	Offset int64  // of the record in the chunk
	Reason string // what it said or how it failed

	own error // the reason, if this package found it and not golang-evtx
}

// Unwrap returns the reason that this package found, nil for one that golang-evtx gave.
func (e *Error) Unwrap() error { return e.own }

func (e *Error) Error() string {
	return fmt.Sprintf("golang-evtx: record at chunk offset 0x%x: %s", e.Offset, e.Reason)
}

// quiet serialises the calls: while one runs, the standard logger, to which
// golang-evtx writes stack traces at every log level, is turned off.
var quiet sync.Mutex

// ReadRecord reads the record that starts at offset in a chunk of up to 64 KiB. It does not use
// the chunk's header or tables. It prints nothing, returns an *Error if golang-evtx fails, and
// may be called from several goroutines, which take turns.
func ReadRecord(chunk []byte, offset int64) (rec *Record, err error) {
	if offset < 0 || offset+recordHeader > int64(len(chunk)) || len(chunk) > chunkSize {
		return nil, &Error{Offset: offset, Reason: "the chunk holds no record header there"}
	}
	if err := checkNesting(chunk, offset+recordHeader); err != nil {
		return nil, &Error{offset, err.Error(), err}
	}
	quiet.Lock()
	defer quiet.Unlock()
	out := log.Writer()
	log.SetOutput(io.Discard)
	defer log.SetOutput(out)
	defer func() {
		if p := recover(); p != nil {
			rec, err = nil, &Error{Offset: offset, Reason: fmt.Sprintf("panic: %v", p)}
		}
	}()

	c := evtx.NewChunk()
	c.Data = chunk
	c.Header.OffsetLastRec = chunkSize - 1
	event := c.ParseEvent(offset)
	m, perr := event.GoEvtxMap(&c)
	switch {
	case perr != nil:
		return nil, &Error{Offset: offset, Reason: perr.Error()}
	case m == nil:
		return nil, &Error{Offset: offset, Reason: "no template instance in the record"}
	}
	rec = &Record{HeaderRecordID: uint64(event.Header.ID), Written: uint64(event.Header.Timestamp.Nanoseconds)}
	if err := rec.fill(*m); err != nil {
		return nil, &Error{offset, err.Error(), err}
	}
	return rec, nil
}
