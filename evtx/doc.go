// Package evtx reads Windows event log files (EVTX): files, 64 KiB chunks, records, and what is
// damaged or left over between them. It trusts no header, loses no live record and invents none.
//
// # Reading a file
//
// [Open] opens a file by name, [NewFile] takes any [io.ReaderAt]. [File.Records] decodes the whole
// file in order with a [Decoder] and yields each [Record]. Whatever is wrong with the file comes as
// [Damage] along the way: it is data, not an error, and the reading goes on.
//
// A program that spreads the work over goroutines cuts the file into slots with a [SlotReader] (or [File.Slots])
// and gives each goroutine a Decoder of its own, all with one [Cache]. A slot is 64 KiB of the file, whether a
// chunk is in it or not; [Decoder.Records] decodes one. What it yields does not depend on which slots the decoder
// has seen before.
//
// # Records
//
// A Record refers to the bytes of its chunk and is valid until the next one is asked for;
// [Record.Clone] keeps it. Its System element is read with methods such as [Record.Provider],
// [Record.EventID] and [Record.Channel], its payload (EventData or UserData) field by field with
// [Record.Fields] and [Record.Data], or as a whole with [Record.AppendJSON] and [Record.AppendXML].
// Nothing is decoded before it is asked for.
//
// Two records with the same [Record.Template] have the same fields at the same positions, so that a
// lookup by name ([Record.DataIndex]) can be done once for each template.
//
// [Record.Ref] says where the record's bytes are: file, slot, offset, and its two numbers. It goes with
// an event to the report, and [File.RecordAt] reads the record again from it.
//
// [Record.Time] is the time of the event: TimeCreated or, if that is implausible, the time in the record's header.
//
// # Damage
//
// [Damage] has a kind, a place, a size and words. [DamageKind.LosesRecords] says which kinds mean that
// records may be missing. A record is yielded only if all of it can be decoded. With [Decoder.Partial],
// one whose System is sound but whose payload is not is yielded as well, and marked.
//
// # Carving
//
// With [Decoder.Carve], the decoder searches the space after the live records of a chunk for older ones, which
// their Ref marks as carved. A carved record whose template definition was overwritten can borrow one of the same
// id from a [Stock] ([Record.Borrowed]). [Decoder.CarveRaw] searches evidence that is not a log at all, such as
// unallocated space.
//
// The format as hunt reads it, with the reasons, is described in docs/evtx-format.md. Package
// [hunt/evtx/binxml] decodes the XML inside a record.
//
// Sources: MS-EVEN6 (BinXML); libevtx, "Windows XML Event Log (EVTX) format".
package evtx
