package pack

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"hunt/rules/library"
	"hunt/rules/sigma"
	"hunt/rules/sigma/syntax"
)

// Pack is the rules and tuning of a run. Everything is sorted by id. Read-only once loaded.
type Pack struct {
	Rules      []*Rule
	Exceptions []*Exception
	Tools      []*Tool
	LeftOut    []LeftOut // rules that are not in Rules, in the order of the reasons
	Hash       string    // SHA-256 over the ids and bytes of every rule and tuning file, in order of id
	Files      []File    // that Sources named, usable or not; rules first, each by name and hash
}

// File is a file of rules or tuning that Sources named.
type File struct {
	Tuning bool
	Path   string // where it was: the path as given plus the path below it
	// that does not depend on where it lies: the last component of the path as given and what is below it, with
	// slashes
	Name   string
	SHA256 string // hexadecimal, "" if it could not be read
}

// Sources says where a pack comes from. The zero value is the library and its tuning.
type Sources struct {
	Rules           []string // files or directories, in addition to the library
	Tuning          []string
	NoDefaultRules  bool
	NoDefaultTuning bool
	NoBuiltInCases  bool   // the rules of the library have no cases, which only tests need
	Placeholders    string // a YAML file of the values of Sigma's placeholders; "" = none
	// only rules of these statuses run; noisy and excluded add those of Hayabusa; nil: all but deprecated and
	// unsupported ones
	Statuses    []string
	MinSeverity Severity // rules below it are left out
	Tagged      []string // rules without any of these tags are left out; nil: none are
	// RuleNames and TuningNames replace the last components of the paths in File.Name, one per path; nil: they stay as
	// they are.
	RuleNames, TuningNames []string
}

// Load reads rules and tuning. A file that cannot be used is left out and reported: the error is Errors, one or more
// for each such file, and the Pack holds the rest. Two rules, or two exceptions, with the same id are an error, too:
// the first is kept. The result does not depend on the order of the paths, except for which of two equal ids is first.
func Load(s Sources) (*Pack, error) {
	b := &packBuilder{sources: s, leftOut: map[WhyLeftOut]int{}, rules: map[string]*Rule{},
		exceptions: map[string]*Exception{}, tools: map[string]*Tool{}, seen: map[seenFile]bool{}}
	b.readPlaceholders()
	if !s.NoDefaultRules {
		b.addFS(library.Rules(), kindRule)
	}
	if !s.NoDefaultTuning {
		b.addFS(library.Tuning(), kindTuning)
	}
	for i, path := range s.Rules {
		b.addPath(path, nameAt(s.RuleNames, i, path), kindRule)
	}
	for i, path := range s.Tuning {
		b.addPath(path, nameAt(s.TuningNames, i, path), kindTuning)
	}
	b.addSigma()
	return b.pack(), b.errs.fold().err()
}

// nameAt returns the name of the i-th given path.
func nameAt(names []string, i int, path string) string {
	if i < len(names) {
		return names[i]
	}
	return BaseName(path)
}

// BaseName returns the last component of a path, or "" for a path such as "." and ".." that does not name its
// directory.
func BaseName(path string) string {
	switch base := filepath.Base(filepath.Clean(path)); base {
	case ".", "..", string(filepath.Separator):
		return ""
	default:
		return base
	}
}

// packBuilder gathers files into a pack.
type packBuilder struct {
	sources  Sources
	options  syntax.Options
	sigma    []*sigmaDocument
	hayabusa sigma.HayabusaConfig
	configs  map[[32]byte]bool // the files that hayabusa was read of
	leftOut  map[WhyLeftOut]int

	files      []File
	rules      map[string]*Rule
	exceptions map[string]*Exception
	tools      map[string]*Tool
	seen       map[seenFile]bool
	errs       Errors
}

// seenFile is a file that was read, and what it was read as.
type seenFile struct {
	want fileKind
	name string
}

func (b *packBuilder) addFS(fsys fs.FS, want fileKind) {
	files, err := listDir(fsys, func(p string) string { return "library/" + p })
	b.fail(BuiltIn, err)
	for i := range files {
		files[i].caseless = b.sources.NoBuiltInCases
	}
	b.addFiles(files, want, "", nil)
}

func (b *packBuilder) addPath(given, name string, want fileKind) {
	files, err := listFiles(given)
	if err != nil {
		b.fail(given, ruleFile{name: given}.plain(err))
		return
	}
	if len(files) == 0 {
		b.errs = append(b.errs, &Error{File: given, Msg: noRuleFiles})
	}
	if want == kindRule {
		b.readHayabusa(given, files)
	}
	b.addFiles(files, want, given, &name)
}

// addFiles loads files: those below a given path, which has a name, or those that are built in if name is nil.
func (b *packBuilder) addFiles(files []ruleFile, want fileKind, given string, name *string) {
	builtIn := name == nil
	files = slices.DeleteFunc(files, func(f ruleFile) bool {
		key := seenFile{want, f.name}
		twice := b.seen[key] && !builtIn // named twice on the command line
		b.seen[key] = true
		return twice
	})
	licences := licences{given: given}
	for i, l := range loadAll(files, b.options) {
		f, l, sum, err := files[i], l.loaded, l.sum, l.err
		if !builtIn {
			b.files = append(b.files,
				File{Tuning: want == kindTuning, Path: f.name, Name: path.Join(*name, f.below), SHA256: sum})
		}
		if err != nil {
			b.fail(f.name, err)
			continue
		}
		if l.kind != want {
			b.errs = append(b.errs, misplaced(f.name, l.kind))
			continue
		}
		if l.sigma != nil && !b.takes(f, l.sigma) {
			continue
		}
		if !builtIn {
			l.licence(func() string { return licences.of(f) })
		}
		b.add(l, builtIn)
	}
}

func misplaced(name string, kind fileKind) *Error {
	if kind == kindCases {
		return &Error{File: name, Msg: "these are cases of a rule, not a rule", Hint: "name the rule file next to it"}
	}
	if kind == kindTuning {
		return &Error{File: name, Msg: "this is a tuning file, not a rule", Hint: "pass it with --tuning"}
	}
	return &Error{File: name, Msg: "this is a rule, not a tuning file", Hint: "pass it with --rules"}
}

func (b *packBuilder) add(l *loaded, builtIn bool) {
	for _, d := range l.sigma {
		d.builtIn = builtIn
		b.sigma = append(b.sigma, d)
	}
	for _, r := range l.rules {
		if builtIn {
			r.Source = BuiltIn
		}
		b.claimRule(r)
	}
	if l.tuning == nil {
		return
	}
	for _, x := range l.tuning.exceptions {
		if builtIn {
			x.Source = BuiltIn
		}
		b.claim(x.ID, "exception", x.doc, x.idPath, func() (string, bool) {
			first, ok := b.exceptions[x.ID]
			if !ok {
				b.exceptions[x.ID] = x
				return "", false
			}
			return first.doc.place(first.idPath), first.Source == BuiltIn
		})
	}
	for _, t := range l.tuning.tools {
		if builtIn {
			t.Source = BuiltIn
		}
		b.claim(t.ID, "tool", t.doc, t.idPath, func() (string, bool) {
			first, ok := b.tools[t.ID]
			if !ok {
				b.tools[t.ID] = t
				return "", false
			}
			return first.doc.place(first.idPath), first.Source == BuiltIn
		})
	}
}

// claimRule adds a rule, unless it is left out or its id is taken.
func (b *packBuilder) claimRule(r *Rule) {
	if first := b.rules[r.ID]; first != nil && first.sum == r.sum && r.Language == Sigma {
		b.leftOut[LeftOutCopy]++
		return
	}
	if why := b.narrow(r); why != 0 {
		b.leftOut[why]++
		return
	}
	if first := b.rules[r.ID]; first != nil && r.sigma != nil {
		b.errs = append(b.errs, r.sigma.taken(first.Place()))
		return
	}
	b.claim(r.ID, "rule", r.doc, r.idPath, func() (string, bool) {
		first, ok := b.rules[r.ID]
		if !ok {
			b.rules[r.ID] = r
			return "", false
		}
		return first.Place(), first.Source == BuiltIn
	})
}

// claim reports an id that is taken, with both places.
func (b *packBuilder) claim(id, what string, d *document, idPath string, take func() (first string, builtIn bool)) {
	first, builtIn := take()
	if first == "" {
		return
	}
	e := &Error{File: d.file}
	if d.has(idPath) {
		e = d.errorIn(idPath, "")
	}
	e.Msg = fmt.Sprintf("%s id %q is already defined at %s", what, id, first)
	if builtIn {
		e.Hint = "give the copy its own id, or leave out the built-in ones with --no-default-rules or " +
			"--no-default-tuning"
	}
	b.errs = append(b.errs, e)
}

// fail adds the errors of a file.
func (b *packBuilder) fail(name string, err error) {
	if err == nil {
		return
	}
	var es Errors
	if !errors.As(err, &es) {
		es = Errors{{File: name, Msg: err.Error()}}
	}
	b.errs = append(b.errs, es...)
}

// pack sorts what was gathered and hashes it.
func (b *packBuilder) pack() *Pack {
	p := &Pack{Files: b.files}
	slices.SortFunc(p.Files, func(x, y File) int {
		if x.Tuning != y.Tuning {
			if y.Tuning {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.SHA256, y.SHA256), cmp.Compare(x.Path, y.Path))
	})
	for _, r := range b.rules {
		p.Rules = append(p.Rules, r)
	}
	for _, x := range b.exceptions {
		p.Exceptions = append(p.Exceptions, x)
	}
	for _, t := range b.tools {
		p.Tools = append(p.Tools, t)
	}
	slices.SortFunc(p.Rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Exceptions, func(a, b *Exception) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Tools, func(a, b *Tool) int { return cmp.Compare(a.ID, b.ID) })
	for why := LeftOutCopy; why <= LeftOutNoRule; why++ {
		if n := b.leftOut[why]; n > 0 {
			p.LeftOut = append(p.LeftOut, LeftOut{why, n})
		}
	}
	p.Hash = p.hash()
	return p
}

func (p *Pack) hash() string {
	h := sha256.New()
	write := func(kind, id string, sum [32]byte) {
		_, _ = io.WriteString(h, kind+"\x00"+id+"\x00"+hex.EncodeToString(sum[:])+"\n")
	}
	for _, r := range p.Rules {
		write("rule", r.ID, r.sum)
	}
	for _, x := range p.Exceptions {
		write("exception", x.ID, x.sum)
	}
	for _, t := range p.Tools {
		write("tool", t.ID, t.sum)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Rule returns the rule with an id, or nil.
func (p *Pack) Rule(id string) *Rule {
	i, ok := slices.BinarySearchFunc(p.Rules, id, func(r *Rule, id string) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return nil
	}
	return p.Rules[i]
}

// LoadMixed loads rules, with the default tuning and any tuning among the paths. Without paths it loads the library.
func LoadMixed(paths []string) (*Pack, error) {
	if len(paths) == 0 {
		return Load(Sources{})
	}
	s := Sources{NoDefaultRules: true}
	var errs []error
	for _, path := range paths {
		files, err := listFiles(path)
		if err != nil {
			errs = append(errs, ruleFile{name: path}.plain(err))
		}
		for _, f := range files {
			if l, err := f.load(syntax.Options{}); err == nil && l.kind == kindTuning {
				s.Tuning = append(s.Tuning, f.name)
			} else {
				s.Rules = append(s.Rules, f.name)
			}
		}
	}
	pack, err := Load(s)
	return pack, errors.Join(append(errs, err)...)
}
