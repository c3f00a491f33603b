package script

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/encoded"
	"hunt/timeline/scriptblock"
	"hunt/timeline/spill"
)

// The kinds of texts.
const (
	kindBlock   = "script block"
	kindCommand = "command line of PowerShell"
)

var boundText = limit.Bound{ID: "scripts-text", Loses: true,
	Text: "hunt scripts writes the first 16 MiB of a PowerShell script block"}

var boundDecoded = limit.Bound{ID: "scripts-decoded",
	Text: "hunt scripts decodes 64 parts, 8 MiB and 6 levels of one script; it looks at its first 8 MiB " +
		"and at the first 64 places of a text that may be encoded, unpacks 256 KiB at each, and simplifies texts " +
		"of up to 256 KiB"}

// Options of a Collector.
type Options struct {
	Memory  int64  // bytes that the texts may take; the rest is spilled
	TempDir string // "" is the system's
	Limits  *limit.Tally
	Names   map[string]string // of accounts, by SID
}

// Collector gathers scripts from the events of a case. It is for one goroutine. Close it when done.
type Collector struct {
	o        Options
	blocks   *scriptblock.Joiner
	commands *spill.Tally[seen]
}

// seen is how often a text was logged, when, and where the first record is.
type seen struct {
	count       uint64
	first, last evtx.Filetime
	ref         evtx.Ref
}

var seenSum = spill.Sum[seen]{
	Size: 57,
	Put: func(b []byte, s *seen) {
		for i, n := range []uint64{s.count, uint64(s.first), uint64(s.last), uint64(s.ref.Offset), s.ref.HeaderRecordID,
			s.ref.EventRecordID,
			uint64(uint32(s.ref.File))<<32 | uint64(uint32(s.ref.Chunk))} {
			binary.LittleEndian.PutUint64(b[8*i:], n)
		}
		b[56] = 0
		if s.ref.Carved {
			b[56] = 1
		}
	},
	Get: func(b []byte, s *seen) {
		n := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
		*s = seen{count: n(0), first: evtx.Filetime(n(1)), last: evtx.Filetime(n(2)),
			ref: evtx.Ref{Offset: int64(n(3)), HeaderRecordID: n(4), EventRecordID: n(5),
				File: int32(n(6) >> 32), Chunk: int32(uint32(n(6))), Carved: b[56] == 1}}
	},
	Add: func(into *seen, s seen) {
		if s.first < into.first || s.first == into.first && s.ref.Compare(into.ref) < 0 {
			into.first, into.ref = s.first, s.ref
		}
		into.count += s.count
		into.last = max(into.last, s.last)
	},
}

// NewCollector returns an empty collector.
func NewCollector(o Options) *Collector {
	return &Collector{o: o, blocks: scriptblock.NewJoiner(o.Memory/2, o.TempDir),
		commands: spill.NewTally(seenSum, o.Memory/4, o.TempDir)}
}

// Close frees the memory and the temporary files.
func (c *Collector) Close() error { return errors.Join(c.blocks.Close(), c.commands.Close()) }

// Choose chooses the events that a Collector wants.
func Choose(e *ecs.Event) timeline.Choice {
	if e.Class.Role == ecs.RoleScriptBlock || encodedCommand(e) != "" {
		return timeline.Take
	}
	return timeline.Drop
}

// encodedCommand is the command line of PowerShell that an event of its names, if it carries something encoded.
func encodedCommand(e *ecs.Event) string {
	if e.Class.Source != ecs.SourcePowerShell && e.Class.Source != ecs.SourceWindowsPowerShell {
		return ""
	}
	line := value(e, ecs.ProcessCommandLine)
	runs, _ := encoded.Runs(line)
	for _, run := range runs {
		if _, ok := run.Decode(); ok {
			return line
		}
	}
	return ""
}

func value(e *ecs.Event, f ecs.Field) string {
	var buf [4]scalar.Value
	vs := e.Values(f, buf[:0])
	if len(vs) == 0 || vs[0].Kind != scalar.KindString {
		return ""
	}
	return vs[0].Str
}

// Add takes an event.
func (c *Collector) Add(e *timeline.Event) error {
	if p, ok := scriptblock.PartOf(e); ok {
		p.User = cmp.Or(c.o.Names[p.User], p.User)
		return c.blocks.Add(p)
	}
	line := encodedCommand(e.Event)
	if line == "" {
		return nil
	}
	user := cmp.Or(value(e.Event, ecs.UserName), c.o.Names[e.Record.UserID()], e.Record.UserID())
	if domain := value(e.Event, ecs.UserDomain); domain != "" && value(e.Event, ecs.UserName) != "" {
		user = domain + `\` + user
	}
	return c.commands.Add(row{e.Host.ID, user, line}.text(), seen{1, e.At, e.At, e.Ref})
}

// row is texts that sort one after the other.
type row []string

// rowEscape lets a text hold what separates texts.
var rowEscape = strings.NewReplacer("\x01", "\x01\x02", "\x00", "\x01\x01")
var rowPlain = strings.NewReplacer("\x01\x02", "\x01", "\x01\x01", "\x00")

func (r row) text() string {
	var b strings.Builder
	for i, s := range r {
		if i > 0 {
			b.WriteByte(0)
		}
		_, _ = rowEscape.WriteString(&b, s) // a builder does not fail
	}
	return b.String()
}

func rowOf(text string) row {
	out := strings.Split(text, "\x00")
	for i := range out {
		out[i] = rowPlain.Replace(out[i])
	}
	return out
}

// Summary counts what was written.
type Summary struct {
	Blocks   int // script blocks
	Broken   int // of these, such as lack parts
	Commands int // command lines
	Scripts  int // files, each with another text
	Decoded  int // of these, such as carry something encoded
	Rows     int // of the index
}

// Write writes the directory, which exists and is empty; file names an evidence file by its index.
func (c *Collector) Write(ctx context.Context, dir string, x Index) (sum Summary, err error) {
	for _, name := range []string{scriptsDir, decodedDir} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			return sum, err
		}
	}
	index := spill.NewTally(seenSum, c.o.Memory/4, c.o.TempDir)
	defer func() { err = errors.Join(err, index.Close()) }()
	for b, err := range c.blocks.Blocks() {
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return sum, err
		}
		sum.Blocks++
		if !b.Whole() {
			sum.Broken++
		}
		if b.Cut > 0 {
			c.o.Limits.Bite(boundText, limit.At(b.Ref.File, b.Ref.Offset))
		}
		hash, err := c.put(&sum, dir, b.Text())
		if err != nil {
			return sum, err
		}
		r := row{hash, b.Host, b.User, b.Path, kindBlock, fmt.Sprint(b.Total), missing(b), remarks(b)}
		if err := index.Add(r.text(), seen{1, b.First, b.Last, b.Ref}); err != nil {
			return sum, err
		}
	}
	for e, err := range c.commands.All() {
		if err != nil {
			return sum, err
		}
		r := rowOf(e.Key)
		sum.Commands++
		hash, err := c.put(&sum, dir, r[2])
		if err != nil {
			return sum, err
		}
		if err := index.Add(row{hash, r[0], r[1], "", kindCommand, "", "", ""}.text(), e.Value); err != nil {
			return sum, err
		}
	}
	x.memory, x.tempDir = c.o.Memory/4, c.o.TempDir
	sum.Rows, err = x.write(ctx, dir, index)
	return sum, err
}

// missing names the parts of a block that are not in the logs.
func missing(b *scriptblock.Block) string {
	var out []string
	for _, s := range b.Missing {
		out = append(out, s.String())
	}
	if b.MissingMore > 0 {
		out = append(out, fmt.Sprintf("and %d more gaps", b.MissingMore))
	}
	return strings.Join(out, ", ")
}

// remarks says what else is strange about a block.
func remarks(b *scriptblock.Block) string {
	var out []string
	if b.Conflicts > 0 {
		out = append(out, fmt.Sprintf("parts logged again with another text: %d", b.Conflicts))
	}
	if b.Cut > 0 {
		out = append(out, fmt.Sprintf("%d bytes are not in the file", b.Cut))
	}
	return strings.Join(out, "; ")
}

const scriptsDir, decodedDir = "scripts", "decoded"

// nameLength is how many digits of the hash name a file.
const nameLength = 32

func scriptName(hash string) string  { return scriptsDir + "/" + hash[:nameLength] + ".ps1.txt" }
func decodedName(hash string) string { return decodedDir + "/" + hash[:nameLength] + ".txt" }

// put writes a text and what it carries, unless it is there already, and returns its hash.
func (c *Collector) put(s *Summary, dir, text string) (hash string, err error) {
	digest := sha256.Sum256([]byte(text))
	hash = hex.EncodeToString(digest[:])
	f, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(scriptName(hash))),
		os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return hash, nil
	}
	if err != nil {
		return hash, err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return hash, err
	}
	s.Scripts++
	layers, cut := encoded.Layers(text)
	if cut {
		c.o.Limits.Bite(boundDecoded, limit.In(decodedName(hash)))
	}
	if len(layers) == 0 && !cut {
		return hash, nil
	}
	s.Decoded++
	return hash, os.WriteFile(filepath.Join(dir, filepath.FromSlash(decodedName(hash))), layersText(layers, cut), 0o666)
}

// layersText shows layers below each other. A text can look like a heading, so that each heading tells how long what
// follows is.
func layersText(layers []encoded.Layer, cut bool) []byte {
	var b strings.Builder
	for i, l := range layers {
		fmt.Fprintf(&b, "=== layer %d of %d, depth %d, %d bytes: %s ===\n%s\n\n", i+1, len(layers), l.Depth,
			len(l.Text), l.Kind, l.Text)
	}
	if cut {
		b.WriteString("=== more is encoded there than is decoded here ===\n")
	}
	return []byte(b.String())
}
