package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"aead.dev/minisign"
	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// member is a file of an archive.
type member struct {
	name string
	mode fs.FileMode
	data []byte
}

// packages writes the archive of a program, and for Linux the Debian package. It returns the names of both.
func packages(src source, p program, shared texts, l *licences, out string) ([]string, error) {
	all := maps.Clone(shared)
	if err := l.add(all, p); err != nil {
		return nil, err
	}
	binary, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	base := fmt.Sprintf("hunt-%s-%s", src.version, p.target)
	members := []member{{path.Join(base, p.name()), 0o755, binary}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		members = append(members, member{path.Join(base, name), 0o644, all[name]})
	}
	write, archive := writeTar, base+".tar.gz"
	if p.os == "windows" {
		write, archive = writeZip, base+".zip"
	}
	if err := writeFile(filepath.Join(out, archive), func(w io.Writer) error {
		return write(w, src, members)
	}); err != nil {
		return nil, err
	}
	if p.os != "linux" {
		return []string{archive}, nil
	}
	name := fmt.Sprintf("hunt_%s_%s.deb", src.version, p.arch)
	return []string{archive, name}, writeDeb(filepath.Join(out, name), src, p, all)
}

func writeTar(w io.Writer, src source, members []member) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: int64(m.mode), Size: int64(len(m.data)), ModTime: src.time,
			Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(m.data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func writeZip(w io.Writer, src source, members []member) error {
	z := zip.NewWriter(w)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: src.time}
		h.SetMode(m.mode)
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(m.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// writeDeb writes the Debian package of a program.
func writeDeb(file string, src source, p program, all texts) error {
	stage, err := os.MkdirTemp("", "hunt-deb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	info := &nfpm.Info{
		Name: "hunt", Arch: p.arch, Platform: "linux", Version: src.version, Section: "utils", Priority: "optional",
		Maintainer: "The hunt maintainers <hunt@localhost.localdomain>", MTime: src.time, DisableGlobbing: true,
		Description: "offline forensic analyzer of Windows event logs\n" +
			"hunt reads collected EVTX files, orders the events of each host, runs\ndetection rules over them and " +
			"writes incident reports that lead back to\nthe bytes of the evidence.",
	}
	add := func(to string, mode fs.FileMode, data []byte) error {
		from := filepath.Join(stage, fmt.Sprint(len(info.Contents)))
		info.Contents = append(info.Contents,
			&files.Content{Source: from, Destination: to,
				FileInfo: &files.ContentFileInfo{Mode: mode, MTime: src.time}})
		return os.WriteFile(from, data, 0o600)
	}
	binary, err := os.ReadFile(p.file)
	if err != nil {
		return err
	}
	type content struct {
		to   string
		mode fs.FileMode
		data []byte
	}
	contents := []content{
		{"/usr/bin/hunt", 0o755, binary},
		{"/usr/share/man/man1/hunt.1.gz", 0o644, gzipped(all["hunt.1"])},
		{"/usr/share/bash-completion/completions/hunt", 0o644, all["completions/hunt.bash"]},
		{"/usr/share/zsh/vendor-completions/_hunt", 0o644, all["completions/_hunt"]},
		{"/usr/share/fish/vendor_completions.d/hunt.fish", 0o644, all["completions/hunt.fish"]},
		{"/usr/share/doc/hunt/README.md", 0o644, all["README.md"]},
		{"/usr/share/doc/hunt/NEWS.gz", 0o644, gzipped(all["CHANGELOG.md"])},
		{"/usr/share/doc/hunt/copyright", 0o644, []byte(debianCopyright)},
		{"/usr/share/lintian/overrides/hunt", 0o644,
			[]byte("hunt: statically-linked-binary [usr/bin/hunt]\nhunt: no-changelog *\n")},
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, "licenses/") {
			contents = append(contents, content{"/usr/share/doc/hunt/" + name, 0o644, all[name]})
		}
	}
	for _, c := range contents {
		if err := add(c.to, c.mode, c.data); err != nil {
			return err
		}
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, "deb"); err != nil {
		return err
	}
	return writeFile(file, func(w io.Writer) error { return deb.Default.Package(info, w) })
}

// debianCopyright says under which terms the package stands.
const debianCopyright = `hunt is free software under the GNU General Public License, version 3. On Debian
systems its text is in /usr/share/common-licenses/GPL-3.

The program is linked with the modules listed below /usr/share/doc/hunt/licenses,
each under the terms that its file there states.
`

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid, and a buffer takes everything
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func writeFile(file string, write func(io.Writer) error) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// writeSums writes SHA256SUMS and, where there is a key, its signature.
func writeSums(o options, src source, names []string) ([]string, error) {
	var b bytes.Buffer
	for _, name := range slices.Sorted(slices.Values(names)) {
		data, err := os.ReadFile(filepath.Join(o.out, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	if err := os.WriteFile(filepath.Join(o.out, "SHA256SUMS"), b.Bytes(), 0o644); err != nil {
		return nil, err
	}
	if o.key == "" {
		return []string{"SHA256SUMS"}, nil
	}
	key, err := minisign.PrivateKeyFromFile(os.Getenv("MINISIGN_PASSWORD"), o.key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; set MINISIGN_PASSWORD to the key's password", o.key, err)
	}
	signature := minisign.SignWithComments(key, b.Bytes(), fmt.Sprintf("hunt %s, commit %s", src.version, src.commit),
		"checksums of a release of hunt")
	return []string{"SHA256SUMS", "SHA256SUMS.minisig"},
		os.WriteFile(filepath.Join(o.out, "SHA256SUMS.minisig"), signature, 0o644)
}
