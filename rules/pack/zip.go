package pack

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hunt/config"
)

// Bounds of an archive of rules. SigmaHQ's is below 10 MiB.
const (
	maxZip     = 64 << 20
	maxZipRead = 512 << 20 // of what its files say that they hold
)

// listZip lists the rule files in a zip archive; ok is false if the file is not one.
func listZip(name string) (files []ruleFile, ok bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, false, nil // the caller's own read reports why
	}
	head := make([]byte, 4)
	_, err = io.ReadFull(f, head)
	_ = f.Close()
	if err != nil || !bytes.Equal(head, []byte("PK\x03\x04")) {
		return nil, false, nil
	}
	b, err := config.Read(name, maxZip)
	if err != nil {
		return nil, true, err
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written anywhere
		return nil, true, fmt.Errorf("not a sound zip archive: %w", err)
	}
	size := uint64(0)
	for _, x := range z.File {
		if size += min(x.UncompressedSize64, maxZipRead+1); size > maxZipRead {
			return nil, true, fmt.Errorf("the archive holds more than %d MiB: unpack the rules", maxZipRead>>20)
		}
	}
	files, err = listDir(z, func(p string) string { return filepath.Join(name, filepath.FromSlash(p)) })
	for i := range files {
		files[i].below = files[i].path
	}
	return files, true, err
}
