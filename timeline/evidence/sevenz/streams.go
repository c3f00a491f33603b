package sevenz

// packedStreams is what a header says about packed bytes: folders, each packed separately, and the files in them.
type packedStreams struct {
	folders []Folder
	divided bool // it says how many files each folder holds
	sums    bool // each folder has a checksum
}

// header walks a header after its id and returns its folders.
func (w *walk) header() ([]Folder, error) {
	var s packedStreams
	files := 0
	id := w.byte()
	switch id {
	case idProperties, idAdditional:
		w.refuse("its directory contains properties or streams of its own, which hunt does not support")
	case idMainStreams:
		s = w.streams()
		id = w.byte()
	}
	if id == idFiles {
		files = w.files()
		id = w.byte()
	}
	switch {
	case w.err != nil:
	case id != idEnd:
		w.fail("its directory has %#x where its end belongs", id)
	case len(w.rest) > 0:
		w.fail("its directory continues past its end")
	case int64(files)*int64(len(s.folders)) > maxLookups:
		w.refuse("%d files in %d folders packed on their own take hunt too long to go through", files, len(s.folders))
	}
	return s.folders, w.err
}

// streams walks a description of packed bytes.
func (w *walk) streams() (s packedStreams) {
	id := w.byte()
	packed := 0
	if id == idPackInfo {
		packed = w.packInfo()
		id = w.byte()
	}
	if id == idUnpackInfo {
		w.unpackInfo(&s)
		id = w.byte()
	}
	needed := 0
	for i := range s.folders {
		needed += s.folders[i].packed
		s.folders[i].check(w)
	}
	if needed > packed {
		w.fail("%d streams of packed bytes for folders that need %d", packed, needed)
	}
	w.keys(s.folders)
	if id == idSubStreams {
		w.subStreams(&s)
		id = w.byte()
	}
	if id != idEnd {
		w.fail("its directory has %#x where the end of its streams belongs", id)
	}
	return s
}

// packInfo walks the places of the packed streams, and returns how many there are.
func (w *walk) packInfo() int {
	end := w.size()
	n := w.count("packed streams", maxItems)
	w.expect(idSize)
	for range n {
		if end += w.size(); end > w.packed {
			w.fail("its directory has packed bytes up to byte %d, and there are %d", end, w.packed)
			return 0
		}
	}
	id := w.byte()
	if id == idCRC {
		w.sums(n)
		id = w.byte()
	}
	if id != idEnd {
		w.fail("its directory has %#x where the end of its packed streams belongs", id)
	}
	return n
}

// unpackInfo walks the folders.
func (w *walk) unpackInfo(s *packedStreams) {
	w.expect(idFolders)
	n := w.count("folders packed on their own", maxFolders)
	w.within()
	for range n {
		s.folders = append(s.folders, w.folder())
		if w.err != nil {
			return
		}
	}
	w.expect(idUnpackSize)
	for i := range s.folders {
		for j := range s.folders[i].coders {
			s.folders[i].coders[j].size = w.size()
		}
	}
	id := w.byte()
	if id == idCRC {
		defined := w.defined(n)
		s.sums = defined == n
		w.take(4 * uint64(defined))
		id = w.byte()
	}
	if id != idEnd {
		w.fail("its directory has %#x where the end of its folders belongs", id)
	}
}

// subStreams walks the sizes and checksums of the files in the folders.
func (w *walk) subStreams(s *packedStreams) {
	s.divided = true
	files := make([]uint64, len(s.folders))
	total := uint64(len(files))
	id := w.byte()
	for i := range files {
		files[i] = 1
	}
	if id == idUnpackStreams {
		total = 0
		for i := range files {
			files[i] = w.number()
			// The last file of a folder has what the others leave, and its size is not stored.
			if total += files[i]; files[i] > maxItems || total > maxItems || total > uint64(len(w.rest)+len(files)) {
				w.fail("%d files and more packed in what %d bytes of its directory describe", total, len(w.rest))
				return
			}
		}
		id = w.byte()
	}
	if id == idSize {
		for i, n := range files {
			sum := uint64(0)
			for j := uint64(1); j < n; j++ {
				if sum += w.size(); sum > s.folders[i].size() {
					w.fail("files with more bytes than the folder that holds them")
					return
				}
			}
		}
		id = w.byte()
	}
	if id == idCRC {
		// The library reads a checksum for each file, 7-Zip only for those whose folder has none. 7-Zip never
		// mixes the two.
		w.sums(int(total))
		id = w.byte()
	}
	if id != idEnd {
		w.fail("its directory has %#x where the end of its files' sizes belongs", id)
	}
}

// files walks names, times and attributes, and returns how many files there are. A file with a name takes at least
// two bytes; only what came from a pipe has none.
func (w *walk) files() int {
	n := w.count("files", maxItems)
	seen := [idDummy]bool{}
	empty := 0
	for w.err == nil {
		id := w.byte()
		if id == idEnd {
			return n
		}
		length := w.size()
		before := uint64(len(w.rest))
		if id < idDummy {
			if seen[id] {
				w.fail("its directory has the property %#x of files twice", id)
			}
			seen[id] = true
		}
		switch id {
		case idEmptyStream:
			empty = w.set(n)
		case idEmptyFile:
			w.set(empty)
		case idCreated, idAccessed, idModified:
			defined := w.defined(n)
			w.within()
			w.take(8 * uint64(defined))
		case idAttributes:
			defined := w.defined(n)
			w.within()
			w.take(4 * uint64(defined))
		case idName:
			w.within()
			if length < 1+2*uint64(n) {
				w.fail("%d files, and names in %d bytes", n, length)
			}
			w.take(length - 1)
		case idDummy:
			w.take(length)
		case idAnti, idComment, idStartPos:
			w.refuse("it contains files to be deleted, comments or positions of files, which hunt does not support")
		default:
			w.fail("its directory has the unknown property %#x of files", id)
		}
		if w.err == nil && before-uint64(len(w.rest)) != length {
			w.fail("the property %#x of files takes %d bytes of %d", id, before-uint64(len(w.rest)), length)
		}
	}
	return 0
}
