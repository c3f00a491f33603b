package timeline

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/ledger"
)

func TestARecordWithoutANumberDoesNotChangeTheFirstOne(t *testing.T) {
	dir := t.TempDir()
	const mark = 0x1122334455667788
	ids := []uint64{5, mark, 9}
	var events []evtxtest.Event
	for i, id := range ids {
		e := security4688("WS1", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50, `C:\a.exe`, explorer)
		e.RecordID, e.HeaderID = id, uint64(5+i)
		events = append(events, e)
	}
	b := evtxtest.File(events...)
	old := binary.LittleEndian.AppendUint64(nil, mark)
	if bytes.Count(b, old) != 1 {
		t.Fatal("the record's number is not where it was expected")
	}
	b = bytes.Replace(b, old, make([]byte, 8), 1)
	evtxtest.FixChunkCRC(evtxtest.Chunk(b, 0))
	write(t, dir, "Security.evtx", b)
	c, _ := scan(t, ScanOptions{}, dir)
	if s := c.Files[0].Stats; s.Read != 3 || s.FirstID != 5 || s.LastID != 9 {
		t.Errorf("%d records, numbers %d to %d; want 3, 5 to 9", s.Read, s.FirstID, s.LastID)
	}
}

// repeating is a 4688 whose definition has a long command line as literal text: a few bytes a record.
func repeating(line string) evtxtest.Body {
	leaf := func(name, text string) evtxtest.Element {
		return evtxtest.Element{Name: name, Children: []evtxtest.Node{evtxtest.Text(text)}}
	}
	datum := func(name, text string) evtxtest.Element {
		e := leaf("Data", text)
		e.Attrs = []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text(name)}}}
		return e
	}
	created := evtxtest.Element{Name: "TimeCreated",
		Attrs: []evtxtest.Attr{{Name: "SystemTime",
			Value: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeFiletime}}}}}
	provider := evtxtest.Element{Name: "Provider",
		Attrs: []evtxtest.Attr{{Name: "Name",
			Value: []evtxtest.Node{evtxtest.Text("Microsoft-Windows-Security-Auditing")}}}}
	top := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event", Children: []evtxtest.Node{
		evtxtest.Element{Name: "System",
			Children: []evtxtest.Node{provider, leaf("EventID", "4688"), created, leaf("EventRecordID", "1"),
				leaf("Channel", "Security"), leaf("Computer", "WS1")}},
		evtxtest.Element{Name: "EventData",
			Children: []evtxtest.Node{datum("NewProcessId", "0x64"), datum("NewProcessName", `C:\a.exe`),
				datum("CommandLine", line)}},
	}}}}
	return evtxtest.Body{evtxtest.Instance{Template: top, Values: []evtxtest.Value{evtxtest.Filetime(noon)}}}
}

func TestRecordsThatRepeatTheirDefinitionDoNotFillTheMemory(t *testing.T) {
	dir := t.TempDir()
	var l evtxtest.Log
	line := strings.Repeat("0123456789", 1000)
	const n = 500
	for i := range n {
		b := repeating(line)
		instance := b[0].(evtxtest.Instance)
		instance.Values = []evtxtest.Value{evtxtest.Filetime(noon.Add(time.Duration(i) * time.Second))}
		l.AddBody(uint64(i+1), noon, evtxtest.Body{instance})
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "Security.evtx", b)
	c, _ := scan(t, ScanOptions{Jobs: 1}, dir)
	kept := 0
	for _, p := range c.Hosts.All[0].Processes() {
		kept += len(p.Executable) + len(p.CommandLine)
	}
	if len(c.Hosts.All[0].Processes()) != n || kept == 0 || kept > 2*maxSlotText || !bit(c, boundTexts) {
		t.Errorf("%d bytes of file, %d processes with %d bytes of text, told: %v; want all %d, two slots' worth "+
			"at most, and that it is told", len(b), len(c.Hosts.All[0].Processes()), kept, c.Limits.Bites(), n)
	}
}

// bit reports whether a case tells of a bound.
func bit(c *Case, b limit.Bound) bool {
	return slices.ContainsFunc(c.Limits.Bites(), func(x limit.Bite) bool {
		return x.ID == b.ID && x.Loses && x.Count > 0
	})
}

func TestACommandLineThatIsCutForItsChildrenIsTold(t *testing.T) {
	for n, want := range map[int]bool{ledger.MaxCommandLine - 20: false, ledger.MaxCommandLine + 3: true} {
		dir := t.TempDir()
		e := security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer)
		e.Data = slices.DeleteFunc(e.Data, func(p evtxtest.Pair) bool { return p.Name == "CommandLine" })
		e.Data = append(e.Data, evtxtest.Str("CommandLine", "a"+strings.Repeat("\u00e9", (n-1)/2)))
		write(t, dir, "Security.evtx", evtxtest.File(e))
		c, _ := scan(t, ScanOptions{Jobs: 1}, dir)
		line := c.Hosts.All[0].Processes()[0].CommandLine
		if bit(c, boundCommandLine) != want || !utf8.ValidString(line) || len(line) > ledger.MaxCommandLine {
			t.Errorf("%d bytes: %d are kept, valid %v, limits %v", n, len(line), utf8.ValidString(line),
				c.Limits.Bites())
		}
	}
}
