package binxml

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"hunt/evtx/binxml/canon"
)

// eventDefinition is a canonical definition of an event of that channel: System with eleven
// elements that a value fills and a literal one, and EventData with one Data.
func eventDefinition(channel, data string) []byte {
	name := func(b []byte, s string) []byte {
		text := utf16le(s)
		return append(binary.LittleEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	slot := 0
	value := func(b []byte) []byte {
		slot++
		return append(b, canon.Subst, byte(slot), 0, byte(TypeString), 0)
	}
	literal := func(b []byte, s string) []byte {
		text := utf16le(s)
		return append(binary.LittleEndian.AppendUint32(append(b, canon.Text), uint32(len(text))), text...)
	}
	open := func(b []byte, s string) []byte { return name(append(b, canon.Element), s) }
	key := append([]byte{'D', 1, 0, 0, 0}, make([]byte, 12)...)
	key = append(open(key, "Event"), canon.Content)
	key = append(open(key, "System"), canon.Content)
	for _, s := range []string{"EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID"} {
		key = append(value(append(open(key, s), canon.Content)), canon.End)
	}
	for _, s := range []string{"TimeCreated/SystemTime", "Correlation/ActivityID", "Execution/ProcessID",
		"Security/UserID"} {
		el, attr, _ := strings.Cut(s, "/")
		key = name(append(open(key, el), canon.Attribute), attr)
		key = append(value(key), canon.Content, canon.End)
	}
	key = append(literal(append(open(key, "Channel"), canon.Content), channel), canon.End, canon.End)
	key = append(open(key, "EventData"), canon.Content)
	key = append(literal(name(append(open(key, "Data"), canon.Attribute), "Name"), data), canon.Content)
	return append(value(key), canon.End, canon.End, canon.End)
}

// TestDefinitionsShareWhatTheyAgreeIn holds the compiled definitions of many channels, as a report
// holds those of the events around findings, and counts the bytes of each.
func TestDefinitionsShareWhatTheyAgreeIn(t *testing.T) {
	const n, most = 20_000, 2600
	held := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	c := NewCacheOf(1)
	programs := make([]*program, n)
	before := held()
	for i := range programs {
		programs[i] = c.elements.share(eventDefinition(fmt.Sprintf("Vendor-%d/Operational", i), "Text"))
	}
	each := (held() - before) / n
	t.Logf("%d bytes each", each)
	if each > most {
		t.Errorf("a definition takes %d bytes, not %d at most", each, most)
	}
	runtime.KeepAlive(programs)
	runtime.KeepAlive(c)
}

// TestSharedElementsSayTheSame compares definitions that were compiled after others with those
// compiled alone: an element is shared with one that its siblings give another key, too, if the key
// is not looked at.
func TestSharedElementsSayTheSame(t *testing.T) {
	open := func(b []byte, s string) []byte {
		text := utf16le(s)
		return append(append(binary.LittleEndian.AppendUint16(append(b, canon.Element), uint16(len(text))),
			text...), canon.Content)
	}
	leaf := func(b []byte, s string) []byte {
		return append(open(b, s), canon.Subst, 0, 0, byte(TypeString), 0, canon.End)
	}
	once := append(leaf(open([]byte{'L'}, "Event"), "Data"), canon.End)
	twice := append(leaf(leaf(open([]byte{'L'}, "Event"), "Data"), "Data"), canon.End)
	var c Cache
	for range 2 {
		a, b := c.elements.share(once), c.elements.share(twice)
		first, second := b.nodes[0].elem.nodes[0].elem, b.nodes[0].elem.nodes[1].elem
		if first != a.nodes[0].elem.nodes[0].elem {
			t.Error("elements that say the same are not shared")
		}
		if first.key != `"Data":` || second.key != `"Data_1":` {
			t.Errorf("keys are %s and %s", first.key, second.key)
		}
		if len(b.holes) != 1 || b.holes[0].times != 2 || !b.repeats || len(a.holes) != 1 ||
			a.holes[0].times != 1 || a.repeats {
			t.Errorf("holes are %+v and %+v", a.holes, b.holes)
		}
	}
	for i := range 3 * maxShared {
		c.elements.share(definitionOf(uint32(i)))
	}
	if n := len(c.elements.byContent); n > maxShared || c.elements.bytes > maxSharedBytes {
		t.Errorf("%d elements are known, of %d bytes", n, c.elements.bytes)
	}
}
