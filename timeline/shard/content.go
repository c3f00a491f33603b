package shard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// contentOf returns a fingerprint of evidence: files with the same bytes and the same collectors' records
// give the same one, wherever they lie and whenever they were copied.
func contentOf(files []*ledger.File) string {
	h := sha256.New()
	for _, f := range files {
		addContent(h, f.File, f.SHA256[:], f.Hashed)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// addContent adds a file with the hash of its bytes.
func addContent(h hash.Hash, f *evidence.File, sum []byte, hashed bool) {
	fmt.Fprintf(h, "%q %q %t %t %x %q\n", f.Path, f.Place, f.Container, hashed, sum, f.Collected)
}

// ContentOf reads a collection and returns its fingerprint, which equals that in the manifest of a shard
// of the same evidence.
func ContentOf(ctx context.Context, col *evidence.Collection) (string, error) {
	h := sha256.New()
	for _, f := range col.Files {
		if f.Status != evidence.Read {
			addContent(h, f, make([]byte, sha256.Size), false)
			continue
		}
		sum := sha256.New()
		r, err := f.Open()
		if err != nil {
			addContent(h, f, make([]byte, sha256.Size), false)
			continue
		}
		_ = copyUntil(ctx, sum, r) // it fails where the scan failed
		_ = r.Close()              // read only
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		addContent(h, f, sum.Sum(nil), true)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
