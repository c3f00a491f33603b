package binxml

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
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
		return append(b, canonSubst, byte(slot), 0, byte(TypeString), 0)
	}
	literal := func(b []byte, s string) []byte {
		text := utf16le(s)
		return append(binary.LittleEndian.AppendUint32(append(b, canonText), uint32(len(text))), text...)
	}
	open := func(b []byte, s string) []byte { return name(append(b, canonElement), s) }
	key := append([]byte{'D', 1, 0, 0, 0}, make([]byte, 12)...)
	key = append(open(key, "Event"), canonContent)
	key = append(open(key, "System"), canonContent)
	for _, s := range []string{"EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID"} {
		key = append(value(append(open(key, s), canonContent)), canonEnd)
	}
	for _, s := range []string{"TimeCreated/SystemTime", "Correlation/ActivityID", "Execution/ProcessID",
		"Security/UserID"} {
		el, attr, _ := strings.Cut(s, "/")
		key = name(append(open(key, el), canonAttribute), attr)
		key = append(value(key), canonContent, canonEnd)
	}
	key = append(literal(append(open(key, "Channel"), canonContent), channel), canonEnd, canonEnd)
	key = append(open(key, "EventData"), canonContent)
	key = append(literal(name(append(open(key, "Data"), canonAttribute), "Name"), data), canonContent)
	return append(value(key), canonEnd, canonEnd, canonEnd)
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
		return append(append(binary.LittleEndian.AppendUint16(append(b, canonElement), uint16(len(text))),
			text...), canonContent)
	}
	leaf := func(b []byte, s string) []byte {
		return append(open(b, s), canonSubst, 0, 0, byte(TypeString), 0, canonEnd)
	}
	once := append(leaf(open([]byte{'L'}, "Event"), "Data"), canonEnd)
	twice := append(leaf(leaf(open([]byte{'L'}, "Event"), "Data"), "Data"), canonEnd)
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
