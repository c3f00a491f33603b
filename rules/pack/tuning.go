package pack

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"hunt/evtx"
	lazy "hunt/pattern"
	"hunt/rules/predicate"
)

// Exception is one entry of a tuning file: the whole shape of something known to be harmless. A finding that it
// matches is suppressed visibly, with the reason. Read-only once loaded.
type Exception struct {
	ID      string
	Rules   []string // ids or patterns of ids, compared with the finding's rule
	Reason  string
	Expires string // "never" or RFC 3339 date (or date and time), as written
	// ExpiresReason says why an exception that never expires may stay.
	ExpiresReason string
	Source        string // "built in" or the path as given

	expires  evtx.Filetime // 0 = never
	from, to evtx.Filetime // 0 = open
	shape    shape
	doc      *document
	idPath   string
	sum      [32]byte
}

// Tool is an entry of a tuning file that names a responder's own tool: findings about it are labelled, not suppressed,
// because a tool's name is the first thing that an intruder borrows.
type Tool struct {
	ID     string
	Name   string // as the label shows it
	Source string

	shape  shape
	doc    *document
	idPath string
	sum    [32]byte
}

// shape is what an exception or tool looks like: every part that is given must match the same event. The patterns of
// one part are alternatives. Host and user belong to the shape, too.
type shape struct {
	stage          string // label or number of a stage; "" = any event of the evidence
	parts          [parts][]pattern
	notCommandLine []pattern // none of these may match
}

// Part is what tuning compares of an event.
type Part uint8

// The parts of a shape.
const (
	PartHost Part = iota
	PartUser
	PartParent
	PartParentCommandLine
	PartPath
	PartCommandLine
	PartHash
	PartSigner
	parts
)

// pattern is a wildcard pattern or a regular expression, compiled on first use. It matches a whole value, ignoring
// case.
type pattern struct {
	text string
	re   func() *regexp.Regexp
	// begin is the ASCII text in lower case with which a value must begin: most values that do not match differ there.
	begin string
	name  bool // for a path pattern without a separator: compared with the last component
}

type tuningFile struct {
	Exception []exceptionFile `toml:"exception"`
	Tool      []toolFile      `toml:"tool"`
}

type exceptionFile struct {
	ID            string `toml:"id"`
	Rule          any    `toml:"rule"`
	Reason        string `toml:"reason"`
	Expires       any    `toml:"expires"`
	ExpiresReason string `toml:"expires_reason"`
	From          any    `toml:"from"`
	To            any    `toml:"to"`
	shapeFile
}

type toolFile struct {
	ID   string `toml:"id"`
	Name string `toml:"name"`
	shapeFile
}

// shapeFile holds the keys of a shape; each is one pattern or a list of them.
type shapeFile struct {
	Stage                  any `toml:"stage"`
	Host                   any `toml:"host"`
	User                   any `toml:"user"`
	Parent                 any `toml:"parent"`
	ParentCommandLine      any `toml:"parent_command_line"`
	ParentCommandLineRegex any `toml:"parent_command_line_regex"`
	Path                   any `toml:"path"`
	CommandLine            any `toml:"command_line"`
	CommandLineRegex       any `toml:"command_line_regex"`
	NotCommandLine         any `toml:"not_command_line"`
	Hash                   any `toml:"hash"`
	Signer                 any `toml:"signer"`
}

// tuning is what a tuning file holds.
type tuning struct {
	exceptions []*Exception
	tools      []*Tool
}

// setSum notes the hash of the file with each entry.
func (t *tuning) setSum(sum [32]byte) {
	for _, x := range t.exceptions {
		x.sum = sum
	}
	for _, x := range t.tools {
		x.sum = sum
	}
}

// parseTuning reads a tuning file. All its mistakes are returned together.
func parseTuning(d *document) (*tuning, error) {
	var f tuningFile
	if err := d.decode(&f, true); err != nil {
		return nil, err
	}
	t := &tuning{}
	var es Errors
	for i, x := range f.Exception {
		e, xes := parseException(d, indexed("exception", i), x)
		t.exceptions = append(t.exceptions, e)
		es = append(es, xes...)
	}
	for i, x := range f.Tool {
		at := indexed("tool", i)
		s, ses := parseShape(d, at, x.shapeFile)
		es = append(es, checkID(d, at+".id", x.ID)...)
		if x.Name == "" {
			es = append(es, missingKey(d, at+".name", `name = "Velociraptor"`))
		}
		if s.empty() {
			es = append(es, d.errorIn(at,
				"the tool has nothing to match: give path, hash, signer, parent or command_line"))
		}
		t.tools = append(t.tools, &Tool{ID: x.ID, Name: x.Name, Source: d.file, shape: s, doc: d, idPath: at + ".id"})
		es = append(es, ses...)
	}
	return t, es.sort().err()
}

func parseException(d *document, at string, x exceptionFile) (*Exception, Errors) {
	e := &Exception{ID: x.ID, Reason: strings.TrimSpace(x.Reason), ExpiresReason: strings.TrimSpace(x.ExpiresReason),
		Source: d.file,
		doc:    d, idPath: at + ".id"}
	es := checkID(d, at+".id", x.ID)
	if !d.has(at + ".rule") {
		es = append(es, missingKey(d, at+".rule", `rule = "t1204-001-*"`))
	}
	rules, err := stringList(x.Rule)
	if err != nil {
		es = append(es, d.errorIn(at+".rule", "rule: %s", err))
	}
	for _, r := range rules {
		if _, err := path.Match(r, ""); err != nil || r == "" {
			es = append(es, d.errorIn(at+".rule", "rule %q is not an id or a pattern of ids", r))
		}
	}
	e.Rules = rules
	if e.Reason == "" {
		es = append(es, missingKey(d, at+".reason",
			`reason = "why this is harmless here, for the reader of the report"`))
	}
	es = append(es, e.parseExpiry(d, at, x)...)
	for _, bound := range []struct {
		key   string
		value any
		to    *evtx.Filetime
	}{{"from", x.From, &e.from}, {"to", x.To, &e.to}} {
		if bound.value == nil {
			continue
		}
		t, _, err := parseWhen(bound.value)
		if err != nil {
			es = append(es, d.errorIn(at+"."+bound.key, "%s: %s", bound.key, err))
		}
		*bound.to = t
	}
	if e.from != 0 && e.to != 0 && e.to < e.from {
		es = append(es, d.errorIn(at+".to", "to is earlier than from"))
	}
	s, ses := parseShape(d, at, x.shapeFile)
	e.shape = s
	es = append(es, ses...)
	if s.empty() && len(ses) == 0 {
		missing := d.errorIn(at, "the exception has nothing to match: it would suppress every finding of its rules")
		missing.Hint = "give at least one of host, user, parent, path, command_line, hash, signer"
		es = append(es, missing)
	}
	return e, es
}

func (e *Exception) parseExpiry(d *document, at string, x exceptionFile) Errors {
	key := at + ".expires"
	switch x.Expires {
	case nil:
		return Errors{missingKey(d, key, `expires = "2027-01-31", or "never" together with expires_reason`)}
	case "never":
		e.Expires = "never"
		if e.ExpiresReason == "" {
			return Errors{missingKey(d, at+".expires_reason", `say why it may stay forever: expires_reason = "…"`)}
		}
		return nil
	}
	t, text, err := parseWhen(x.Expires)
	if err != nil {
		return Errors{d.errorIn(key, `expires: %s, or "never"`, err)}
	}
	e.expires, e.Expires = t, text
	return nil
}

// parseWhen reads a date or a date and time, as TOML's own type or as text. A date means its first instant, UTC.
func parseWhen(v any) (evtx.Filetime, string, error) {
	var t time.Time
	switch v := v.(type) {
	case time.Time:
		t = v
	case toml.LocalDate:
		t = v.AsTime(time.UTC)
	case string:
		var err error
		if t, err = time.Parse(time.DateOnly, v); err != nil {
			if t, err = time.Parse(time.RFC3339Nano, v); err != nil {
				return 0, "", fmt.Errorf("%q is not an RFC 3339 date or date and time with its zone", v)
			}
		}
	default:
		return 0, "", fmt.Errorf("%v is not an RFC 3339 date or date and time with its zone", v)
	}
	text := t.Format(time.RFC3339)
	if t.Equal(t.Truncate(24 * time.Hour)) {
		text = t.UTC().Format(time.DateOnly)
	}
	return evtx.FiletimeOf(t), text, nil
}

// stringList reads a string or a list of strings.
func stringList(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("%v is not a string", x)
			}
			out = append(out, s)
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("the list is empty")
		}
		return out, nil
	}
	return nil, fmt.Errorf("write a string or a list of strings")
}

func parseShape(d *document, at string, f shapeFile) (shape, Errors) {
	var s shape
	var es Errors
	switch v := f.Stage.(type) {
	case nil:
	case string:
		s.stage = v
	case int64:
		s.stage = fmt.Sprint(v)
	default:
		es = append(es, d.errorIn(at+".stage", "stage: use the label of a stage or its number, from 0"))
	}
	parts := []struct {
		key   string
		value any
		to    *[]pattern
		make  func(string) (pattern, error)
	}{
		{"host", f.Host, &s.parts[PartHost], wildcard},
		{"user", f.User, &s.parts[PartUser], wildcard},
		{"parent", f.Parent, &s.parts[PartParent], pathWildcard},
		{"parent_command_line", f.ParentCommandLine, &s.parts[PartParentCommandLine], wildcard},
		{"parent_command_line_regex", f.ParentCommandLineRegex, &s.parts[PartParentCommandLine], wholeRegex},
		{"path", f.Path, &s.parts[PartPath], pathWildcard},
		{"command_line", f.CommandLine, &s.parts[PartCommandLine], wildcard},
		{"command_line_regex", f.CommandLineRegex, &s.parts[PartCommandLine], wholeRegex},
		{"not_command_line", f.NotCommandLine, &s.notCommandLine, wildcard},
		{"hash", f.Hash, &s.parts[PartHash], hashPattern},
		{"signer", f.Signer, &s.parts[PartSigner], wildcard},
	}
	for _, p := range parts {
		texts, err := stringList(p.value)
		if err != nil {
			es = append(es, d.errorIn(at+"."+p.key, "%s: %s", p.key, err))
		}
		for i, text := range texts {
			pat, err := p.make(text)
			if err != nil {
				place := at + "." + p.key
				if list := indexed(place, i); d.has(list) {
					place = list
				}
				es = append(es, d.errorIn(place, "%s: %s", p.key, err))
				continue
			}
			*p.to = append(*p.to, pat)
		}
	}
	return s, es
}

// empty reports whether the shape would match anything.
func (s *shape) empty() bool {
	return !slices.ContainsFunc(s.parts[:], func(ps []pattern) bool { return len(ps) > 0 })
}

// wildcard compiles a pattern in which * is any run and ? is one character.
func wildcard(text string) (pattern, error) {
	if strings.Trim(text, "*") == "" {
		return pattern{}, fmt.Errorf("%q matches everything", text)
	}
	var b strings.Builder
	b.WriteString(`(?is)\A(?:`)
	for _, r := range text {
		switch r {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`)\z`)
	return pattern{text: text, re: lazy.Of(b.String()), begin: beginning(text)}, nil
}

// beginning returns the ASCII before the first wildcard of a pattern, in lower case.
func beginning(text string) string {
	n := strings.IndexFunc(text, func(r rune) bool { return r == '*' || r == '?' || r >= utf8.RuneSelf })
	if n >= 0 {
		text = text[:n]
	}
	return strings.ToLower(text)
}

// matches reports whether a whole value matches.
func (p *pattern) matches(text string) bool {
	for i := range len(p.begin) {
		if i == len(text) {
			return false
		}
		c := text[i]
		if c >= utf8.RuneSelf {
			break // a k also matches the Kelvin sign
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != p.begin[i] {
			return false
		}
	}
	return p.re().MatchString(text)
}

// pathWildcard compiles a wildcard pattern for a whole path, or for its last component if it has no separator.
func pathWildcard(text string) (pattern, error) {
	p, err := wildcard(text)
	p.name = !strings.ContainsAny(text, `\/`)
	return p, err
}

// wholeRegex compiles a regular expression (RE2 syntax) that must match the whole value, ignoring case.
func wholeRegex(text string) (pattern, error) {
	if _, err := predicate.ParseExpr(text); err != nil { // the message quotes what the author wrote
		return pattern{}, err
	}
	re, err := predicate.ParseExpr(`(?i)\A(?:` + text + `)\z`)
	if err != nil {
		return pattern{}, err
	}
	if re.MatchesEmpty() {
		return pattern{}, fmt.Errorf("the expression matches the empty string, so it excludes nothing")
	}
	return pattern{text: text, re: re.Regexp}, nil
}

var hashSyntax = regexp.MustCompile(`^(?i)(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$`)

func hashPattern(text string) (pattern, error) {
	if !hashSyntax.MatchString(text) {
		return pattern{}, fmt.Errorf("%q is not an MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal", text)
	}
	return wildcard(text)
}

// appliesTo reports whether the exception applies to a rule.
func (e *Exception) appliesTo(rule string) bool {
	return slices.ContainsFunc(e.Rules, func(p string) bool {
		ok, err := path.Match(p, rule)
		return err == nil && ok
	})
}
