package timeline

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
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
	if s := c.Collection.Files[0].Stats; s.Read != 3 || s.FirstID != 5 || s.LastID != 9 {
		t.Errorf("%d records, numbers %d to %d; want 3, 5 to 9", s.Read, s.FirstID, s.LastID)
	}
}
