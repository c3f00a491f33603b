package progress

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hunt/timeline"
	"hunt/timeline/ledger"
)

// jsonProgress writes one JSON object a line for other programs. docs/progress.md describes the lines. A reader that
// went away must not end the run: errors of writing are passed over.
type jsonProgress struct {
	meter *timeline.Meter
	start time.Time
	phase atomic.Pointer[string]

	mu      sync.Mutex
	enc     *json.Encoder
	seconds map[*ledger.File]float64 // what a file took
	begun   map[*timeline.FileMeter]time.Time
	last    time.Time // of the line before
	records int64     // by then
	bytes   int64
}

// progressLine is the heartbeat.
type progressLine struct {
	Event      string  `json:"event"`
	Phase      string  `json:"phase"`
	Files      int64   `json:"files_done"`
	OfFiles    int64   `json:"files"`
	Bytes      int64   `json:"bytes_done"`
	OfBytes    int64   `json:"bytes"`
	Records    int64   `json:"records"`
	BytesRate  float64 `json:"bytes_per_second"` // since the line before
	RecordRate float64 `json:"records_per_second"`
	Seconds    float64 `json:"seconds"`
	Left       float64 `json:"seconds_left"`
	Done       bool    `json:"done"`

	File *progressFile `json:"file,omitempty"`
}

// progressFile is the file that is being read.
type progressFile struct {
	Path    string  `json:"path"`
	Bytes   int64   `json:"bytes_done"`
	OfBytes int64   `json:"bytes"`
	Records int64   `json:"records"`
	Seconds float64 `json:"seconds"`
	Left    float64 `json:"seconds_left"`
}

// fileReadLine says that every record of a file was decoded.
type fileReadLine struct {
	Event   string  `json:"event"`
	Path    string  `json:"path"`
	Bytes   int64   `json:"bytes"`
	Records int64   `json:"records"` // carved ones included
	Seconds float64 `json:"seconds"`
}

// countsLine is what became of the records of a file, or of all.
type countsLine struct {
	Event     string  `json:"event"`
	Path      string  `json:"path,omitempty"`
	Status    string  `json:"status,omitempty"`
	Detail    string  `json:"detail,omitempty"`
	Files     int     `json:"files,omitempty"`
	Bytes     int64   `json:"bytes"`
	Read      int     `json:"read"`
	Kept      int     `json:"kept"`
	Filtered  int     `json:"filtered"`
	Duplicate int     `json:"duplicate"`
	Damaged   int     `json:"damaged"`
	Carved    int     `json:"carved"`
	Seconds   float64 `json:"seconds"`
}

func newJSONProgress(w io.Writer, m *timeline.Meter) *jsonProgress {
	now := time.Now()
	p := &jsonProgress{meter: m, start: now, last: now, enc: json.NewEncoder(w), seconds: map[*ledger.File]float64{},
		begun: map[*timeline.FileMeter]time.Time{}}
	phase := "read"
	p.phase.Store(&phase)
	m.Begun = func(f *timeline.FileMeter) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.begun[f] = time.Now()
	}
	m.Ended = func(f *timeline.FileMeter) {
		p.mu.Lock()
		defer p.mu.Unlock()
		took := between(p.begun[f], time.Now()).Seconds()
		delete(p.begun, f)
		p.seconds[f.File] = took
		_ = p.enc.Encode(fileReadLine{"file_read", f.File.Path, f.BytesDone.Load(), f.Records.Load(), round(took)})
	}
	return p
}

// show writes a heartbeat.
func (p *jsonProgress) show(last bool) {
	m := p.meter
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	elapsed, since := between(p.start, now), between(p.last, now)
	line := progressLine{Event: "progress", Phase: *p.phase.Load(), Files: m.FilesDone.Load(), OfFiles: m.Files.Load(),
		Bytes: m.BytesDone.Load(), OfBytes: m.Bytes.Load(),
		Records: m.Records.Load(), Seconds: round(elapsed.Seconds()), Done: last}
	line.BytesRate, line.RecordRate = round(per(line.Bytes-p.bytes, since)), round(per(line.Records-p.records, since))
	p.last, p.bytes, p.records = now, line.Bytes, line.Records
	line.Left = left(elapsed, line.Bytes, line.OfBytes)
	if f := m.Current(); f != nil {
		if begun, ok := p.begun[f]; ok {
			took := between(begun, now)
			line.File = &progressFile{Path: f.File.Path, Bytes: f.BytesDone.Load(), OfBytes: f.Size,
				Records: f.Records.Load(), Seconds: round(took.Seconds())}
			line.File.Left = left(took, line.File.Bytes, f.Size)
		}
	}
	_ = p.enc.Encode(line)
}

// between is how long something took, 0 where a clock that was set back says that it ended before it began.
func between(from, to time.Time) time.Duration { return max(to.Sub(from), 0) }

// left is how many seconds the rest takes if it goes on like this.
func left(elapsed time.Duration, done, of int64) float64 {
	if done <= 0 || done >= of {
		return 0
	}
	return round(elapsed.Seconds() * float64(of-done) / float64(done))
}

// counted writes what became of the records of each file, and of all.
func (p *jsonProgress) counted(cs *timeline.Case) {
	p.mu.Lock()
	defer p.mu.Unlock()
	bytes := int64(0)
	for _, f := range cs.Files {
		if f.Container {
			continue
		}
		bytes += f.Size
		_ = p.enc.Encode(countsOf("file", f.Size, f.Stats, p.seconds[f], func(l *countsLine) {
			l.Path, l.Status, l.Detail = f.Path, string(f.Status), f.Detail
		}))
	}
	_ = p.enc.Encode(countsOf("total", bytes, cs.Records, between(p.start, time.Now()).Seconds(), func(l *countsLine) {
		l.Files = len(cs.Files)
	}))
}

func countsOf(event string, bytes int64, s ledger.FileStats, seconds float64, more func(*countsLine)) countsLine {
	l := countsLine{Event: event, Bytes: bytes, Read: s.Read, Kept: s.Kept, Filtered: s.Filtered,
		Duplicate: s.Duplicate, Damaged: s.Damaged, Carved: s.Carved, Seconds: round(seconds)}
	more(&l)
	return l
}
