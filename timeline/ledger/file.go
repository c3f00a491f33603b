package ledger

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"

	"hunt/evtx"
	"hunt/timeline/evidence"
)

// File is what a scan learnt of one file of evidence. Size, Status and Detail are as the search
// found them until the scan knows better.
type File struct {
	*evidence.File
	Index  int32 // position in Case.Files; evtx.Ref.File
	Size   int64 // in bytes: of what was read, after reading
	SHA256 [sha256.Size]byte
	Hashed bool // SHA256 is valid: of the bytes that were read
	Header evtx.FileHeader
	Status evidence.Status
	Detail string // why Status is not evidence.Read
	Stats  FileStats

	Headed bool          // it begins with a file header
	Damage []evtx.Damage // of the file as a whole
	Before string        // how it had changed when the scan was done; "" is not at all
	Stock  *evtx.Stock   // what its carved records borrow; nil if none did, or if carved records were not wanted
}

// NewFile returns the File of an evidence file that a scan has not read yet.
func NewFile(f *evidence.File, index int32) *File {
	return &File{File: f, Index: index, Size: f.Size, Status: f.Status, Detail: f.Detail}
}

func NewFiles(c *evidence.Collection) []*File {
	files := make([]*File, len(c.Files))
	for i, f := range c.Files {
		files[i] = NewFile(f, int32(i))
	}
	return files
}

func (f *File) Finish(sum hash.Hash, total int64) {
	sum.Sum(f.SHA256[:0])
	f.Hashed = true
	f.Size = total
}

// NoteChange records as damage that the file changed while it was read.
func (f *File) NoteChange() {
	f.Before = f.Change()
	if change := f.Before; change != "" && f.Hashed {
		f.Damage = append(f.Damage,
			evtx.Damage{Ref: evtx.Ref{File: f.Index, Chunk: -1}, Kind: evtx.DamageRead,
				Detail: change + "; the hash is of the bytes that were read"})
	}
}

// TellDamage makes the status of a file that was read say that records may be missing.
func (f *File) TellDamage() {
	if f.Status != evidence.Read && f.Status != evidence.Damaged || f.Stats.Damaged == 0 {
		return
	}
	f.Status = evidence.Damaged
	f.Detail = fmt.Sprintf("%d places where records may be missing", f.Stats.Damaged)
	if f.Stats.Damaged == 1 {
		f.Detail = "1 place where records may be missing"
	}
}

// FirstDamage describes the first damage of the file that loses records. all must be sorted by
// file.
func (f *File) FirstDamage(all []evtx.Damage) string {
	i, _ := slices.BinarySearchFunc(all, f.Index, func(d evtx.Damage, file int32) int {
		return cmp.Compare(d.Ref.File, file)
	})
	for ; i < len(all) && all[i].Ref.File == f.Index; i++ {
		if all[i].Kind.LosesRecords() {
			return all[i].Detail
		}
	}
	return "no reason known"
}
