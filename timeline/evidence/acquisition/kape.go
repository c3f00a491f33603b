package acquisition

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
)

// KAPE leaves *_ConsoleLog.txt and *_CopyLog.csv beside what it copied. The time in their names is
// UTC; the time of lines in the console log is local, and the log does not say in which zone.

var (
	kapeStamp   = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})T(\d{2})_?(\d{2})_?(\d{2})`)
	kapeVersion = regexp.MustCompile(`KAPE version (\d[\d.]*\d)`)
	kapeCommand = regexp.MustCompile(`Command line:\s+(.*)`)
	kapeSystem  = regexp.MustCompile(
		`System info:\s+Machine name:\s*(.*?),\s*64-bit:\s*\w+,\s*User:\s*(.*?)\s+OS:\s*"?([^"(]*?)"?\s*(\([^)]*\))?\s*$`)
	kapeTSource = regexp.MustCompile(`(?i)--tsource\s+"?([^\s"]+)`)
)

// kapeTime reads the time in a log's name.
func kapeTime(name string) time.Time {
	m := kapeStamp.FindStringSubmatch(name)
	if m == nil {
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02 15:04:05", m[1]+" "+m[2]+":"+m[3]+":"+m[4])
	if err != nil {
		return time.Time{}
	}
	return t
}

func (a *Facts) kapeConsole(name string, b []byte) bool {
	console := plainText(b)
	if !strings.Contains(console, "KAPE") {
		return false
	}
	a.Tool = "KAPE"
	a.At = earliest(a.At, kapeTime(name))
	for line := range strings.Lines(console) {
		line = strings.TrimSpace(line)
		if m := kapeVersion.FindStringSubmatch(line); m != nil {
			a.Version = m[1]
		}
		if m := kapeCommand.FindStringSubmatch(line); m != nil {
			a.Command = oneText(m[1])
			if src := kapeTSource.FindStringSubmatch(line); src != nil {
				// KAPE running on the machine itself nearly always reads C:; a mounted image has
				// another letter.
				a.Elsewhere = !strings.HasPrefix(strings.ToUpper(src[1]), "C:") && !strings.EqualFold(src[1], "C")
			}
		}
		if m := kapeSystem.FindStringSubmatch(line); m != nil {
			a.Host, a.Operator = oneText(m[1]), oneText(m[2])
			a.OS = oneText(strings.TrimSpace(m[3] + " " + strings.Trim(m[4], "()")))
		}
		if strings.Contains(line, "Could not copy") || strings.Contains(line, "| ERR]") &&
			strings.Contains(line, "copy") {
			a.Errors++
		}
	}
	return true
}

func (a *Facts) kapeCopies(name string, b []byte) bool {
	r := csv.NewReader(strings.NewReader(plainText(b)))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	head, err := r.Read()
	if err != nil || len(head) < 2 || head[0] != "CopiedTimestamp" || head[1] != "SourceFile" {
		return false
	}
	a.Tool = cmp.Or(a.Tool, "KAPE")
	a.At = earliest(a.At, kapeTime(name))
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err == nil && len(rec) > 1 && isLog(rec[1]) {
			a.Listed++
		}
	}
	return true
}

// plainText decodes UTF-8 or UTF-16 with a byte order mark.
func plainText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return string(b[3:])
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])|uint16(b[i+1])<<8)
		}
		return string(utf16.Decode(units))
	}
	return string(b)
}
