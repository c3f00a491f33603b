package scriptblock

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Part is one event 4104.
type Part struct {
	Host   string
	Block  string // ScriptBlockId; "" if the record has none
	Number int64  // counted from 1, as the record says
	Total  int64  // parts of the block, as the record says
	Text   string
	Path   string // of the script file, "" of what was typed or made at run time
	User   string // SID of who ran it
	At     evtx.Filetime
	Ref    evtx.Ref
	Let    []byte // what a Reader needs to read the event again; nil if nobody wants to
}

// PartOf reads an event; ok is false if it is not a script block.
func PartOf(e *timeline.Event) (p Part, ok bool) {
	if e.Class.Role != ecs.RoleScriptBlock {
		return p, false
	}
	p = Part{Host: e.Host.ID, Block: e.Said("ScriptBlockId"), Number: number(e, "MessageNumber"),
		Total: number(e, "MessageTotal"), Path: e.Said("Path"),
		At: e.At, Ref: e.Ref, User: e.Record.UserID()}
	if f, known := e.Record.Data("ScriptBlockText"); known && !e.Doubts("ScriptBlockText") {
		p.Text = f.Text() // unchanged, with leading and trailing blanks
	}
	return p, true
}

// number reads the number of a part; anything that is not a number counts as 1, as for a block that fits in one record.
func number(e *timeline.Event, name string) int64 {
	n, err := strconv.ParseInt(e.Said(name), 10, 64)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// Block is a script block with the parts that were logged.
type Block struct {
	Host        string
	ID          string
	Path, User  string
	Total       int64    // parts that it has, as its records say
	Parts       int      // records of parts
	Ref         evtx.Ref // of the first of them
	First, Last evtx.Filetime
	Missing     []Span   // parts that are not logged, in order: maxSpans at most
	MissingMore int      // gaps beyond these
	Again       int      // records that repeat a part with the same text
	Conflicts   int      // records that repeat a part with another text: these are in Text, too
	Cut         int64    // bytes of text beyond MaxText, which are not in Text
	Placed      []Placed // records of parts that can be read again, maxPlaced at most
	PlacedMore  int      // those that are not listed

	text strings.Builder
}

// Placed is a record of a part: which, and where it is.
type Placed struct {
	Number int64
	Ref    evtx.Ref
	Let    []byte // as in Part
}

// maxPlaced bounds the records of a block that can be read again.
const maxPlaced = 10_000

func (b *Block) place(p Placed) {
	if len(b.Placed) == maxPlaced {
		b.PlacedMore++
		return
	}
	b.Placed = append(b.Placed, p)
}

// Span is a run of parts, from the first to the last.
type Span struct{ From, To int64 }

// String names the parts.
func (s Span) String() string {
	if s.From == s.To {
		return strconv.FormatInt(s.From, 10)
	}
	return fmt.Sprintf("%d to %d", s.From, s.To)
}

// Whole reports whether all parts are there, each once.
func (b *Block) Whole() bool {
	return len(b.Missing) == 0 && b.MissingMore == 0 && b.Conflicts == 0 && b.Cut == 0
}

// Text returns the script: its parts in order, with a line in place of each gap.
func (b *Block) Text() string { return b.text.String() }

const (
	// MaxText is how many bytes of a block are joined: scripts that people write have a thousandth of it.
	MaxText = 16 << 20
	// maxSpans bounds the gaps that are listed: a log can claim any number of parts.
	maxSpans = 64
)

// Joiner joins the parts of script blocks. It belongs to one goroutine. Close it when done.
type Joiner struct{ parts *spill.Tally[times] }

// times is how often a row was added: a record that comes twice is the same row.
type times struct{ n uint64 }

var timesSum = spill.Sum[times]{Size: 8,
	Put: func(b []byte, t *times) { binary.LittleEndian.PutUint64(b, t.n) },
	Get: func(b []byte, t *times) { t.n = binary.LittleEndian.Uint64(b) },
	Add: func(into *times, t times) { into.n += t.n },
}

// NewJoiner makes an empty joiner that holds about memory bytes, and the rest in dir ("" is the system's directory for
// temporary files).
func NewJoiner(memory int64, dir string) *Joiner {
	return &Joiner{spill.NewTally(timesSum, memory, dir)}
}

// Close frees the memory and the temporary file.
func (j *Joiner) Close() error { return j.parts.Close() }

// Add adds a part. A part without a block id is a block of its own.
func (j *Joiner) Add(p Part) error {
	var k key
	k.text(p.Host)
	k.text(p.Block)
	if p.Block == "" {
		k.number(uint64(p.Ref.File))
		k.number(uint64(p.Ref.Offset))
	} else {
		k.number(0)
		k.number(0)
	}
	for _, n := range []uint64{uint64(p.Number), uint64(p.At), p.Ref.EventRecordID, uint64(p.Ref.File),
		uint64(p.Ref.Chunk), uint64(p.Ref.Offset),
		p.Ref.HeaderRecordID, carved(p.Ref), uint64(p.Total)} {
		k.number(n)
	}
	k.text(p.Path)
	k.text(p.User)
	k.text(string(p.Let))
	return j.parts.Add(string(append(k, p.Text...)), times{1})
}

func carved(r evtx.Ref) uint64 {
	if r.Carved {
		return 1
	}
	return 0
}

// Blocks yields the blocks, by host and id. A block belongs to the caller. Call it after all parts were added; it may
// be called again.
func (j *Joiner) Blocks() iter.Seq2[*Block, error] {
	return func(yield func(*Block, error) bool) {
		var b *builder
		place := ""
		for e, err := range j.parts.All() {
			if err != nil {
				yield(nil, err)
				return
			}
			k := key(e.Key)
			host, id := k.next(), k.next()
			k.nextNumber()
			k.nextNumber()
			if here := e.Key[:len(e.Key)-len(k)]; b == nil || here != place {
				if b != nil && !yield(b.end(), nil) {
					return
				}
				b, place = &builder{block: &Block{Host: host, ID: id}, next: 1}, here
			}
			b.take(&k)
		}
		if b != nil {
			yield(b.end(), nil)
		}
	}
}

// builder puts one block together.
type builder struct {
	block *Block
	next  int64  // number of the expected part
	last  string // text of the part before it
}

// take adds a part; parts come by number, and those with the same number by time.
func (b *builder) take(k *key) {
	x := b.block
	n := int64(k.nextNumber())
	at := evtx.Filetime(k.nextNumber())
	var ref evtx.Ref
	ref.EventRecordID, ref.File, ref.Chunk, ref.Offset = k.nextNumber(), int32(k.nextNumber()), int32(k.nextNumber()),
		int64(k.nextNumber())
	ref.HeaderRecordID, ref.Carved = k.nextNumber(), k.nextNumber() == 1
	x.Total = max(x.Total, int64(k.nextNumber()))
	path, user := k.next(), k.next()
	if let := k.next(); let != "" {
		x.place(Placed{n, ref, []byte(let)})
	}
	if x.Path == "" {
		x.Path = path
	}
	if x.User == "" {
		x.User = user
	}
	if x.First == 0 || at < x.First {
		x.First = at
	}
	x.Last = max(x.Last, at)
	text := string(*k)
	switch again := n < b.next && x.Parts > 0; {
	case again && text == b.last:
		x.Again++
		return
	case again:
		x.Conflicts++
		b.write(fmt.Sprintf("\n[part %d is logged once more, with another text]\n", n))
	default:
		b.gap(n - 1)
	}
	b.write(text)
	b.last, b.next = text, n+1
	if x.Parts++; x.Parts == 1 {
		x.Ref = ref
	}
}

// gap notes the missing parts up to a number.
func (b *builder) gap(to int64) {
	if to < b.next {
		return
	}
	s := Span{b.next, to}
	b.write(fmt.Sprintf("\n[part %s of %d is not in the logs]\n", s, max(b.block.Total, to)))
	if len(b.block.Missing) == maxSpans {
		b.block.MissingMore++
		return
	}
	b.block.Missing = append(b.block.Missing, s)
}

func (b *builder) write(text string) {
	x := b.block
	if room := MaxText - x.text.Len(); len(text) > room {
		x.Cut += int64(len(text) - room)
		text = text[:room]
	}
	x.text.WriteString(text)
}

func (b *builder) end() *Block {
	b.gap(b.block.Total)
	return b.block
}

// key is a row that sorts by its parts: texts end with a zero byte, zeros and ones in them are written as two bytes,
// and numbers take eight.
type key []byte

func (k *key) text(s string) {
	for i := range len(s) {
		if c := s[i]; c <= 1 {
			*k = append(*k, 1, c+1)
		} else {
			*k = append(*k, c)
		}
	}
	*k = append(*k, 0)
}

func (k *key) number(n uint64) { *k = binary.BigEndian.AppendUint64(*k, n) }

func (k *key) next() string {
	var out []byte
	for i := 0; ; i++ {
		switch c := (*k)[i]; c {
		case 0:
			*k = (*k)[i+1:]
			return string(out)
		case 1:
			i++
			out = append(out, (*k)[i]-1)
		default:
			out = append(out, c)
		}
	}
}

func (k *key) nextNumber() uint64 {
	n := binary.BigEndian.Uint64(*k)
	*k = (*k)[8:]
	return n
}
