// Package ziptest takes zip archives apart and puts them together again, for tests that change one of their members.
package ziptest

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// Member is a file in an archive.
type Member struct {
	Name   string
	Bytes  []byte
	Method uint16
}

// Members reads all members of an archive, in their order.
func Members(t testing.TB, archive []byte) (out []Member) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Member{f.Name, b, f.Method})
	}
	return out
}

// Of writes members as an archive.
func Of(t testing.TB, members ...Member) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.Name, Method: m.Method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
