package main

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// evidenceDir is where a fleet's logs are, beside truth.json.
const evidenceDir = "evidence"

// A layout is how a collector leaves the logs of a machine behind.
type layout struct {
	name    string
	shadows bool // shadow copies were collected, too
	path    func(m *member, channel string, shadow bool) string
	write   func(out string, m *member, logs []*fleetLog) error
}

// layouts are those of the machines of a fleet, in turn.
var layouts = []layout{
	{"KAPE with shadow copies", true, kapePath, writeKAPE},
	{"KAPE", false, kapePath, writeKAPE},
	{"Velociraptor", false, velociraptorPath, writeVelociraptor},
	{"directory", false, func(m *member, ch string, _ bool) string {
		return m.short + "/" +
			fileName(ch)
	}, writeFiles},
	{"winevt tree", false, func(m *member, ch string, _ bool) string {
		return "logs/" + m.short + "/" +
			logs + "/" + fileName(ch)
	}, writeFiles},
}

// collectedAt is when a machine was collected.
func (m *member) collectedAt() time.Time {
	return fleetTo.Add(time.Duration(m.index%600) * 7 * time.Second)
}

func kapePath(m *member, ch string, shadow bool) string {
	if shadow {
		return m.short + "/VSS1/Windows/System32/winevt/logs/" + fileName(ch)
	}
	return m.short + "/" + logs + "/" + fileName(ch)
}

func velociraptorPath(m *member, ch string, _ bool) string {
	return "Collection-" + m.short + ".zip!/" + velociraptorMember(ch)
}

func velociraptorMember(ch string) string {
	return "uploads/auto/C%3A/Windows/System32/winevt/Logs/" + strings.ReplaceAll(fileName(ch), "%", "%25")
}

func put(out, name string, content []byte) error {
	name = filepath.Join(out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { // #nosec G301 -- published files
		return err
	}
	return os.WriteFile(name, content, 0o644) // #nosec G306 -- published files
}

func writeFiles(out string, _ *member, logs []*fleetLog) error {
	for _, l := range logs {
		for _, f := range l.files {
			if err := put(out, f.path, f.content); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeKAPE(out string, m *member, logs []*fleetLog) error {
	if err := writeFiles(out, m, logs); err != nil {
		return err
	}
	at := m.collectedAt()
	stamp := at.Format("2006-01-02T15_04_05") + "_5246365"
	line := at.Format("2006-01-02 15:04:05") + ".6012345 | INF] "
	console := "\ufeff[" + line + "KAPE directory: C:\\Tools\\KAPE\r\n[" + line +
		"KAPE version 1.3.0.2, Author: Eric Zimmerman\r\n[" + line +
		"Command line:   --tsource C: --tdest D:\\out\\%m --target EventLogs --vss\r\n[" + line +
		"System info: Machine name: " + m.short +
		", 64-bit: true, User: responder OS: \"Windows10\" (10.0.19045)\r\n"
	if err := put(out, m.short+"/"+stamp+"_ConsoleLog.txt", []byte(console)); err != nil {
		return err
	}
	var copies strings.Builder
	copies.WriteString("\ufeffCopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy," +
		"CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration\r\n")
	for _, l := range logs {
		fmt.Fprintf(&copies, "%s.1,C:\\Windows\\System32\\winevt\\Logs\\%s,D:\\out\\x,%d,AA,True,x,x,x,x\r\n",
			at.Format("2006-01-02 15:04:05"), fileName(l.channel), len(l.files[0].content))
	}
	return put(out, m.short+"/"+stamp+"_CopyLog.csv", []byte(copies.String()))
}

func writeVelociraptor(out string, m *member, logs []*fleetLog) (err error) {
	f, err := os.Create(filepath.Join(out, "Collection-"+m.short+".zip")) // #nosec G304 -- made here
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	z := zip.NewWriter(f)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser,
		error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	member := func(name string, content []byte) {
		if err != nil {
			return
		}
		var w io.Writer
		if w, err = z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate,
			Modified: m.collectedAt()}); err == nil {
			_, err = w.Write(content)
		}
	}
	at := m.collectedAt()
	member("client_info.json", fmt.Appendf(nil,
		`{"Hostname":%q,"OS":"windows","Platform":"Microsoft Windows 11 Pro","PlatformVersion":"23H2","Fqdn":%q,"Architecture":"amd64"}`, m.short, m.name))
	member("collection_context.json", fmt.Appendf(nil,
		`{"session_id":"F.%08X","client_id":"C.%016x","create_time":%d,"request":{"creator":"alice","artifacts":["Windows.KapeFiles.Targets"]},"state":2}`, m.machine, m.machine, at.UnixNano()))
	var uploads strings.Builder
	for _, l := range logs {
		fmt.Fprintf(&uploads, `{"Timestamp":%q,"vfs_path":"C:\\Windows\\System32\\winevt\\Logs\\%s","file_size":%d}`+
			"\n", at.Format(time.RFC3339), strings.ReplaceAll(fileName(l.channel), `\`, `\\`), len(l.files[0].content))
	}
	member("uploads.json", []byte(uploads.String()))
	for _, l := range logs {
		member(velociraptorMember(l.channel), l.files[0].content)
	}
	if e := z.Close(); err == nil {
		err = e
	}
	return err
}
