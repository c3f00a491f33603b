package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hunt/config"
	"hunt/rules/sigma/syntax"
)

// Bounds on what is read. Elastic's longest rule is about 40 KiB, most of it the investigation guide; a file of
// megabytes is not a rule, and a directory with more files is not a rule directory but somebody's disk.
const (
	maxRuleFile  = 1 << 20
	maxRuleFiles = 50_000
)

// fileKind is what a rule file holds.
type fileKind uint8

const (
	kindRule fileKind = iota + 1
	kindTuning
	kindCases
)

// loaded is the content of one file: rules or tuning.
type loaded struct {
	kind   fileKind
	rules  []*Rule // more than one only where the language has files of many
	sigma  []*sigmaDocument
	tuning *tuning
}

// ruleFile is a file that may hold rules or tuning: where it is and what it is called.
type ruleFile struct {
	fsys  fs.FS
	path  string // within fsys
	name  string // as shown
	below string // its path below the one that was given, with slashes; "" if it is that one

	caseless bool // the cases next to it are not read
}

// ruleExtensions end the names of rule files.
var ruleExtensions = []string{".toml", ".eql", ".yml", ".yaml"}

// noRuleFiles is the message about a folder or archive without rule files.
const noRuleFiles = "it holds no .toml, .eql, .yml or .yaml file"

// listFiles lists the rule files of a path: the file itself, or those below a directory or in a zip archive, sorted.
func listFiles(name string) ([]ruleFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if info.Mode().IsRegular() { // reading a named pipe would wait for ever
			if files, ok, err := listZip(name); ok || err != nil {
				return files, err
			}
		}
		return []ruleFile{{fsys: os.DirFS(filepath.Dir(name)), path: filepath.Base(name), name: name}}, nil
	}
	files, err := listDir(os.DirFS(name), func(p string) string { return filepath.Join(name, filepath.FromSlash(p)) })
	for i := range files {
		files[i].below = files[i].path
	}
	return files, err
}

func listDir(fsys fs.FS, show func(string) string) ([]ruleFile, error) {
	var out []ruleFile
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir // .git of a rule repository
		case d.Type()&(fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice) != 0:
			return nil // reading it would never end
		case d.IsDir() || !isRuleName(p) || strings.HasSuffix(p, casesSuffix):
			return nil
		}
		if len(out) == maxRuleFiles {
			return fmt.Errorf("more than %d rule files", maxRuleFiles)
		}
		out = append(out, ruleFile{fsys: fsys, path: p, name: show(p)})
		return nil
	})
	return out, err
}

func isRuleName(name string) bool {
	return slices.Contains(ruleExtensions, strings.ToLower(path.Ext(name)))
}

// read reads a file, bounded.
func (f ruleFile) read() ([]byte, error) {
	if info, err := fs.Stat(f.fsys, f.path); err != nil {
		return nil, f.plain(err)
	} else if err := config.Regular(info); err != nil {
		return nil, f.plain(err) // reading a named pipe would wait for ever
	}
	file, err := f.fsys.Open(f.path)
	if err != nil {
		return nil, f.plain(err)
	}
	defer func() { _ = file.Close() }() // read only
	var buf bytes.Buffer
	if info, err := file.Stat(); err == nil { // the size is a hint: the file may grow
		buf.Grow(int(min(max(info.Size(), 0), maxRuleFile)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(io.LimitReader(file, maxRuleFile+1)); err != nil {
		return nil, f.plain(err)
	}
	src := buf.Bytes()
	if len(src) > maxRuleFile {
		return nil, Errors{{File: f.name,
			Msg: fmt.Sprintf("the file is larger than %d KiB, so it is not a rule file", maxRuleFile>>10)}}
	}
	return src, nil
}

// plain turns an error of the file system into one that names the file as the user gave it.
func (f ruleFile) plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return Errors{{File: f.name, Msg: err.Error()}}
}

// casesSuffix ends the name of a file that holds the cases of the rule file next to it: those of x.toml or x.eql are
// in x.cases.toml. This way a published rule gets cases without being changed.
const casesSuffix = ".cases.toml"

// load reads and parses one file, with the cases beside it.
func (f ruleFile) load(opts syntax.Options) (*loaded, error) {
	src, err := f.read()
	if err != nil {
		return nil, err
	}
	return f.parse(src, opts)
}

// parse parses the content of the file, with the cases next to it.
func (f ruleFile) parse(src []byte, opts syntax.Options) (*loaded, error) {
	l, err := parseFile(f.name, src, opts)
	if err != nil || len(l.rules)+len(l.sigma) == 0 || f.caseless {
		return l, err
	}
	beside := f.beside()
	if _, err := fs.Stat(f.fsys, beside.path); errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	cases, err := beside.loadCases()
	if err != nil {
		return nil, err
	}
	if len(l.sigma) > 0 {
		return l, giveCases(l.sigma, cases)
	}
	l.rules[0].Cases = append(l.rules[0].Cases, cases...)
	return l, nil
}

// giveCases assigns each case to the document that it is about.
func giveCases(docs []*sigmaDocument, cases []Case) error {
	var es Errors
	for _, c := range cases {
		at := slices.IndexFunc(docs, func(d *sigmaDocument) bool {
			return c.Rule == "" || c.Rule == d.ID || c.Rule == d.Document.Name || c.Rule == d.Title
		})
		if at < 0 {
			es = append(es, &Error{File: c.Place,
				Msg: fmt.Sprintf("no rule of the file beside has the id, name or title %q", c.Rule)})
			continue
		}
		docs[at].cases = append(docs[at].cases, c)
	}
	return es.err()
}

// loadResult is the result of loading one file.
type loadResult struct {
	loaded *loaded
	sum    string // SHA-256 in hexadecimal, "" if it could not be read
	err    error
}

func (f ruleFile) loadSummed(opts syntax.Options) (r loadResult) {
	src, err := f.read()
	if err != nil {
		r.err = err
		return r
	}
	sum := sha256.Sum256(src)
	r.sum = hex.EncodeToString(sum[:])
	r.loaded, r.err = f.parse(src, opts)
	return r
}

// loadAll loads files on all cores; the results are in the order of the files.
func loadAll(files []ruleFile, opts syntax.Options) []loadResult {
	out := make([]loadResult, len(files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				out[i] = files[i].loadSummed(opts)
			}
		})
	}
	wg.Wait()
	return out
}

// beside returns the file that holds the cases of f.
func (f ruleFile) beside() ruleFile {
	change := func(name string) string { return strings.TrimSuffix(name, path.Ext(name)) + casesSuffix }
	return ruleFile{fsys: f.fsys, path: change(f.path), name: change(f.name)}
}

// loadCases reads a file of cases.
func (f ruleFile) loadCases() ([]Case, error) {
	src, err := f.read()
	if err != nil {
		return nil, err
	}
	return parseCaseFile(f.name, src)
}

func parseCaseFile(name string, src []byte) ([]Case, error) {
	d, err := newDocument(name, src)
	if err != nil {
		return nil, err
	}
	var file struct {
		Case []caseFile `toml:"case"`
	}
	if err := d.decode(&file, true); err != nil {
		return nil, err
	}
	cases, es := parseCases(d, file.Case)
	return cases, es.sort().err()
}

// format is a kind of rule file. A file has the first format in formats whose is returns true.
type format struct {
	is   func(d *document) bool
	read func(d *document) ([]*Rule, error)
}

// formats are the kinds of rule files, recognised by content: an Elastic rule has a table named rule, and what is not
// TOML is a query.
var formats = []format{
	{is: (*document).isPlain, read: one(parsePlain)},
	{is: func(d *document) bool { return d.has("rule") }, read: one(parseElastic)},
	{is: func(*document) bool { return true }, read: one(parseHunt)},
}

// one converts a reader of files with one rule to a reader of files with many.
func one(read func(d *document) (*Rule, error)) func(d *document) ([]*Rule, error) {
	return func(d *document) ([]*Rule, error) {
		r, err := read(d)
		if err != nil {
			return nil, err
		}
		return []*Rule{r}, nil
	}
}

// isPlain reports whether the file holds a query and nothing else.
func (d *document) isPlain() bool { return strings.EqualFold(filepath.Ext(d.file), ".eql") }

// parseFile reads a file of rules, of tuning (it has exceptions or tools), or of cases.
func parseFile(name string, src []byte, opts syntax.Options) (*loaded, error) {
	if strings.HasSuffix(name, casesSuffix) {
		_, err := parseCaseFile(name, src)
		return &loaded{kind: kindCases}, err
	}
	d, err := newDocument(name, src)
	if err != nil {
		return nil, err
	}
	yaml := strings.HasPrefix(strings.ToLower(path.Ext(name)), ".y")
	if i := bytes.IndexByte(d.src, 0); yaml && i >= 0 {
		e := d.errorAt(i, "a zero byte is not text")
		e.Hint = "remove it, and save the file as UTF-8"
		return nil, Errors{e}
	}
	if !d.isPlain() && (yaml || isYAML(d.src)) {
		return &loaded{kind: kindRule, sigma: parseSigma(d, sha256.Sum256(src), opts)}, nil
	}
	if !isRuleName(name) {
		return nil, Errors{{File: name, Msg: "not a rule file",
			Hint: "hunt's and Elastic's rules and tuning files end in .toml, Sigma's in .yml, plain queries in .eql"}}
	}
	if !d.isPlain() {
		if err := d.index(); err != nil {
			return nil, err
		}
		if d.has("exception[0]") || d.has("tool[0]") {
			t, err := parseTuning(d)
			if err != nil {
				return nil, err
			}
			t.setSum(sha256.Sum256(src))
			return &loaded{kind: kindTuning, tuning: t}, nil
		}
	}
	at := slices.IndexFunc(formats, func(f format) bool { return f.is(d) })
	rules, err := formats[at].read(d)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		r.Source, r.sum = name, sha256.Sum256(src)
	}
	return &loaded{kind: kindRule, rules: rules}, nil
}

// parsePlain reads a file that is nothing but a query. Its id is the file's name.
func parsePlain(d *document) (*Rule, error) {
	if len(bytes.TrimSpace(d.src)) == 0 {
		return nil, Errors{{File: d.file, Line: 1, Col: 1, Msg: "the file contains no query",
			Hint: "write one, such as: process where process.name == \"whoami.exe\""}}
	}
	base := filepath.Base(d.file)
	id := strings.TrimSuffix(base, filepath.Ext(base))
	if !idPattern.MatchString(id) {
		return nil, Errors{{File: d.file,
			Msg:  fmt.Sprintf("the file name is the id of the rule, and %q is not a valid id", id),
			Hint: "use letters, digits, dots, hyphens and underscores"}}
	}
	return &Rule{
		ID: id, Name: id, Severity: SeverityMedium, Confidence: Medium,
		Query: string(d.src), QueryLine: 1, doc: d,
	}, nil
}
