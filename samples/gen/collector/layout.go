// Package collector lays out the logs of a machine as those do who collect them: KAPE, with and without shadow copies,
// Velociraptor, and people who copy a folder.
package collector

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

// Machine is what a collector says about a machine.
type Machine struct {
	Name, Short string
	ID          uint32
	At          time.Time // when it was collected
}

// Log is a channel and the files that hold it, the live one first.
type Log struct {
	Channel string
	Files   []File
}

// File is a log as it was collected, at a path that [Layout.Path] gave.
type File struct {
	Path    string
	Content []byte
}

// Logs is where Windows keeps its logs, in the layout that KAPE collects.
const Logs = "C/Windows/System32/winevt/logs"

// FileName is the name of a channel's log.
func FileName(channel string) string { return strings.ReplaceAll(channel, "/", "%4") + ".evtx" }

// Layout is how a collector leaves the logs of a machine behind.
type Layout struct {
	Name    string
	Shadows bool // shadow copies were collected, too
	path    func(short, channel string, shadow bool) string
	write   func(out string, m Machine, logs []Log) error
}

// Path is where a log of a machine lies; shadow is that from a shadow copy.
func (l *Layout) Path(short, channel string, shadow bool) string {
	return l.path(short, channel, shadow)
}

// Write writes the logs of a machine below a directory.
func (l *Layout) Write(out string, m Machine, logs []Log) error { return l.write(out, m, logs) }

// Layouts are all of them.
var Layouts = []Layout{
	{"KAPE with shadow copies", true, kapePath, writeKAPE},
	{"KAPE", false, kapePath, writeKAPE},
	{"Velociraptor", false, velociraptorPath, writeVelociraptor},
	{"directory", false, func(short, ch string, _ bool) string { return short + "/" + FileName(ch) }, writeFiles},
	{"winevt tree", false, func(short, ch string, _ bool) string {
		return "logs/" + short + "/" + Logs + "/" + FileName(ch)
	}, writeFiles},
}

func kapePath(short, ch string, shadow bool) string {
	if shadow {
		return short + "/VSS1/Windows/System32/winevt/logs/" + FileName(ch)
	}
	return short + "/" + Logs + "/" + FileName(ch)
}

func velociraptorPath(short, ch string, _ bool) string {
	return "Collection-" + short + ".zip!/" + velociraptorMember(ch)
}

func velociraptorMember(ch string) string {
	return "uploads/auto/C%3A/Windows/System32/winevt/Logs/" + strings.ReplaceAll(FileName(ch), "%", "%25")
}

func put(out, name string, content []byte) error {
	name = filepath.Join(out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { // #nosec G301 -- published files
		return err
	}
	return os.WriteFile(name, content, 0o644) // #nosec G306 -- published files
}

func writeFiles(out string, _ Machine, logs []Log) error {
	for _, l := range logs {
		for _, f := range l.Files {
			if err := put(out, f.Path, f.Content); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeKAPE(out string, m Machine, logs []Log) error {
	if err := writeFiles(out, m, logs); err != nil {
		return err
	}
	at := m.At
	stamp := at.Format("2006-01-02T15_04_05") + "_5246365"
	line := at.Format("2006-01-02 15:04:05") + ".6012345 | INF] "
	console := "\ufeff[" + line + "KAPE directory: C:\\Tools\\KAPE\r\n[" + line +
		"KAPE version 1.3.0.2, Author: Eric Zimmerman\r\n[" + line +
		"Command line:   --tsource C: --tdest D:\\out\\%m --target EventLogs --vss\r\n[" + line +
		"System info: Machine name: " + m.Short +
		", 64-bit: true, User: responder OS: \"Windows10\" (10.0.19045)\r\n"
	if err := put(out, m.Short+"/"+stamp+"_ConsoleLog.txt", []byte(console)); err != nil {
		return err
	}
	var copies strings.Builder
	copies.WriteString("\ufeffCopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy," +
		"CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration\r\n")
	for _, l := range logs {
		fmt.Fprintf(&copies, "%s.1,C:\\Windows\\System32\\winevt\\Logs\\%s,D:\\out\\x,%d,AA,True,x,x,x,x\r\n",
			at.Format("2006-01-02 15:04:05"), FileName(l.Channel), len(l.Files[0].Content))
	}
	return put(out, m.Short+"/"+stamp+"_CopyLog.csv", []byte(copies.String()))
}

func writeVelociraptor(out string, m Machine, logs []Log) (err error) {
	f, err := os.Create(filepath.Join(out, "Collection-"+m.Short+".zip")) // #nosec G304 -- made here
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
			Modified: m.At}); err == nil {
			_, err = w.Write(content)
		}
	}
	at := m.At
	member("client_info.json", fmt.Appendf(nil,
		`{"Hostname":%q,"OS":"windows","Platform":"Microsoft Windows 11 Pro","PlatformVersion":"23H2","Fqdn":%q,"Architecture":"amd64"}`, m.Short, m.Name))
	member("collection_context.json", fmt.Appendf(nil,
		`{"session_id":"F.%08X","client_id":"C.%016x","create_time":%d,"request":{"creator":"alice","artifacts":["Windows.KapeFiles.Targets"]},"state":2}`, m.ID, m.ID, at.UnixNano()))
	var uploads strings.Builder
	for _, l := range logs {
		fmt.Fprintf(&uploads, `{"Timestamp":%q,"vfs_path":"C:\\Windows\\System32\\winevt\\Logs\\%s","file_size":%d}`+
			"\n", at.Format(time.RFC3339), strings.ReplaceAll(FileName(l.Channel), `\`, `\\`), len(l.Files[0].Content))
	}
	member("uploads.json", []byte(uploads.String()))
	for _, l := range logs {
		member(velociraptorMember(l.Channel), l.Files[0].Content)
	}
	if e := z.Close(); err == nil {
		err = e
	}
	return err
}
