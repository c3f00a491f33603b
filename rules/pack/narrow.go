package pack

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hunt/config"
	"hunt/rules/sigma"
	"hunt/rules/sigma/syntax"
)

// LeftOut counts rules that were read and are not in the pack.
type LeftOut struct {
	Why WhyLeftOut
	N   int
}

// WhyLeftOut is why a rule that was read is not in the pack, or is off.
type WhyLeftOut uint8

// The reasons.
const (
	LeftOutCopy      WhyLeftOut = iota + 1 // the same rule is already there, byte for byte
	LeftOutConverted                       // it was converted from a rule that is loaded
	LeftOutStatus                          // Sources.Statuses
	LeftOutSeverity                        // Sources.MinSeverity
	LeftOutTag                             // Sources.Tagged
	LeftOutNoRule                          // files in a folder or archive that hold no rule
	OffStatus                              // in the pack, but off: its status
	OffHayabusa                            // its configuration lists it as noisy or excluded
	OffPlaceholder                         // a placeholder has no value
	OffSource                              // no event log holds what it is about
	OffUnsupported                         // a language, a type or a construct that hunt does not run
)

// String says in a sentence without a full stop how many rules were left out, and why.
func (l LeftOut) String() string {
	rules := "1 rule is"
	switch {
	case l.Why == LeftOutNoRule && l.N == 1:
		return "1 YAML file holds no rule; 'hunt rules check' names it"
	case l.Why == LeftOutNoRule:
		return fmt.Sprintf("%d YAML files hold no rule; 'hunt rules check' names them", l.N)
	case l.N > 1:
		rules = fmt.Sprintf("%d rules are", l.N)
	}
	return rules + " left out: " + [...]string{"",
		"the same rule is loaded already", "converted from a rule that is loaded", "by --rules-status",
		"below --rules-level", "without a tag of --rules-tag", "",
		"deprecated or unsupported, by their status (--rules-status runs them)",
		"noisy or excluded, by Hayabusa's configuration (--rules-status noisy,excluded runs them)",
		"a placeholder has no value (define it in the file that --placeholders names)",
		"no event log holds what they look for",
		"hunt does not run their language, type or one of their parts",
	}[l.Why]
}

// DoNotRun counts, by reason, the rules that were read and do not run: those that are not in the
// pack, and those in it that have Skip. Queries that turn out not to compile are not included.
func (p *Pack) DoNotRun() []LeftOut {
	out := slices.Clone(p.LeftOut)
	n := map[WhyLeftOut]int{}
	for _, r := range p.Rules {
		if r.Skip != "" {
			n[cmp.Or(r.Off, OffUnsupported)]++
		}
	}
	for why := OffStatus; why <= OffUnsupported; why++ {
		if n[why] > 0 {
			out = append(out, LeftOut{why, n[why]})
		}
	}
	return out
}

// Statuses that Sources.Statuses accepts in addition to those of Maturity: rules that Hayabusa's
// config switches off.
const (
	StatusNoisy    = "noisy"
	StatusExcluded = "excluded"
)

// ParseStatuses reads a list of statuses, separated by commas.
func ParseStatuses(list []string) ([]string, error) {
	known := []string{StatusNoisy, StatusExcluded}
	for m := Mature; m <= Unsupported; m++ {
		known = append(known, m.String())
	}
	var out []string
	for _, s := range list {
		for word := range strings.SplitSeq(s, ",") {
			word = strings.ToLower(strings.TrimSpace(word))
			if !slices.Contains(known, word) {
				return nil, fmt.Errorf("unknown status %q: use %s", word, strings.Join(known, ", "))
			}
			out = append(out, word)
		}
	}
	return out, nil
}

// narrow returns why a rule is left out, 0 if it is not.
func (b *packBuilder) narrow(r *Rule) WhyLeftOut {
	named := slices.DeleteFunc(slices.Clone(b.sources.Statuses), func(s string) bool {
		return s == StatusNoisy || s == StatusExcluded
	})
	switch {
	case len(named) > 0 && !slices.Contains(named, r.Status.String()):
		return LeftOutStatus
	case r.Severity < b.sources.MinSeverity:
		return LeftOutSeverity
	case len(b.sources.Tagged) > 0 && !r.tagged(b.sources.Tagged):
		return LeftOutTag
	}
	return 0
}

// tagged reports whether a rule has one of the tags, or one below it: attack.t1059 includes
// attack.t1059.001.
func (r *Rule) tagged(tags []string) bool {
	own := slices.Clone(r.Tags)
	for _, t := range r.Techniques {
		own = append(own, "attack."+t.ID, "attack."+strings.ReplaceAll(t.Tactic, " ", "-"))
	}
	for _, x := range own {
		for _, tag := range tags {
			x, tag := strings.ToLower(x), strings.ToLower(strings.TrimSpace(tag))
			if x == tag || strings.HasPrefix(x, tag+".") {
				return true
			}
		}
	}
	return false
}

// switchOff notes why a rule that could run is off by default.
func (b *packBuilder) switchOff(r *Rule) {
	on := func(s string) bool { return slices.Contains(b.sources.Statuses, s) }
	switch {
	case r.Skip != "":
	case r.Status >= Deprecated && !on(r.Status.String()):
		r.Skip, r.Off = fmt.Sprintf("its status is %s; --rules-status %s runs it", r.Status, r.Status), OffStatus
	case b.hayabusa.Excluded[r.ID] && !on(StatusExcluded):
		r.Skip, r.Off = fmt.Sprintf("Hayabusa's %s lists it; --rules-status %s runs it", sigma.ExcludedRules,
			StatusExcluded), OffHayabusa
	case b.hayabusa.Noisy[r.ID] && !on(StatusNoisy):
		r.Skip, r.Off = fmt.Sprintf("Hayabusa's %s lists it; --rules-status %s runs it", sigma.NoisyRules, StatusNoisy),
			OffHayabusa
	}
}

// takes reports whether a YAML file is a rule file. One that the user named must be; others in
// folders and archives are counted.
func (b *packBuilder) takes(f ruleFile, docs []*sigmaDocument) bool {
	if slices.ContainsFunc(docs, (*sigmaDocument).ofRules) {
		return true
	}
	if f.below == "" {
		b.errs = append(b.errs, notSigma(f, docs)...)
	} else {
		b.leftOut[LeftOutNoRule]++
	}
	return false
}

// notSigma returns what is wrong with a YAML file that holds no rule.
func notSigma(f ruleFile, docs []*sigmaDocument) Errors {
	for _, d := range docs {
		if es := d.mistakes(); len(d.Mistakes) > 0 {
			return es
		}
	}
	return Errors{{File: f.name, Line: 1, Col: 1, Msg: noRule, Hint: ruleKeys}}
}

// What is said of a YAML file without a rule.
const (
	noRule   = "the file holds no rule"
	ruleKeys = "a Sigma rule has the keys title, logsource and detection"
)

// readPlaceholders reads the file of placeholders.
func (b *packBuilder) readPlaceholders() {
	name := b.sources.Placeholders
	if name == "" {
		return
	}
	src, err := config.Read(name, maxRuleFile)
	if err != nil {
		b.errs = append(b.errs, &Error{File: name, Msg: strings.TrimPrefix(err.Error(), name+": ")})
		return
	}
	values, err := sigma.ParsePlaceholders(src)
	if err != nil {
		e := &Error{File: name, Msg: err.Error()}
		if at := (*syntax.Error)(nil); errors.As(err, &at) {
			d := &document{file: name, src: src}
			e = &Error{File: name, Line: at.Line, Col: at.Col, Msg: at.Msg, Hint: at.Hint, Text: d.line(at.Line)}
		}
		b.errs = append(b.errs, e)
		return
	}
	b.options.Placeholders = values
}

// readHayabusa reads the config folders of hayabusa-rules in a folder or archive of rules, in its
// direct subfolders, and next to it.
func (b *packBuilder) readHayabusa(given string, files []ruleFile) {
	read := func(fsys fs.FS, root string, patterns ...string) {
		for _, name := range []string{sigma.LevelTuning, sigma.ExcludedRules, sigma.NoisyRules} {
			for _, pattern := range patterns {
				found, _ := fs.Glob(fsys, pattern+name) // the patterns are sound
				for _, p := range found {
					f := ruleFile{fsys: fsys, path: p, name: filepath.Join(root, filepath.FromSlash(p))}
					src, err := f.read()
					b.readConfig(f.name, name, src, err)
				}
			}
		}
	}
	if len(files) > 0 && files[0].below != "" {
		read(files[0].fsys, given, "config/", "*/config/", "*/*/config/")
	}
	beside := filepath.Dir(filepath.Clean(given))
	read(os.DirFS(beside), beside, "config/")
}

// readConfig reads one file of Hayabusa's config, once.
func (b *packBuilder) readConfig(shown, name string, src []byte, err error) {
	sum := sha256.Sum256(src)
	if err == nil && b.configs[sum] {
		return
	}
	if err == nil {
		err = b.hayabusa.Read(name, src)
	}
	if err != nil {
		b.fail(shown, err)
		return
	}
	if b.configs == nil {
		b.configs = map[[32]byte]bool{}
	}
	b.configs[sum] = true
	b.files = append(b.files, File{Path: shown, Name: path.Join("config", name), SHA256: fmt.Sprintf("%x", sum)})
}
